/* SPDX-License-Identifier: Apache-2.0 */
#include "check/resolve.h"

#include "measure/root.h"
#include "text.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define LINKS_MAX      40 /* as the kernel has it */
#define COMPONENTS_MAX 256

/* A path on its way. */
struct way {
	int root_fd;
	int fd;		    /* O_PATH, of what `done` names */
	struct buffer done; /* what is resolved: "" is the root */
	char *rest;
	unsigned links, components;
	struct stat st; /* of what `done` names */
	char *writable;
};

static void way_done(struct way *way)
{
	close_p(&way->fd);
	buffer_done(&way->done);
	free(way->rest);
	free(way->writable);
}

void resolved_done(struct resolved *resolved)
{
	free(resolved->path);
	free(resolved->writable);
	*resolved = (struct resolved){};
}

static const char *way_path(const struct way *way)
{
	return way->done.size > 0 ? way->done.data : "/";
}

static bool others_can_write(const struct stat *st)
{
	if (S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX))
		return false;
	if (st->st_mode & S_IWOTH)
		return true;
	/* The group of the same number as the owner is the owner's own. */
	return (st->st_mode & S_IWGRP) && st->st_gid != 0 && st->st_gid != st->st_uid;
}

static int way_look(struct way *way)
{
	if (way->writable || !others_can_write(&way->st))
		return 0;
	way->writable = strdup(way_path(way));
	return way->writable ? 0 : -ENOMEM;
}

/* Opens anew what `done` names; it has no links. */
static int way_reopen(struct way *way)
{
	close_p(&way->fd);
	way->fd = root_open_stepwise(way->root_fd, way_path(way), O_PATH | O_CLOEXEC);
	if (way->fd < 0)
		return way->fd;
	return fstat(way->fd, &way->st) < 0 ? -errno : 0;
}

static void way_shorten(struct way *way, size_t size)
{
	way->done.size = size;
	if (way->done.data)
		way->done.data[size] = '\0';
}

static int way_up(struct way *way)
{
	if (way->done.size == 0)
		return 0;
	way_shorten(way, (size_t)(strrchr(way->done.data, '/') - way->done.data));
	return way_reopen(way);
}

/* Puts the link's target in front of what is left. An absolute one begins at the root again. */
static int way_follow(struct way *way, int link_fd)
{
	char target[PATH_MAX], *rest;
	ssize_t size = readlinkat(link_fd, "", target, sizeof(target));

	if (size < 0)
		return -errno;
	if (++way->links > LINKS_MAX)
		return -ELOOP;
	if (asprintf(&rest, "%.*s/%s", (int)size, target, way->rest) < 0)
		return -ENOMEM;
	free(way->rest);
	way->rest = rest;
	if (rest[0] != '/')
		return 0;
	way_shorten(way, 0);
	return way_reopen(way);
}

static int way_enter(struct way *way, const char *name)
{
	_cleanup_close_ int fd = openat(way->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return way_follow(way, fd);
	if (++way->components > COMPONENTS_MAX)
		return -ENAMETOOLONG;
	r = buffer_printf(&way->done, "/%s", name);
	if (r < 0)
		return r;
	close_p(&way->fd);
	way->fd = TAKE_FD(fd);
	way->st = st;
	return way_look(way);
}

/* 0 when the path has come to its end, 1 when it goes on. */
static int way_step(struct way *way)
{
	const char *begin = way->rest + strspn(way->rest, "/");
	size_t length = strcspn(begin, "/");
	_cleanup_free_ char *name = strndup(begin, length);
	int r = 0;

	if (!name)
		return -ENOMEM;
	memmove(way->rest, begin + length, strlen(begin + length) + 1);
	if (length == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		r = way_up(way);
	else if (strcmp(name, ".") != 0)
		r = way_enter(way, name);
	return r < 0 ? r : 1;
}

int path_resolve(int root_fd, const char *absolute, struct resolved *ret)
{
	_cleanup_(way_done) struct way way = {.root_fd = root_fd, .fd = -EBADF};
	struct resolved resolved = {};
	int r = way_reopen(&way);

	way.rest = strdup(absolute);
	if (!way.rest)
		return -ENOMEM;
	if (r == 0)
		do
			r = way_step(&way);
		while (r > 0);
	if (r < 0)
		return r;
	resolved.path = strdup(way_path(&way));
	if (!resolved.path)
		return -ENOMEM;
	resolved.st = way.st;
	resolved.writable = TAKE_PTR(way.writable);
	*ret = resolved;
	return 0;
}

/* Takes "." and ".." away in place. */
static void normalize(char *path)
{
	char *out = path;

	for (char *in = path; *in;) {
		size_t length;

		in += strspn(in, "/");
		length = strcspn(in, "/");
		if (length == 2 && in[0] == '.' && in[1] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (length > 0 && !(length == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	*out = '\0';
}

char *path_of_link(const char *path, const char *target)
{
	const char *slash = strrchr(path, '/');
	char *absolute;
	int r;

	if (target[0] == '/')
		r = asprintf(&absolute, "%s", target);
	else
		r = asprintf(&absolute, "%.*s/%s", slash ? (int)(slash - path) : 0, path, target);
	if (r < 0)
		return NULL;
	normalize(absolute);
	return absolute;
}
