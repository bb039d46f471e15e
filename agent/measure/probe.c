/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/probe.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/xattr.h>

#define XATTR_LIST_MAX	65536 /* XATTR_LIST_MAX of linux/limits.h */
#define XATTR_VALUE_MAX 65536

int probe_open(int dir_fd, const char *name, int flags)
{
	int fd;

	flags |= O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	fd = openat(dir_fd, name, flags | O_NOATIME);
	/* O_NOATIME is for the owner or CAP_FOWNER alone. */
	if (fd < 0 && errno == EPERM)
		fd = openat(dir_fd, name, flags);
	return fd < 0 ? -errno : fd;
}

static void item_set_problem(struct walk_item *item, int r)
{
	item->problem = r == -ENOENT ? PROBLEM_VANISHED : PROBLEM_UNREADABLE;
	item->error = r;
}

static void item_set_stat(struct walk_item *item)
{
	struct entry *entry = &item->entry;
	const struct stat *st = &item->st;

	entry->type = entry_type_from_mode(st->st_mode);
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->has |= ENTRY_HAS_UID | ENTRY_HAS_GID;
	if (entry->type != ENTRY_LINK) {
		entry->mode = st->st_mode & 07777;
		entry->has |= ENTRY_HAS_MODE;
	}
	if (entry->type == ENTRY_FILE) {
		entry->size = (uint64_t)st->st_size;
		entry->has |= ENTRY_HAS_SIZE;
	}
	if (entry->type == ENTRY_CHAR || entry->type == ENTRY_BLOCK) {
		entry->device = st->st_rdev;
		entry->has |= ENTRY_HAS_DEVICE;
	}
}

/* Where to ask for extended attributes: an open descriptor, or a path for what must not be opened.
 */
struct xattr_source {
	int fd;
	const char *path;
};

static ssize_t source_list(const struct xattr_source *source, char *list, size_t size)
{
	return source->fd >= 0 ? flistxattr(source->fd, list, size)
			       : llistxattr(source->path, list, size);
}

static ssize_t source_get(const struct xattr_source *source, const char *name, void *value,
			  size_t size)
{
	return source->fd >= 0 ? fgetxattr(source->fd, name, value, size)
			       : lgetxattr(source->path, name, value, size);
}

static int get_value(const struct xattr_source *source, const char *name,
		     struct entry_xattr_value *ret)
{
	char value[XATTR_VALUE_MAX];
	ssize_t size = source_get(source, name, value, sizeof(value));

	if (size < 0)
		return errno == ENODATA ? 0 : -errno;
	ret->data = malloc((size_t)size + 1);
	if (!ret->data)
		return -ENOMEM;
	memcpy(ret->data, value, (size_t)size);
	ret->size = (size_t)size;
	return 0;
}

static int get_listed(const struct xattr_source *source, const char *list, size_t size,
		      struct entry *entry)
{
	for (const char *name = list; name < list + size; name += strlen(name) + 1) {
		enum entry_xattr xattr = entry_xattr_from_name(name);
		int r;

		if (xattr == _XATTR_MAX || entry->xattrs[xattr].data)
			continue;
		r = get_value(source, name, &entry->xattrs[xattr]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int get_xattrs(const struct xattr_source *source, struct entry *entry)
{
	_cleanup_free_ char *large = NULL;
	char small[1024], *list = small;
	ssize_t size = source_list(source, small, sizeof(small));

	if (size < 0 && errno == ERANGE) {
		list = large = malloc(XATTR_LIST_MAX);
		if (!large)
			return -ENOMEM;
		size = source_list(source, large, XATTR_LIST_MAX);
	}
	if (size < 0)
		return errno == ENOTSUP ? 0 : -errno;
	return get_listed(source, list, (size_t)size, entry);
}

static void item_set_xattrs(struct walk_item *item, const struct xattr_source *source)
{
	int r = get_xattrs(source, &item->entry);

	if (r < 0 && item->problem == PROBLEM_NONE)
		item_set_problem(item, r);
}

void probe_directory(int fd, struct walk_item *item)
{
	if (fstat(fd, &item->st) < 0) {
		item_set_problem(item, -errno);
		return;
	}
	item_set_stat(item);
	item_set_xattrs(item, &(struct xattr_source){.fd = fd});
}

static int read_target(int dir_fd, const char *name, struct walk_item *item)
{
	char target[PATH_MAX];
	ssize_t size = readlinkat(dir_fd, name, target, sizeof(target));

	if (size < 0 || size == (ssize_t)sizeof(target)) {
		item_set_problem(item, size < 0 ? -errno : -ENAMETOOLONG);
		return 0;
	}
	target[size] = '\0';
	item->entry.link = strdup(target);
	if (!item->entry.link)
		return -ENOMEM;
	item->entry.has |= ENTRY_HAS_LINK;
	return 0;
}

/* Device nodes, fifos and sockets are asked through their directory: opening them could act. */
static int read_special_xattrs(int dir_fd, const char *name, struct walk_item *item)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "/proc/self/fd/%d/%s", dir_fd, name) < 0)
		return -ENOMEM;
	item_set_xattrs(item, &(struct xattr_source){.fd = -EBADF, .path = path});
	return 0;
}

static void probe_child_directory(int dir_fd, const char *name, struct walk_item *item)
{
	_cleanup_close_ int fd = probe_open(dir_fd, name, O_DIRECTORY);

	if (fd < 0)
		item_set_problem(item, fd);
	else
		probe_directory(fd, item);
}

/* By name, for everything but readable regular files. */
static int probe_by_name(int dir_fd, const char *name, struct walk_item *item)
{
	if (fstatat(dir_fd, name, &item->st, AT_SYMLINK_NOFOLLOW) < 0) {
		item_set_problem(item, -errno);
		return 0;
	}
	item_set_stat(item);
	switch (item->entry.type) {
	case ENTRY_LINK:
		return read_target(dir_fd, name, item);
	case ENTRY_DIRECTORY:
		probe_child_directory(dir_fd, name, item);
		return 0;
	case ENTRY_FILE:
		return 0;
	default:
		return read_special_xattrs(dir_fd, name, item);
	}
}

/* 1 when it was a regular file and is open now, 0 when it must be asked by name. */
static int probe_file(int dir_fd, const char *name, struct walk_item *item)
{
	_cleanup_close_ int fd = probe_open(dir_fd, name, 0);

	if (fd < 0) {
		/* It is no longer what readdir said. */
		if (fd != -ELOOP && fd != -ENXIO)
			item_set_problem(item, fd);
		return 0;
	}
	if (fstat(fd, &item->st) < 0) {
		item_set_problem(item, -errno);
		return 0;
	}
	if (!S_ISREG(item->st.st_mode))
		return 0;
	item_set_stat(item);
	item_set_xattrs(item, &(struct xattr_source){.fd = fd});
	item->fd = TAKE_FD(fd);
	return 1;
}

int probe_child(int dir_fd, const char *name, unsigned char type, struct walk_item *item)
{
	int r;

	if (type == DT_REG) {
		if (probe_file(dir_fd, name, item))
			return 0;
		return probe_by_name(dir_fd, name, item);
	}
	r = probe_by_name(dir_fd, name, item);
	if (r == 0 && item->entry.type == ENTRY_FILE && item->problem == PROBLEM_NONE &&
	    !probe_file(dir_fd, name, item) && item->problem == PROBLEM_NONE)
		item_set_problem(item, -ESTALE);
	return r;
}
