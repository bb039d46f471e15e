/* SPDX-License-Identifier: Apache-2.0 */
#include "check/temporary.h"

#include "catalog.h"
#include "clock.h"
#include "measure/root.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FINDINGS_LIMIT 200

/* Directories that are still to be read, and what has been read. */
struct visit {
	const struct check_context *context;
	struct findings *findings;
	char **directories;
	size_t count;
	size_t space;
	size_t entries;
	size_t found;
	dev_t device;
};

static void visit_done(struct visit *visit)
{
	while (visit->count > 0)
		free(visit->directories[--visit->count]);
	free(visit->directories);
}

static int push(struct visit *visit, char *path)
{
	if (visit->count == visit->space) {
		size_t space = visit->space ? 2 * visit->space : 16;
		char **grown = reallocarray(visit->directories, space, sizeof(*grown));

		if (!grown) {
			free(path);
			return -ENOMEM;
		}
		visit->directories = grown;
		visit->space = space;
	}
	visit->directories[visit->count++] = path;
	return 0;
}

/* What can be run: by its mode, or by its first bytes. */
static bool is_program(int dir_fd, const char *name, const struct stat *st)
{
	_cleanup_close_ int fd = -EBADF;
	char magic[4] = {};

	if (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))
		return true;
	if (!S_ISREG(st->st_mode))
		return false;
	if (st->st_mode & 0111)
		return true;
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || read(fd, magic, sizeof(magic)) < 2)
		return false;
	return memcmp(magic, "\177ELF", 4) == 0 || memcmp(magic, "#!", 2) == 0;
}

static int take(struct visit *visit, char *path, const struct stat *st)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, "binary.temporary");

	finding.path = path;
	if (r < 0)
		return r;
	visit->found++;
	if (asprintf(&finding.title, "%s lies in a temporary directory",
		     S_ISREG(st->st_mode) ? "A program" : "A device node") < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	if (asprintf(&finding.actual, "mode=%04o uid=%u size=%lld", st->st_mode & 07777,
		     (unsigned)st->st_uid, (long long)st->st_size) < 0) {
		finding.actual = NULL;
		return -ENOMEM;
	}
	return findings_take(visit->findings, &finding);
}

static int visit_entry(struct visit *visit, int dir_fd, const char *directory, const char *name)
{
	struct stat st;
	char *path;

	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0 ||
	    st.st_dev != visit->device)
		return 0;
	if (!S_ISDIR(st.st_mode) && !is_program(dir_fd, name, &st))
		return 0;
	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return -ENOMEM;
	return S_ISDIR(st.st_mode) ? push(visit, path) : take(visit, path, &st);
}

static bool is_over(const struct visit *visit)
{
	uint64_t deadline_ms = visit->context->deadline_ms;

	return visit->entries > TEMPORARY_ENTRIES_MAX || visit->found >= FINDINGS_LIMIT ||
	       (deadline_ms && clock_monotonic_ms() >= deadline_ms);
}

static int visit_directory(struct visit *visit, const char *path)
{
	_cleanup_close_ int fd = root_open_directory(visit->context->root_fd, path);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *dirent;
	int r = 0;

	/* It may be gone again, or its path be too long. */
	if (!dir)
		return fd == -ENAMETOOLONG ? -E2BIG : 0;
	fd = -EBADF;
	while (r == 0 && (dirent = readdir(dir))) {
		if (strcmp(dirent->d_name, ".") == 0 || strcmp(dirent->d_name, "..") == 0)
			continue;
		visit->entries++;
		if (is_over(visit))
			return -E2BIG;
		r = visit_entry(visit, dirfd(dir), path, dirent->d_name);
	}
	return r;
}

int temporary_examine(const struct check_context *context, const char *path, struct findings *ret)
{
	_cleanup_(visit_done) struct visit visit = {.context = context, .findings = ret};
	_cleanup_close_ int fd = root_open_directory(context->root_fd, path);
	_cleanup_free_ char *first = strdup(path);
	struct stat st;
	int r;

	if (!first)
		return -ENOMEM;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	visit.device = st.st_dev;
	r = push(&visit, TAKE_PTR(first));
	while (r == 0 && visit.count > 0) {
		_cleanup_free_ char *directory = visit.directories[--visit.count];

		r = visit_directory(&visit, directory);
	}
	if (r == -E2BIG)
		return 0;
	return r < 0 ? r : 1;
}
