/* SPDX-License-Identifier: Apache-2.0 */
#include "check/group.h"

#include "catalog.h"
#include "check/elf.h"
#include "check/group_private.h"
#include "check/mechanism_content.h"
#include "check/name.h"
#include "measure/root.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

void group_set_done(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->candidates[i].content);
		free(set->candidates[i].looks_like);
	}
	free(set->candidates);
	free(set->by_path);
	free(set->by_name);
	*set = (struct group_set){};
}

const char *group_name(const struct candidate *candidate)
{
	return strrchr(candidate_path(candidate), '/') + 1;
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

static int name_compare(const void *a, const void *b, void *candidates)
{
	const struct candidate *all = candidates;
	const struct candidate *x = &all[*(const size_t *)a], *y = &all[*(const size_t *)b];
	int order = strcmp(group_name(x), group_name(y));

	return order ? order : index_compare(a, b, candidates);
}

/* The first by_path index whose path is not before `path`. */
static size_t lower_path(const struct group_set *set, const char *path)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct candidate *at = &set->candidates[set->by_path[middle]];

		if (path_compare(candidate_path(at), path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t group_find_exact(const struct group_set *set, const char *path)
{
	size_t low = lower_path(set, path);

	if (low == set->count ||
	    strcmp(candidate_path(&set->candidates[set->by_path[low]]), path) != 0)
		return GROUP_NONE;
	return set->by_path[low];
}

size_t group_find(const struct group_set *set, const char *path)
{
	char merged[PATH_MAX];
	size_t index = group_find_exact(set, path);
	int length;

	if (index != GROUP_NONE)
		return index;
	if (strncmp(path, "/usr/", 5) == 0)
		return group_find_exact(set, path + 4);
	length = snprintf(merged, sizeof(merged), "/usr%s", path);
	return length < (int)sizeof(merged) ? group_find_exact(set, merged) : GROUP_NONE;
}

static bool is_below(const char *path, const char *directory, size_t length)
{
	return strncmp(path, directory, length) == 0 && path[length] == '/';
}

size_t group_find_below(const struct group_set *set, const char *directory, size_t *ret_end)
{
	size_t length = strlen(directory), start = lower_path(set, directory), end;

	while (start < set->count &&
	       strcmp(candidate_path(&set->candidates[set->by_path[start]]), directory) == 0)
		start++;
	for (end = start; end < set->count; end++)
		if (!is_below(candidate_path(&set->candidates[set->by_path[end]]), directory,
			      length))
			break;
	*ret_end = end;
	return start;
}

#define NAMES_MAX 16 /* candidates of one name that are looked at */

size_t group_find_name(const struct group_set *set, const char *name, size_t *ret_end)
{
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(group_name(&set->candidates[set->by_name[middle]]), name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < set->count && high - low < NAMES_MAX; high++)
		if (strcmp(group_name(&set->candidates[set->by_name[high]]), name) != 0)
			break;
	*ret_end = high;
	return low;
}

size_t group_head(struct group_set *set, size_t index)
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

void group_join(struct group_set *set, size_t member, size_t head)
{
	if (!is_problem(set, member) && !is_problem(set, head))
		set->candidates[group_head(set, member)].head = group_head(set, head);
}

void group_join_graver(struct group_set *set, size_t member, size_t head)
{
	enum kind one = set->candidates[group_head(set, member)].kind;
	enum kind other = set->candidates[group_head(set, head)].kind;

	if (group_rank(set, one) > group_rank(set, other))
		group_join(set, head, member);
	else
		group_join(set, member, head);
}

int group_rank(const struct group_set *set, enum kind kind)
{
	return set->ranks[kind];
}

static void set_ranks(struct group_set *set)
{
	for (enum kind kind = 0; kind < _KIND_MAX; kind++) {
		const struct mechanism *mechanism = mechanism_get(kind);
		const struct catalog_entry *entry;
		char code[64];

		(void)snprintf(code, sizeof(code), "%s.unexpected", mechanism->name);
		entry = catalog_find(code);
		set->ranks[kind] = (mechanism->flags & MECHANISM_GENERIC ? 0 : 100) +
				   (entry ? 10 * (int)entry->severity : 0);
	}
}

static bool is_script(const char *content, size_t size)
{
	return size > 2 && content[0] == '#' && content[1] == '!';
}

/* What useradd(8) copied: it tells nothing that the skeleton does not tell. */
static bool is_skeleton(int root_fd, const struct candidate *candidate, const char *content,
			size_t size)
{
	_cleanup_free_ char *skeleton = NULL;
	char path[PATH_MAX];
	size_t n;

	if (candidate->kind != KIND_SHELL || candidate->difference->kind != DIFFERENCE_UNEXPECTED ||
	    snprintf(path, sizeof(path), "/etc/skel/%s", group_name(candidate)) >=
		    (int)sizeof(path) ||
	    strcmp(path, candidate_path(candidate)) == 0)
		return false;
	return root_read(root_fd, path, CONTENT_MAX, &skeleton, &n) == 0 && n == size &&
	       memcmp(skeleton, content, n) == 0;
}

/* A new program whose name can be taken for that of one in the same or a usual directory. */
static void find_double(int root_fd, struct candidate *candidate)
{
	const char *path = candidate_path(candidate);
	const char *const directories[] = {"", "/usr/bin/", "/usr/sbin/", "/usr/lib/systemd/"};
	size_t own = (size_t)(group_name(candidate) - path);
	char name[NAME_MAX + 1];

	if (candidate->kind != KIND_BINARY ||
	    candidate->difference->kind != DIFFERENCE_UNEXPECTED || !name_fold(path, name))
		return;
	for (size_t i = 0; i < ELEMENTS(directories); i++) {
		_cleanup_close_ int fd = -EBADF;
		_cleanup_free_ char *other = NULL;

		if (asprintf(&other, "%.*s%s%s", i == 0 ? (int)own : 0, path, directories[i],
			     name) < 0) {
			other = NULL;
			return;
		}
		fd = root_open_file(root_fd, other, NULL);
		if (fd < 0)
			continue;
		candidate->kind = KIND_HIDDEN;
		candidate->looks_like = TAKE_PTR(other);
		return;
	}
}

/* Whether the content is the sealed one, and only something else differs. */
static bool has_sealed_content(const struct difference *difference)
{
	return difference->kind == DIFFERENCE_CHANGED &&
	       !(difference->attributes &
		 (ATTRIBUTE_DIGEST | ATTRIBUTE_SIZE | ATTRIBUTE_TYPE | ATTRIBUTE_BEGINNING));
}

/* Keeps the words of what names others, and lets the content tell the kind where the place cannot.
 */
static void candidate_read(struct group_set *set, struct candidate *candidate, int root_fd)
{
	const struct difference *difference = candidate->difference;
	bool generic = candidate_flags(candidate) & MECHANISM_GENERIC;
	_cleanup_free_ char *content = NULL;
	size_t size;

	if (difference->actual.type != ENTRY_FILE || difference->kind == DIFFERENCE_PROBLEM ||
	    difference->kind == DIFFERENCE_MISSING || (generic && has_sealed_content(difference)))
		return;
	if (!generic && set->content_total > CONTENT_TOTAL_MAX) {
		set->unread++;
		return;
	}
	if (root_read(root_fd, difference->path, generic ? GENERIC_CONTENT_MAX : CONTENT_MAX,
		      &content, &size) < 0) {
		/* Of the others nothing but a better name is lost. */
		set->unread += !generic;
		return;
	}
	candidate->kind = mechanism_refine(candidate->kind, difference, content, size);
	if (is_skeleton(root_fd, candidate, content, size))
		candidate->kind = KIND_FILE;
	if (generic && elf_is_module(root_fd, difference->path, content, size))
		candidate->kind = KIND_KMOD;
	find_double(root_fd, candidate);
	if (generic && (!is_script(content, size) || set->content_total > CONTENT_TOTAL_MAX))
		return;
	candidate->content = TAKE_PTR(content);
	candidate->content_size = size;
	set->content_total += size;
}

static int group_set_init(struct group_set *set, const struct comparison *comparison, int root_fd)
{
	size_t count = comparison->count;

	set->candidates = calloc(count ? count : 1, sizeof(*set->candidates));
	set->by_path = calloc(count ? count : 1, sizeof(*set->by_path));
	set->by_name = calloc(count ? count : 1, sizeof(*set->by_name));
	if (!set->candidates || !set->by_path || !set->by_name)
		return -ENOMEM;
	set_ranks(set);
	for (size_t i = 0; i < count; i++) {
		struct candidate *candidate = &set->candidates[i];

		candidate->difference = &comparison->differences[i];
		candidate->kind = mechanism_find(candidate->difference);
		candidate->head = i;
		set->by_path[i] = i;
		set->by_name[i] = i;
		set->count++;
		candidate_read(set, candidate, root_fd);
	}
	qsort_r(set->by_path, count, sizeof(*set->by_path), index_compare, set->candidates);
	qsort_r(set->by_name, count, sizeof(*set->by_name), name_compare, set->candidates);
	return 0;
}

/* Points each candidate at its group's head, and each head at its members. */
static void flatten(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		set->candidates[i].head = group_head(set, i);
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
	group_by_directory(&set);
	group_by_link(&set);
	group_by_name(&set);
	group_by_content(&set);
	group_by_purpose(&set);
	group_by_package(&set);
	group_by_stem(&set);
	flatten(&set);
	*ret = set;
	return 0;
}
