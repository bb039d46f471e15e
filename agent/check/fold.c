/* SPDX-License-Identifier: Apache-2.0 */
#include "check/fold.h"

#include <string.h>

static bool has_related(const struct finding *finding, const char *path)
{
	for (size_t i = 0; i < finding->n_related; i++)
		if (strcmp(finding->related[i], path) == 0)
			return true;
	return false;
}

static int add_path(struct finding *finding, const char *path)
{
	if (strcmp(finding->path, path) == 0 || has_related(finding, path))
		return 0;
	return finding_add_related(finding, path);
}

static void take_text(char **to, char **from)
{
	if (!*to)
		*to = TAKE_PTR(*from);
}

static int fold(struct finding *plain, struct finding *into)
{
	int r = add_path(into, plain->path);

	for (size_t i = 0; r == 0 && i < plain->n_related; i++)
		r = add_path(into, plain->related[i]);
	if (r < 0)
		return r;
	if (plain->severity > into->severity)
		into->severity = plain->severity;
	take_text(&into->expected, &plain->expected);
	take_text(&into->actual, &plain->actual);
	finding_done(plain);
	*plain = (struct finding){};
	return 0;
}

static bool is_coverage(const struct finding *finding)
{
	return strncmp(finding->code, "coverage.", strlen("coverage.")) == 0;
}

/* A path that a finding which tells more is about. */
struct told {
	const char *path;
	struct finding *finding;
	bool related; /* it is not the finding's own path */
};

static int compare_told(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	/* Of one path the findings that have it as their own come first, in their order. */
	if (order == 0)
		order = (int)x->related - (int)y->related;
	return order ? order : (x->finding > y->finding) - (x->finding < y->finding);
}

/* The findings that tell more, by path. */
struct telling {
	struct told *by_path;
	size_t count;
};

static void telling_add(struct telling *telling, struct finding *finding)
{
	if (!finding->path || is_coverage(finding))
		return;
	telling->by_path[telling->count++] = (struct told){finding->path, finding, false};
	for (size_t i = 0; i < finding->n_related; i++)
		telling->by_path[telling->count++] =
			(struct told){finding->related[i], finding, true};
}

static int telling_init(struct telling *telling, struct findings *findings, size_t from)
{
	size_t count = 1;

	for (size_t i = from; i < findings->count; i++)
		count += 1 + findings->items[i].n_related;
	telling->by_path = calloc(count, sizeof(*telling->by_path));
	if (!telling->by_path)
		return -ENOMEM;
	for (size_t i = from; i < findings->count; i++)
		telling_add(telling, &findings->items[i]);
	qsort(telling->by_path, telling->count, sizeof(*telling->by_path), compare_told);
	return 0;
}

/* The finding about a path; one that only names it with others when `related`. */
static struct finding *find_path(const struct telling *telling, const char *path, bool related)
{
	size_t low = 0, high = telling->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(telling->by_path[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == telling->count || strcmp(telling->by_path[low].path, path) != 0)
		return NULL;
	return !telling->by_path[low].related || related ? telling->by_path[low].finding : NULL;
}

static struct finding *find_telling(const struct telling *telling, const struct finding *plain)
{
	struct finding *found = plain->path ? find_path(telling, plain->path, false) : NULL;

	for (size_t i = 0; !found && i < plain->n_related; i++)
		found = find_path(telling, plain->related[i], false);
	/* A program that a unit of another group starts. */
	if (!found && plain->path)
		found = find_path(telling, plain->path, true);
	return found;
}

/* Those that were folded are empty. */
static void close_gaps(struct findings *findings)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].code)
			findings->items[count++] = findings->items[i];
	findings->count = count;
}

int findings_fold(struct findings *findings, size_t n_plain)
{
	_cleanup_free_ struct told *by_path = NULL;
	struct telling telling = {};
	int r = telling_init(&telling, findings, n_plain);

	by_path = telling.by_path;
	for (size_t i = 0; r == 0 && i < n_plain; i++) {
		struct finding *plain = &findings->items[i];
		struct finding *found = is_coverage(plain) ? NULL : find_telling(&telling, plain);

		if (found)
			r = fold(plain, found);
	}
	if (r == 0)
		close_gaps(findings);
	return r;
}
