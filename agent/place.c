/* SPDX-License-Identifier: Apache-2.0 */
#include "place.h"

#include "measure/root.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

/* Whether a symbolic link lies on the way, as far as the way exists. */
static bool has_link(int root_fd, const char *inside)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	_cleanup_close_ int fd =
		(int)syscall(SYS_openat2, root_fd, inside + strspn(inside, "/"), &how, sizeof(how));

	return fd < 0 && errno == ELOOP;
}

/* The path of an open directory. */
static int get_path(int fd, char **ret)
{
	char link[sizeof("/proc/self/fd/") + 10], path[PATH_MAX];
	ssize_t size;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof(path));
	if (size < 0)
		return -errno;
	if (size == (ssize_t)sizeof(path))
		return -ENAMETOOLONG;
	*ret = strndup(path, (size_t)size);
	return *ret ? 0 : -ENOMEM;
}

static int follow_inside(const char *root, int root_fd, const char *inside, char **ret,
			 struct error *error)
{
	_cleanup_close_ int fd = root_open_directory(root_fd, inside);
	int r = fd < 0 ? fd : get_path(fd, ret);

	if (r < 0)
		return error_set(error, r,
				 "%s%s leads through a symbolic link of the image to no directory "
				 "inside it: %s",
				 root, inside, strerror(-r));
	return 0;
}

int place_find(const char *root, const char *inside, char **ret, struct error *error)
{
	_cleanup_close_ int root_fd = -EBADF;

	if (strcmp(root, "/") == 0) {
		*ret = strdup(inside);
		return *ret ? 0 : -ENOMEM;
	}
	root_fd = root_open(root);
	if (root_fd >= 0 && has_link(root_fd, inside))
		return follow_inside(root, root_fd, inside, ret, error);
	/* A root that is not there is told by who measures it. */
	return asprintf(ret, "%s%s", root, inside) < 0 ? -ENOMEM : 0;
}
