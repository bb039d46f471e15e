/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/reserved.h"

#include "manifest.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

void reserved_done(struct reserved *reserved)
{
	for (size_t i = 0; i < reserved->count; i++)
		entry_done(&reserved->entries[i]);
	*reserved = (struct reserved){};
}

static int add(struct reserved *reserved, const char *directory, const char *name,
	       enum entry_type type)
{
	_cleanup_free_ char *absolute = NULL;
	struct entry *entry = &reserved->entries[reserved->count];
	int r;

	if (asprintf(&absolute, "%s%s%s", directory, name[0] ? "/" : "", name) < 0)
		return -ENOMEM;
	*entry = (struct entry){.type = type, .has = ENTRY_OPTIONAL};
	r = entry_path_from_absolute(absolute, &entry->path);
	if (r == 0)
		reserved->count++;
	return r;
}

/* Something else under this name would stand in the body twice. */
static int add_file(struct reserved *reserved, int directory_fd, const char *directory,
		    const char *name)
{
	struct stat st;

	if (directory_fd >= 0 && fstatat(directory_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISREG(st.st_mode))
		return -EEXIST;
	return add(reserved, directory, name, ENTRY_FILE);
}

/* `directory_fd` is negative when the directory is not there yet. */
static int add_files(struct reserved *reserved, int directory_fd, const char *directory)
{
	int r = add_file(reserved, directory_fd, directory, MANIFEST_ENVELOPE_NAME);

	return r < 0 ? r : add_file(reserved, directory_fd, directory, MANIFEST_BODY_NAME);
}

static bool is_directory(int root_fd, const char *path)
{
	struct stat st;

	return fstatat(root_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static bool is_ignored(const struct policy *policy, const char *path)
{
	char parent[PATH_MAX];

	for (const char *end = path;; end = strchrnul(end + 1, '/')) {
		const struct policy_rule *rule;

		(void)snprintf(parent, sizeof(parent), "%.*s", (int)(end - path), path);
		rule = policy_match(policy, parent[0] ? parent : "/");
		if (rule && rule->class == PATH_IGNORED)
			return true;
		if (!*end)
			return false;
	}
}

/* A manifest that is put into the image only after the seal goes here. */
static int add_default(struct reserved *reserved, int root_fd, const struct policy *policy)
{
	_cleanup_close_ int fd = -EBADF;
	int r = 0;

	if (!is_directory(root_fd, "usr") || !is_directory(root_fd, "usr/lib") ||
	    is_ignored(policy, MANIFEST_DIRECTORY))
		return 0;
	fd = openat(root_fd, &MANIFEST_DIRECTORY[1],
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		r = add(reserved, MANIFEST_DIRECTORY, "", ENTRY_DIRECTORY);
	else if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? 0 : -errno;
	return r < 0 ? r : add_files(reserved, fd, MANIFEST_DIRECTORY);
}

static int add_out(struct reserved *reserved, const char *root, const char *out,
		   const struct policy *policy)
{
	_cleanup_free_ char *real_root = realpath(root, NULL), *real_out = realpath(out, NULL);
	_cleanup_close_ int fd = -EBADF;
	size_t length;

	if (!real_root || !real_out)
		return -errno;
	length = strcmp(real_root, "/") == 0 ? 0 : strlen(real_root);
	if (strncmp(real_out, real_root, length) != 0 ||
	    (real_out[length] && real_out[length] != '/'))
		return 0;
	if (strcmp(real_out + length, MANIFEST_DIRECTORY) == 0 ||
	    is_ignored(policy, real_out + length))
		return 0;
	fd = open(real_out, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : add_files(reserved, fd, real_out + length);
}

static int entry_compare_path(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int reserved_init(struct reserved *reserved, const char *root, const char *out,
		  const struct policy *policy, struct error *error)
{
	_cleanup_close_ int root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	*reserved = (struct reserved){};
	if (root_fd < 0)
		return error_set(error, -errno, "root %s: %m", root);
	r = add_default(reserved, root_fd, policy);
	if (r == 0)
		r = add_out(reserved, root, out, policy);
	if (r == -EEXIST) {
		reserved_done(reserved);
		return error_set(
			error, r,
			"where the manifest belongs (%s or %s of the image) stands a %s or "
			"%s that is no regular file; remove it",
			out, MANIFEST_DIRECTORY, MANIFEST_BODY_NAME, MANIFEST_ENVELOPE_NAME);
	}
	if (r < 0) {
		reserved_done(reserved);
		return error_set(error, r, "%s: %s", out, strerror(-r));
	}
	qsort(reserved->entries, reserved->count, sizeof(struct entry), entry_compare_path);
	return 0;
}

const struct entry *reserved_next(struct reserved *reserved, const char *path)
{
	const struct entry *entry = &reserved->entries[reserved->next];

	if (reserved->next == reserved->count || (path && strcmp(entry->path, path) > 0))
		return NULL;
	reserved->next++;
	return entry;
}

bool reserved_has(const struct reserved *reserved, const struct entry *entry)
{
	if (entry->type != ENTRY_FILE)
		return false;
	for (size_t i = 0; i < reserved->count; i++)
		if (reserved->entries[i].type == ENTRY_FILE &&
		    strcmp(reserved->entries[i].path, entry->path) == 0)
			return true;
	return false;
}
