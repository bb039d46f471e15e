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

/* A path that a finding that tells more has: its own, or one of its related ones. */
struct claim {
	const char *path;
	struct finding *finding;
	bool is_own;
};

static int compare_claims(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	if (order)
		return order;
	if (x->is_own != y->is_own)
		return x->is_own ? -1 : 1;
	/* Of one path the first in the list comes first. */
	return (x->finding > y->finding) - (x->finding < y->finding);
}

struct claims {
	struct claim *by_path;
	size_t count;
};

static void add_claims(struct claims *claims, struct finding *finding)
{
	claims->by_path[claims->count++] = (struct claim){finding->path, finding, true};
	for (size_t i = 0; i < finding->n_related; i++)
		claims->by_path[claims->count++] =
			(struct claim){finding->related[i], finding, false};
}

static int claims_init(struct claims *claims, struct findings *findings, size_t from)
{
	size_t space = 1;

	for (size_t i = from; i < findings->count; i++)
		space += 1 + findings->items[i].n_related;
	claims->by_path = calloc(space, sizeof(*claims->by_path));
	if (!claims->by_path)
		return -ENOMEM;
	for (size_t i = from; i < findings->count; i++)
		if (findings->items[i].path && !is_coverage(&findings->items[i]))
			add_claims(claims, &findings->items[i]);
	qsort(claims->by_path, claims->count, sizeof(*claims->by_path), compare_claims);
	return 0;
}

static const struct claim *find_path(const struct claims *claims, const char *path)
{
	size_t low = 0, high = claims->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(claims->by_path[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == claims->count || strcmp(claims->by_path[low].path, path) != 0)
		return NULL;
	return &claims->by_path[low];
}

static struct finding *find_telling(const struct claims *claims, const struct finding *plain)
{
	const struct claim *found = plain->path ? find_path(claims, plain->path) : NULL;

	for (size_t i = 0; !found && i < plain->n_related; i++)
		found = find_path(claims, plain->related[i]);
	return found ? found->finding : NULL;
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
	_cleanup_free_ struct claim *by_path = NULL;
	struct claims claims = {};
	int r = claims_init(&claims, findings, n_plain);

	by_path = claims.by_path;
	for (size_t i = 0; r == 0 && i < n_plain; i++) {
		struct finding *plain = &findings->items[i];
		struct finding *found = NULL;

		if (plain->code && !is_coverage(plain))
			found = find_telling(&claims, plain);

		if (found)
			r = fold(plain, found);
	}
	if (r == 0)
		close_gaps(findings);
	return r;
}
