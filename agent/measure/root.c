/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int root_open(const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME);

	/* O_NOATIME is for the owner or CAP_FOWNER alone. */
	if (fd < 0 && errno == EPERM)
		fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

#define READING (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

#define TRIES_MAX	64
#define LINKS_MAX	40 /* as the kernel has it */
#define DIRECTORIES_MAX 128

/* A path on its way: the directories that it has led through, and what is left of it. */
struct steps {
	int fds[DIRECTORIES_MAX]; /* the first is the root's, and not ours */
	size_t count;
	unsigned links;
	char *rest;
};

static void steps_leave(struct steps *steps, size_t count)
{
	while (steps->count > count)
		close_p(&steps->fds[--steps->count]);
}

static void steps_done(struct steps *steps)
{
	steps_leave(steps, 1);
	free(steps->rest);
}

static int steps_top(const struct steps *steps)
{
	return steps->fds[steps->count - 1];
}

/* Puts the link's target in front of what is left. An absolute one begins at the root again. */
static int steps_follow(struct steps *steps, int link_fd)
{
	char target[PATH_MAX], *rest;
	ssize_t size = readlinkat(link_fd, "", target, sizeof(target));

	if (size < 0)
		return -errno;
	if (++steps->links > LINKS_MAX)
		return -ELOOP;
	if (asprintf(&rest, "%.*s/%s", (int)size, target, steps->rest) < 0)
		return -ENOMEM;
	free(steps->rest);
	steps->rest = rest;
	if (rest[0] == '/')
		steps_leave(steps, 1);
	return 0;
}

static bool steps_at_end(const struct steps *steps)
{
	return steps->rest[strspn(steps->rest, "/")] == '\0';
}

/* Cuts the next component off what is left, in a new string; "." at the end. */
static char *steps_next(struct steps *steps)
{
	char *name = steps->rest + strspn(steps->rest, "/"), *end = strchrnul(name, '/');
	char *component = *name ? strndup(name, (size_t)(end - name)) : strdup(".");

	memmove(steps->rest, end, strlen(end) + 1);
	return component;
}

static int steps_enter(struct steps *steps, const char *name)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		if (steps->count > 1)
			steps_leave(steps, steps->count - 1);
		return 0;
	}
	fd = openat(steps_top(steps), name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return steps_follow(steps, fd);
	if (steps->count == DIRECTORIES_MAX)
		return -ENAMETOOLONG;
	steps->fds[steps->count++] = TAKE_FD(fd);
	return 0;
}

/* 1 with the descriptor of what `name`, the last component, is; 0 when it leads elsewhere. */
static int steps_open(struct steps *steps, const char *name, int flags, int *ret_fd)
{
	struct stat st;
	int fd;

	if (strcmp(name, "..") == 0)
		return steps_enter(steps, name);
	if (fstatat(steps_top(steps), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return steps_enter(steps, name);
	fd = openat(steps_top(steps), name, flags | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 1;
}

int root_open_stepwise(int root_fd, const char *absolute, int flags)
{
	_cleanup_(steps_done) struct steps steps = {.fds = {root_fd}, .count = 1};
	int fd = -EBADF, r = 0;

	steps.rest = strdup(absolute);
	if (!steps.rest)
		return -ENOMEM;
	while (r == 0) {
		_cleanup_free_ char *name = steps_next(&steps);

		if (!name)
			return -ENOMEM;
		r = steps_at_end(&steps) ? steps_open(&steps, name, flags, &fd)
					 : steps_enter(&steps, name);
	}
	return r < 0 ? r : fd;
}

static int open_inside(int root_fd, const char *absolute, int flags)
{
	const struct open_how how = {
		.flags = (uint64_t)flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd;
	int tries = 0;

	/* A rename or a mount anywhere in the system while ".." is resolved gives EAGAIN. */
	do
		fd = syscall(SYS_openat2, root_fd, absolute, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN) && ++tries < TRIES_MAX);
	/* Sandboxes that do not know it say EPERM. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		return root_open_stepwise(root_fd, absolute, flags);
	return fd < 0 ? -errno : (int)fd;
}

int root_open_directory(int root_fd, const char *absolute)
{
	int fd = open_inside(root_fd, absolute, READING | O_DIRECTORY | O_NOATIME);

	if (fd == -EPERM)
		fd = open_inside(root_fd, absolute, READING | O_DIRECTORY);
	return fd;
}

/* Opening a device can act, so it is looked at first. */
static int open_regular(int root_fd, const char *absolute, struct stat *ret)
{
	_cleanup_close_ int place = open_inside(root_fd, absolute, O_PATH | O_CLOEXEC), fd = -EBADF;

	if (place < 0)
		return place;
	if (fstat(place, ret) < 0)
		return -errno;
	if (!S_ISREG(ret->st_mode))
		return -EINVAL;
	fd = open_inside(root_fd, absolute, READING | O_NOATIME);
	if (fd == -EPERM)
		fd = open_inside(root_fd, absolute, READING);
	if (fd < 0)
		return fd;
	if (fstat(fd, ret) < 0)
		return -errno;
	return S_ISREG(ret->st_mode) ? TAKE_FD(fd) : -EINVAL;
}

int root_open_file(int root_fd, const char *absolute, uint64_t *ret_size)
{
	struct stat st;
	int fd = open_regular(root_fd, absolute, &st);

	if (fd >= 0 && ret_size)
		*ret_size = (uint64_t)st.st_size;
	return fd;
}

static int read_up_to(int fd, char *data, size_t limit, size_t *ret_size)
{
	size_t used = 0;

	while (used < limit) {
		ssize_t n = read(fd, data + used, limit - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	*ret_size = used;
	return 0;
}

int root_read(int root_fd, const char *absolute, size_t limit, char **ret_data, size_t *ret_size)
{
	struct stat st;
	_cleanup_close_ int fd = open_regular(root_fd, absolute, &st);
	_cleanup_free_ char *data = NULL;
	size_t size = 0;
	int r;

	if (fd < 0)
		return fd;
	if ((uint64_t)st.st_size < limit)
		limit = (size_t)st.st_size + 1;
	data = malloc(limit + 1);
	if (!data)
		return -ENOMEM;
	r = read_up_to(fd, data, limit, &size);
	if (r < 0)
		return r;
	data[size] = '\0';
	*ret_data = TAKE_PTR(data);
	*ret_size = size;
	return size == limit && (uint64_t)st.st_size > limit;
}
