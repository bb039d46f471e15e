/* SPDX-License-Identifier: Apache-2.0 */
#include "check/suspect.h"

#include <limits.h>
#include <string.h>

static int compare_paths(const void *a, const void *b)
{
	const struct difference *const *x = a, *const *y = b;
	int order = strcmp((*x)->path, (*y)->path);

	return order ? order : (int)(*x)->kind - (int)(*y)->kind;
}

static bool is_suspect(const struct difference *difference)
{
	return difference->kind == DIFFERENCE_UNEXPECTED || difference->kind == DIFFERENCE_CHANGED;
}

int suspects_init(const struct comparison *comparison, struct suspects *ret)
{
	struct suspects suspects = {};

	suspects.by_path = calloc(comparison->count + 1, sizeof(struct difference *));
	if (!suspects.by_path)
		return -ENOMEM;
	for (size_t i = 0; i < comparison->count; i++)
		if (is_suspect(&comparison->differences[i]))
			suspects.by_path[suspects.count++] = &comparison->differences[i];
	qsort(suspects.by_path, suspects.count, sizeof(*suspects.by_path), compare_paths);
	*ret = suspects;
	return 0;
}

void suspects_done(struct suspects *suspects)
{
	free(suspects->by_path);
	*suspects = (struct suspects){};
}

static int compare_key(const void *path, const void *member)
{
	const struct difference *const *difference = member;

	return strcmp(path, (*difference)->path);
}

static const struct difference *find_exact(const struct suspects *suspects, const char *path)
{
	const struct difference **found = NULL;

	/* Of nothing there is not even a list. */
	if (suspects->count > 0)
		found = bsearch(path, suspects->by_path, suspects->count,
				sizeof(*suspects->by_path), compare_key);
	return found ? *found : NULL;
}

const struct difference *suspects_find(const struct suspects *suspects, const char *path)
{
	const struct difference *found = find_exact(suspects, path);
	char merged[PATH_MAX];

	if (found)
		return found;
	if (strncmp(path, "/usr/", 5) == 0)
		return find_exact(suspects, path + 4);
	if (snprintf(merged, sizeof(merged), "/usr%s", path) >= (int)sizeof(merged))
		return NULL;
	return find_exact(suspects, merged);
}
