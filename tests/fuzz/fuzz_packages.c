/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dpkg database from a hostile disk: its files, divided by NULs, in a directory. What is handed
 * out must be found again, and come in the order of a walk.
 */
#include "check/packages.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const directories[] = {
	"etc",	   "etc/dpkg",	   "etc/dpkg/dpkg.cfg.d", "var",
	"var/lib", "var/lib/dpkg", "var/lib/dpkg/info",	  "var/lib/ucf",
};

static const char *const files[] = {
	"var/lib/dpkg/info/a.list",	 "var/lib/dpkg/info/a.md5sums",
	"var/lib/dpkg/info/a.conffiles", "var/lib/dpkg/status",
	"var/lib/dpkg/diversions",	 "var/lib/dpkg/statoverride",
	"var/lib/ucf/registry",		 "var/lib/ucf/hashfile",
	"etc/dpkg/dpkg.cfg.d/x",	 "var/lib/dpkg/info/b:c.list",
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static int make_root(char *path)
{
	int fd;

	require(mkdtemp(path) != NULL);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(fd >= 0);
	for (size_t i = 0; i < ELEMENTS(directories); i++)
		require(mkdirat(fd, directories[i], 0700) == 0);
	require(symlinkat("usr/bin", fd, "bin") == 0);
	return fd;
}

static void remove_root(int fd, const char *path)
{
	for (size_t i = 0; i < ELEMENTS(files); i++)
		(void)unlinkat(fd, files[i], 0);
	(void)unlinkat(fd, "bin", 0);
	for (size_t i = ELEMENTS(directories); i-- > 0;)
		require(unlinkat(fd, directories[i], AT_REMOVEDIR) == 0);
	require(rmdir(path) == 0);
}

static void put_file(int root_fd, const char *name, const void *data, size_t size)
{
	_cleanup_close_ int fd =
		openat(root_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
}

static void put_files(int root_fd, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < ELEMENTS(files); i++) {
		const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
		size_t length = nul ? (size_t)(nul - data) : size;

		put_file(root_fd, files[i], data, length);
		data += nul ? length + 1 : length;
		size -= nul ? length + 1 : length;
	}
}

static void check_order(const struct packages *packages)
{
	struct packages_cursor cursor = {.packages = packages};
	_cleanup_free_ char *last = NULL;
	struct entry entry;

	while (packages_next(&cursor, &entry, NULL) > 0) {
		_cleanup_free_ char *absolute = NULL;

		require(!last || strcmp(last, entry.path) < 0);
		require(entry_path_to_absolute(entry.path, &absolute) == 0);
		require(packages_find(packages, absolute, NULL));
		(void)packages_is_excluded(packages, absolute);
		free(last);
		last = strdup(entry.path);
		entry_done(&entry);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(packages_free_p) struct packages *packages = NULL;
	char path[] = "/tmp/fuzz-packages-XXXXXX";
	int fd = make_root(path);

	put_files(fd, data, size);
	require(packages_load(fd, &packages, NULL) == 0);
	check_order(packages);
	remove_root(fd, path);
	close_p(&fd);
	return 0;
}
