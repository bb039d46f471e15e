/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int root_open(const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int open_inside(int root_fd, const char *absolute, unsigned flags)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, root_fd, absolute, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int root_open_directory(int root_fd, const char *absolute)
{
	return open_inside(root_fd, absolute, O_DIRECTORY);
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
	_cleanup_close_ int fd = open_inside(root_fd, absolute, 0);
	_cleanup_free_ char *data = NULL;
	struct stat st;
	size_t size = 0;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
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
