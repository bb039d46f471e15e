/* SPDX-License-Identifier: Apache-2.0 */
#include "check/group.h"

#include "catalog.h"
#include "measure/root.h"

#include <limits.h>
#include <string.h>

#define NOT_FOUND SIZE_MAX

void group_set_done(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->candidates[i].content);
	free(set->candidates);
	free(set->by_path);
	*set = (struct group_set){};
}

static const char *candidate_path(const struct candidate *candidate)
{
	return candidate->difference->path;
}

static enum entry_type candidate_type(const struct candidate *candidate)
{
	const struct difference *difference = candidate->difference;

	return difference->actual.type ? difference->actual.type : difference->expected.type;
}

/* Bytewise, but '/' before everything else, so that what is below a directory follows it at once.
 */
static int path_compare(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	if (*a == *b)
		return 0;
	if (!*a || !*b)
		return *a ? 1 : -1;
	if (*a == '/' || *b == '/')
		return *a == '/' ? -1 : 1;
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

static int index_compare(const void *a, const void *b, void *candidates)
{
	const struct candidate *all = candidates;
	const struct candidate *x = &all[*(const size_t *)a], *y = &all[*(const size_t *)b];
	int order = path_compare(candidate_path(x), candidate_path(y));

	/* Of one path what differs comes before what could not be looked at. */
	return order ? order : (int)x->difference->kind - (int)y->difference->kind;
}

/* The first of those with the same path as by_path[at]. */
static size_t first_of(const struct group_set *set, size_t at)
{
	const char *path = candidate_path(&set->candidates[set->by_path[at]]);

	while (at > 0 && strcmp(candidate_path(&set->candidates[set->by_path[at - 1]]), path) == 0)
		at--;
	return set->by_path[at];
}

static size_t find_exact(const struct group_set *set, const char *path)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2, index = set->by_path[middle];
		int order = path_compare(path, candidate_path(&set->candidates[index]));

		if (order == 0)
			return first_of(set, middle);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NOT_FOUND;
}

/* The candidate of a path as a file's words spell it: /bin may be /usr/bin, and the other way
 * round. */
static size_t find_path(const struct group_set *set, const char *path)
{
	char merged[PATH_MAX];
	size_t index = find_exact(set, path);
	int length;

	if (index != NOT_FOUND)
		return index;
	if (strncmp(path, "/usr/", 5) == 0)
		return find_exact(set, path + 4);
	length = snprintf(merged, sizeof(merged), "/usr%s", path);
	return length < (int)sizeof(merged) ? find_exact(set, merged) : NOT_FOUND;
}

static size_t find_head(struct group_set *set, size_t index)
{
	while (set->candidates[index].head != index) {
		size_t *head = &set->candidates[index].head;

		/* Halving the way keeps long chains short. */
		*head = set->candidates[*head].head;
		index = *head;
	}
	return index;
}

static bool is_problem(const struct group_set *set, size_t index)
{
	return set->candidates[index].difference->kind == DIFFERENCE_PROBLEM;
}

/* What could not be looked at belongs to nothing. */
static void join(struct group_set *set, size_t member, size_t head)
{
	if (!is_problem(set, member) && !is_problem(set, head))
		set->candidates[find_head(set, member)].head = find_head(set, head);
}

/* How much a candidate says about what was done; the greatest of a group names it. */
static int candidate_rank(const struct candidate *candidate)
{
	_cleanup_free_ char *code = NULL;
	const struct catalog_entry *entry;
	int rank;

	if (candidate_type(candidate) == ENTRY_DIRECTORY)
		return -1;
	rank = candidate->mechanism->flags & MECHANISM_GENERIC ? 0 : 100;
	if (asprintf(&code, "%s.unexpected", candidate->mechanism->name) < 0) {
		code = NULL;
		return rank;
	}
	entry = catalog_find(code);
	rank += entry ? 10 * (int)entry->severity : 0;
	return rank + (candidate_type(candidate) == ENTRY_FILE);
}

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* The end of the run of candidates below by_path[start]. */
static size_t subtree_end(const struct group_set *set, size_t start)
{
	const char *directory = candidate_path(&set->candidates[set->by_path[start]]);
	size_t end = start + 1;

	while (end < set->count &&
	       is_below(candidate_path(&set->candidates[set->by_path[end]]), directory))
		end++;
	return end;
}

static size_t subtree_head(const struct group_set *set, size_t start, size_t end)
{
	size_t best = set->by_path[start];
	int best_rank = -1;

	for (size_t i = start + 1; i < end; i++) {
		int rank = candidate_rank(&set->candidates[set->by_path[i]]);

		if (rank > best_rank && !is_problem(set, set->by_path[i])) {
			best_rank = rank;
			best = set->by_path[i];
		}
	}
	return best;
}

static void join_subtree(struct group_set *set, size_t start, size_t end)
{
	size_t head = subtree_head(set, start, end);
	const struct mechanism *mechanism = set->candidates[head].mechanism;

	for (size_t i = start; i < end; i++) {
		const struct candidate *candidate = &set->candidates[set->by_path[i]];

		if (candidate->mechanism == mechanism ||
		    (candidate->mechanism->flags & MECHANISM_GENERIC) ||
		    candidate_type(candidate) == ENTRY_DIRECTORY)
			join(set, set->by_path[i], head);
	}
}

/* A directory that came, or went, with all that is below it. */
static void group_directories(struct group_set *set)
{
	for (size_t i = 0; i < set->count;) {
		const struct candidate *candidate = &set->candidates[set->by_path[i]];
		size_t end = i + 1;

		if (candidate_type(candidate) == ENTRY_DIRECTORY &&
		    (candidate->difference->kind == DIFFERENCE_UNEXPECTED ||
		     candidate->difference->kind == DIFFERENCE_MISSING)) {
			end = subtree_end(set, i);
			join_subtree(set, i, end);
		}
		i = end;
	}
}

/* Resolves "." and ".." in place as text; links on the way are not looked at. */
static void path_normalize(char *path)
{
	char *out = path;

	for (char *in = path; *in;) {
		size_t length;

		while (*in == '/')
			in++;
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

static char *link_target(const struct candidate *candidate)
{
	const struct difference *difference = candidate->difference;
	const char *link =
		difference->actual.link ? difference->actual.link : difference->expected.link;
	const char *slash = strrchr(difference->path, '/');
	char *target;
	int r;

	if (!link)
		return NULL;
	if (link[0] == '/')
		r = asprintf(&target, "%s", link);
	else
		r = asprintf(&target, "%.*s/%s", (int)(slash - difference->path), difference->path,
			     link);
	if (r < 0)
		return NULL;
	path_normalize(target);
	return target;
}

static void group_links(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		_cleanup_free_ char *target = NULL;
		size_t found;

		if (candidate_type(&set->candidates[i]) != ENTRY_LINK)
			continue;
		target = link_target(&set->candidates[i]);
		if (!target)
			continue;
		found = find_path(set, target);
		if (found != NOT_FOUND && found != i)
			join(set, i, found);
	}
}

/* Bytes that end a path in a unit, crontab, rule or script. */
static bool ends_path(char c)
{
	return c == '\0' || strchr(" \t\r\n\"'`;|&<>()=,:{}$", c) != NULL;
}

static void join_named(struct group_set *set, size_t trigger, const char *path)
{
	size_t found = find_path(set, path);

	if (found == NOT_FOUND || find_head(set, found) != found || found == trigger)
		return;
	if (set->candidates[found].mechanism->flags & MECHANISM_GENERIC)
		join(set, found, trigger);
}

/* Follows the reference: what a trigger names and is new itself belongs to it. */
static void group_named(struct group_set *set, size_t trigger)
{
	const struct candidate *candidate = &set->candidates[trigger];
	const char *end = candidate->content + candidate->content_size;

	for (const char *at = candidate->content; at < end;) {
		char path[PATH_MAX];
		size_t length = 0;

		at = memchr(at, '/', (size_t)(end - at));
		if (!at)
			break;
		while (at + length < end && !ends_path(at[length]))
			length++;
		if (length < sizeof(path)) {
			memcpy(path, at, length);
			path[length] = '\0';
			join_named(set, trigger, path);
		}
		at += length;
	}
}

static void group_references(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		if ((set->candidates[i].mechanism->flags & MECHANISM_TRIGGER) &&
		    set->candidates[i].content)
			group_named(set, i);
}

/* passwd, shadow and group change together when one account comes. */
static void group_sets(struct group_set *set)
{
	static const char *const order[] = {"/etc/passwd", "/etc/shadow", "/etc/group"};
	size_t head = NOT_FOUND;

	for (size_t i = 0; i < ELEMENTS(order) && head == NOT_FOUND; i++)
		head = find_exact(set, order[i]);
	if (head == NOT_FOUND)
		return;
	for (size_t i = 0; i < set->count; i++)
		if ((set->candidates[i].mechanism->flags & MECHANISM_SET) &&
		    strncmp(candidate_path(&set->candidates[i]), "/etc/", 5) == 0)
			join(set, i, head);
}

/* The unit that starts another of the same name: x.timer, x.path and x.socket start x.service. */
static void group_units(struct group_set *set)
{
	static const char *const starters[] = {".timer", ".path", ".socket"};

	for (size_t i = 0; i < set->count; i++) {
		const char *path = candidate_path(&set->candidates[i]);
		const char *dot = strrchr(path, '.');

		for (size_t k = 0; dot && k < ELEMENTS(starters); k++) {
			char service[PATH_MAX];
			size_t found;

			if (strcmp(dot, starters[k]) != 0)
				continue;
			if (snprintf(service, sizeof(service), "%.*s.service", (int)(dot - path),
				     path) >= (int)sizeof(service))
				continue;
			found = find_exact(set, service);
			if (found != NOT_FOUND)
				join(set, found, i);
		}
	}
}

static void candidate_read(struct group_set *set, struct candidate *candidate, int root_fd)
{
	const struct difference *difference = candidate->difference;

	if (difference->actual.type != ENTRY_FILE ||
	    (candidate->mechanism->flags & MECHANISM_GENERIC))
		return;
	if (set->content_total > CONTENT_TOTAL_MAX ||
	    root_read(root_fd, difference->path, CONTENT_MAX, &candidate->content,
		      &candidate->content_size) < 0) {
		set->unread++;
		return;
	}
	set->content_total += candidate->content_size;
}

static int group_set_init(struct group_set *set, const struct comparison *comparison, int root_fd)
{
	size_t count = comparison->count;

	set->candidates = calloc(count ? count : 1, sizeof(*set->candidates));
	set->by_path = calloc(count ? count : 1, sizeof(*set->by_path));
	if (!set->candidates || !set->by_path)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct candidate *candidate = &set->candidates[i];

		candidate->difference = &comparison->differences[i];
		candidate->mechanism = mechanism_find(candidate->difference);
		candidate->head = i;
		set->by_path[i] = i;
		set->count++;
		candidate_read(set, candidate, root_fd);
	}
	qsort_r(set->by_path, count, sizeof(*set->by_path), index_compare, set->candidates);
	return 0;
}

/* Points each candidate at its group's head, and each head at its members. */
static void flatten(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		set->candidates[i].head = find_head(set, i);
		set->candidates[i].first = GROUP_NONE;
	}
	for (size_t i = set->count; i-- > 0;) {
		size_t index = set->by_path[i];
		struct candidate *member = &set->candidates[index];

		if (member->head == index)
			continue;
		member->next = set->candidates[member->head].first;
		set->candidates[member->head].first = index;
	}
}

int group_differences(const struct comparison *comparison, int root_fd, struct group_set *ret)
{
	struct group_set set = {};
	int r = group_set_init(&set, comparison, root_fd);

	if (r < 0) {
		group_set_done(&set);
		return r;
	}
	group_directories(&set);
	group_links(&set);
	group_units(&set);
	group_references(&set);
	group_sets(&set);
	flatten(&set);
	*ret = set;
	return 0;
}
