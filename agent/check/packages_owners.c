/* SPDX-License-Identifier: Apache-2.0 */
#include "check/packages.h"

#include "measure/root.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#define INFO_DIRECTORY "var/lib/dpkg/info"
#define LIST_SUFFIX    ".list"
#define LIST_SIZE_MAX  (32 * 1024 * 1024)
#define PACKAGES_MAX   100000

/* /bin/x and /usr/bin/x are one file on a merged root: compared without the /usr. */
static const char *path_key(const char *path)
{
	static const char *const merged[] = {"/usr/bin/", "/usr/sbin/", "/usr/lib"};

	for (size_t i = 0; i < ELEMENTS(merged); i++)
		if (strncmp(path, merged[i], strlen(merged[i])) == 0)
			return path + strlen("/usr");
	return path;
}

static int query_compare(const void *a, const void *b)
{
	const struct package_query *const *x = a, *const *y = b;

	return strcmp(path_key((*x)->path), path_key((*y)->path));
}

static int key_compare(const void *key, const void *member)
{
	const struct package_query *const *query = member;

	return strcmp(key, path_key((*query)->path));
}

struct search {
	struct package_query **sorted;
	size_t count;
};

/* The name without the architecture: "libc6:amd64.list" is libc6. */
static int answer(const struct search *search, const char *path, const char *file_name)
{
	const char *key = path_key(path);
	struct package_query **found =
		bsearch(key, search->sorted, search->count, sizeof(*search->sorted), key_compare);
	size_t length = strcspn(file_name, ":");

	/* The empty line after the last, and a finding without a path. */
	if (path[0] != '/' || !found || (*found)->package)
		return 0;
	if (file_name[length] == '\0')
		length -= strlen(LIST_SUFFIX);
	/* Several findings may be about one path. */
	while (found > search->sorted && key_compare(key, found - 1) == 0)
		found--;
	for (; found < search->sorted + search->count && key_compare(key, found) == 0; found++) {
		(*found)->package = strndup(file_name, length);
		if (!(*found)->package)
			return -ENOMEM;
	}
	return 0;
}

static int search_list(const struct search *search, int root_fd, const char *file_name)
{
	_cleanup_free_ char *path = NULL, *data = NULL;
	char *line, *rest;
	size_t size;
	int r;

	if (asprintf(&path, "/%s/%s", INFO_DIRECTORY, file_name) < 0)
		return -ENOMEM;
	r = root_read(root_fd, path, LIST_SIZE_MAX, &data, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	rest = data;
	while ((line = strsep(&rest, "\n"))) {
		r = answer(search, line, file_name);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_list(const char *name)
{
	size_t length = strlen(name);

	return length > strlen(LIST_SUFFIX) &&
	       strcmp(name + length - strlen(LIST_SUFFIX), LIST_SUFFIX) == 0;
}

static int search_database(const struct search *search, int root_fd)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *dirent;
	size_t seen = 0;
	int fd, r = 0;

	fd = root_open_directory(root_fd, "/" INFO_DIRECTORY);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	while (r == 0 && (dirent = readdir(dir)) && seen++ < PACKAGES_MAX)
		if (is_list(dirent->d_name))
			r = search_list(search, root_fd, dirent->d_name);
	return r;
}

int package_find_owners(int root_fd, struct package_query *queries, size_t count)
{
	_cleanup_free_ struct package_query **sorted = NULL;
	struct search search = {.count = count};

	if (count == 0)
		return 0;
	search.sorted = sorted = calloc(count, sizeof(struct package_query *));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &queries[i];
	qsort(sorted, count, sizeof(*sorted), query_compare);
	return search_database(&search, root_fd);
}
