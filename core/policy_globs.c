/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is critical, and what is followed. The critical globs are asked for each entry, and are
 * many: they stand sorted by their literal beginnings, so that a path's bytes lead to the few that
 * come into question.
 */
#include "glob.h"
#include "policy_private.h"

#include <string.h>

static int compare_literals(const void *a, const void *b)
{
	const struct policy_glob *x = a, *y = b;
	int order = memcmp(x->glob, y->glob, x->literal < y->literal ? x->literal : y->literal);

	return order ? order : (x->literal > y->literal) - (x->literal < y->literal);
}

void policy_globs_sort(struct policy_globs *globs)
{
	if (globs->count > 0)
		qsort(globs->globs, globs->count, sizeof(*globs->globs), compare_literals);
}

void policy_globs_done(struct policy_globs *globs)
{
	for (size_t i = 0; i < globs->count; i++)
		free(globs->globs[i].glob);
	free(globs->globs);
	*globs = (struct policy_globs){};
}

/* The first glob from `low` on, and before `high`, whose literal byte at `at` is `c` or more. All
 * of them have one there and agree before it. */
static const struct policy_glob *find_byte(const struct policy_glob *low,
					   const struct policy_glob *high, size_t at, unsigned c)
{
	while (low < high) {
		const struct policy_glob *middle = low + (high - low) / 2;

		if ((unsigned char)middle->glob[at] < c)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t path_depth(const char *path)
{
	size_t depth = 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/* A glob whose literal beginning is the path's. Most have too many components or too few. */
static bool glob_test(const struct policy_glob *glob, const char *path, size_t depth, bool below)
{
	if (below)
		return glob->depth > depth && glob_leads_below(glob->glob, path);
	return (glob->depth == depth || glob->depth == SIZE_MAX) && glob_match(glob->glob, path);
}

/* Whether one of them matches, or, with `below`, can match something below. */
static bool globs_test(const struct policy_globs *globs, const char *path, bool below)
{
	const struct policy_glob *low = globs->globs, *high;
	size_t depth = path_depth(path);

	if (globs->count == 0)
		return false;
	high = low + globs->count;
	for (size_t at = 0;; at++) {
		unsigned c = (unsigned char)path[at];

		for (; low < high && low->literal == at; low++)
			if (glob_test(low, path, depth, below))
				return true;
		if (!c && below)
			c = '/';
		if (low == high || !c)
			return false;
		low = find_byte(low, high, at, c);
		high = find_byte(low, high, at, c + 1);
		if (!path[at])
			return low < high;
	}
}

bool policy_is_critical(const struct policy *policy, const char *path)
{
	return globs_test(&policy->critical, path, false);
}

bool policy_leads_to_critical(const struct policy *policy, const char *path)
{
	/* "/" alone is no beginning of "/x", but "" is. */
	return globs_test(&policy->critical, strcmp(path, "/") == 0 ? "" : path, true);
}

bool policy_follows(const struct policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->follows.count; i++)
		if (glob_match(policy->follows.globs[i].glob, path))
			return true;
	return false;
}

const struct policy_glob *policy_list_critical(const struct policy *policy, size_t *ret_count)
{
	*ret_count = policy->critical.count;
	return policy->critical.globs;
}

const struct policy_glob *policy_list_follows(const struct policy *policy, size_t *ret_count)
{
	*ret_count = policy->follows.count;
	return policy->follows.globs;
}
