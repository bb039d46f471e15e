/* SPDX-License-Identifier: Apache-2.0 */
#include "check/included.h"

#include "measure/root.h"

#include <string.h>

void included_done(struct included *included)
{
	for (size_t i = 0; i < included->count; i++)
		free(included->files[i].path);
	included->count = 0;
}

int included_add(struct included *included, const char *path, size_t by)
{
	for (size_t i = 0; i < included->count; i++)
		if (strcmp(included->files[i].path, path) == 0)
			return 0;
	if (included->count == INCLUDED_MAX) {
		included->is_full = true;
		return 0;
	}
	included->files[included->count] = (struct included_file){strdup(path), by};
	if (!included->files[included->count].path)
		return -ENOMEM;
	included->count++;
	return 0;
}

static int add_name(struct included *included, const char *directory, const char *name, size_t by)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return included_add(included, path, by);
}

static int compare_files(const void *a, const void *b)
{
	const struct included_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

int included_add_directory(struct included *included, int root_fd, const char *directory,
			   included_filter *filter, const char *pattern, size_t by)
{
	_cleanup_closedir_ DIR *stream = NULL;
	int fd = root_open_directory(root_fd, directory), r = 0;
	size_t seen = 0, first = included->count;
	const struct dirent *entry;

	if (fd < 0)
		return fd == -ENOMEM ? fd : 0;
	stream = fdopendir(fd);
	if (!stream) {
		(void)close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (entry = readdir(stream))) {
		if (++seen > INCLUDED_NAMES_MAX) {
			included->is_full = true;
			break;
		}
		if (entry->d_name[0] != '.' && filter(entry->d_name, pattern))
			r = add_name(included, directory, entry->d_name, by);
	}
	qsort(included->files + first, included->count - first, sizeof(*included->files),
	      compare_files);
	return r;
}

static bool matches(const char *name, const char *pattern)
{
	return glob_match(pattern, name);
}

int included_add_pattern(struct included *included, int root_fd, const char *pattern, size_t by)
{
	const char *slash = strrchr(pattern, '/');
	_cleanup_free_ char *directory = NULL;

	if (!slash || slash == pattern || !strpbrk(slash, "*?["))
		return included_add(included, pattern, by);
	directory = strndup(pattern, (size_t)(slash - pattern));
	if (!directory)
		return -ENOMEM;
	if (strpbrk(directory, "*?[")) {
		included->is_full = true;
		return 0;
	}
	return included_add_directory(included, root_fd, directory, matches, slash + 1, by);
}
