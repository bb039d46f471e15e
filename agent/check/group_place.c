/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs together by where it lies: new directories, links, and names that go in pairs. */
#include "check/group_private.h"

#include "digest.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* How much a candidate says about what was done; the greatest of a group names it. */
static int candidate_rank(const struct group_set *set, const struct candidate *candidate)
{
	if (candidate_type(candidate) == ENTRY_DIRECTORY)
		return -1;
	return group_rank(set, candidate->kind) + (candidate_type(candidate) == ENTRY_FILE);
}

static bool is_generic(const struct candidate *candidate)
{
	return candidate_flags(candidate) & MECHANISM_GENERIC;
}

/* Of a new directory, [start, end) of by_path: the head of each kind, and of all. */
struct subtree {
	size_t start, end;
	size_t heads[_KIND_MAX];
	size_t head;
};

static void subtree_find_heads(const struct group_set *set, struct subtree *subtree)
{
	int best = -1;

	for (enum kind kind = 0; kind < _KIND_MAX; kind++)
		subtree->heads[kind] = GROUP_NONE;
	subtree->head = set->by_path[subtree->start];
	for (size_t i = subtree->start; i < subtree->end; i++) {
		size_t index = set->by_path[i];
		const struct candidate *candidate = &set->candidates[index];
		int rank = candidate_rank(set, candidate);

		if (candidate->difference->kind == DIFFERENCE_PROBLEM || rank < 0)
			continue;
		if (subtree->heads[candidate->kind] == GROUP_NONE)
			subtree->heads[candidate->kind] = index;
		if (rank > best) {
			best = rank;
			subtree->head = index;
		}
	}
}

/* Each mechanism stays a thing of its own; what tells nothing goes with the gravest. */
static void join_subtree(struct group_set *set, struct subtree *subtree)
{
	subtree_find_heads(set, subtree);
	for (size_t i = subtree->start; i < subtree->end; i++) {
		size_t index = set->by_path[i], own;
		const struct candidate *candidate = &set->candidates[index];

		own = subtree->heads[candidate->kind];
		if (is_generic(candidate) || candidate_type(candidate) == ENTRY_DIRECTORY ||
		    own == GROUP_NONE)
			own = subtree->head;
		if (own != index)
			group_join(set, index, own);
	}
}

/* A directory that came, or went, with all that is below it. */
void group_by_directory(struct group_set *set)
{
	for (size_t i = 0; i < set->count;) {
		const struct candidate *candidate = &set->candidates[set->by_path[i]];
		struct subtree subtree = {.start = i, .end = i + 1};

		if (candidate_type(candidate) == ENTRY_DIRECTORY &&
		    (candidate->difference->kind == DIFFERENCE_UNEXPECTED ||
		     candidate->difference->kind == DIFFERENCE_MISSING)) {
			(void)group_find_below(set, candidate_path(candidate), &subtree.end);
			join_subtree(set, &subtree);
		}
		i = subtree.end;
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

static const char *link_text(const struct candidate *candidate)
{
	const struct difference *difference = candidate->difference;

	return difference->actual.link ? difference->actual.link : difference->expected.link;
}

static char *link_target(const struct candidate *candidate)
{
	const struct difference *difference = candidate->difference;
	const char *link = link_text(candidate);
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

void group_by_link(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		_cleanup_free_ char *target = NULL;
		size_t found;

		if (candidate_type(&set->candidates[i]) != ENTRY_LINK)
			continue;
		target = link_target(&set->candidates[i]);
		if (!target)
			continue;
		found = group_find(set, target);
		if (found == GROUP_NONE || found == i)
			continue;
		/* What was something else before tells more than where it leads now. */
		if (set->candidates[i].difference->kind == DIFFERENCE_CHANGED)
			group_join_graver(set, found, i);
		else
			group_join(set, i, found);
	}
}

/* Two of one name that are the same: copies, or links to one thing. */
static bool is_copy(const struct candidate *a, const struct candidate *b)
{
	const struct entry *x = &a->difference->actual, *y = &b->difference->actual;

	if (a->kind != b->kind || a->difference->kind != DIFFERENCE_UNEXPECTED ||
	    b->difference->kind != DIFFERENCE_UNEXPECTED || x->type != y->type ||
	    strcmp(group_name(a), group_name(b)) != 0)
		return false;
	if (x->type == ENTRY_LINK)
		return x->link && y->link && strcmp(x->link, y->link) == 0;
	return x->type == ENTRY_FILE && (x->has & y->has & ENTRY_HAS_DIGEST) &&
	       digest_is_equal(&x->digest, &y->digest);
}

static void join_copies(struct group_set *set)
{
	size_t first = 0;

	for (size_t i = 1; i < set->count; i++) {
		const struct candidate *one = &set->candidates[set->by_name[first]];

		if (is_copy(one, &set->candidates[set->by_name[i]]))
			group_join(set, set->by_name[i], set->by_name[first]);
		else
			first = i;
	}
}

/* The path with its end replaced, if it is a candidate's. */
static size_t find_beside(const struct group_set *set, const char *path, size_t length,
			  const char *end)
{
	char beside[PATH_MAX];

	if (length + strlen(end) >= sizeof(beside))
		return GROUP_NONE;
	memcpy(beside, path, length);
	memcpy(beside + length, end, strlen(end) + 1);
	return group_find_exact(set, beside);
}

/* The unit that starts another of the same name: x.timer, x.path and x.socket start x.service. */
static void join_started(struct group_set *set, size_t index)
{
	static const char *const starters[] = {".timer", ".path", ".socket"};
	const char *path = candidate_path(&set->candidates[index]), *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < ELEMENTS(starters); i++) {
		size_t found;

		if (strcmp(dot, starters[i]) != 0)
			continue;
		found = find_beside(set, path, (size_t)(dot - path), ".service");
		if (found != GROUP_NONE && group_head(set, found) != group_head(set, index))
			group_join(set, found, index);
	}
}

/* What a bus or polkit wants besides x.service or x.policy has the same name. */
static void join_permission(struct group_set *set, size_t index)
{
	static const struct {
		const char *own, *other;
	} pairs[] = {{".conf", ".service"}, {".rules", ".policy"}};
	const char *name = group_name(&set->candidates[index]), *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < ELEMENTS(pairs); i++) {
		char other[NAME_MAX + 16];
		size_t end, at;

		if (strcmp(dot, pairs[i].own) != 0)
			continue;
		(void)snprintf(other, sizeof(other), "%.*s%s", (int)(dot - name), name,
			       pairs[i].other);
		for (at = group_find_name(set, other, &end); at < end; at++)
			if (set->candidates[set->by_name[at]].kind == set->candidates[index].kind)
				group_join(set, index, set->by_name[at]);
	}
}

/* What lies in x.service.d belongs to x.service, when that differs too. */
static void join_drop_in(struct group_set *set, size_t index)
{
	const char *path = candidate_path(&set->candidates[index]);
	const char *slash = strrchr(path, '/');
	size_t length = (size_t)(slash - path), found;

	if (length < 3 || memcmp(slash - 2, ".d", 2) != 0)
		return;
	found = find_beside(set, path, length - 2, "");
	if (found != GROUP_NONE && set->candidates[found].kind == set->candidates[index].kind)
		group_join(set, index, found);
}

/* The ends that tools and people give to what they put aside. */
static bool is_aside(const char *end)
{
	static const char *const ends[] = {"~",		".bak",	      ".orig",	   ".original",
					   ".old",	".distrib",   ".save",	   "-",
					   ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".ucf-old"};

	for (size_t i = 0; i < ELEMENTS(ends); i++)
		if (strcmp(end, ends[i]) == 0)
			return true;
	return false;
}

/* Whether `aside` is what `changed` was when it was sealed. */
static bool was_sealed_as(const struct candidate *aside, const struct candidate *changed)
{
	const struct entry *is = &aside->difference->actual;
	const struct entry *was = &changed->difference->expected;

	return (is->has & was->has & ENTRY_HAS_DIGEST) &&
	       digest_is_equal(&is->digest, &was->digest);
}

/* x.original or x-real beside an x that differs: what it was, put aside. */
static void join_put_aside(struct group_set *set, size_t index)
{
	const struct candidate *candidate = &set->candidates[index];
	const char *path = candidate_path(candidate), *name = group_name(candidate);
	size_t length = strlen(path), first = (size_t)(name - path) + 1;

	if (candidate->difference->actual.type != ENTRY_FILE ||
	    candidate->difference->kind != DIFFERENCE_UNEXPECTED)
		return;
	while (length > first) {
		const struct candidate *other;
		size_t found;

		length--;
		if (!strchr(".-_~", path[length]))
			continue;
		found = find_beside(set, path, length, "");
		if (found == GROUP_NONE || found == index)
			continue;
		other = &set->candidates[found];
		if (other->difference->kind == DIFFERENCE_CHANGED &&
		    (is_aside(path + length) || was_sealed_as(candidate, other)) &&
		    (candidate->kind == other->kind ||
		     (is_generic(candidate) && candidate->kind != KIND_SUID)))
			group_join(set, index, found);
		return;
	}
}

/* __pycache__/x.cpython-311.pyc is made of x.py. */
static void join_compiled(struct group_set *set, size_t index)
{
	static const char cache[] = "/__pycache__/";
	const char *path = candidate_path(&set->candidates[index]), *at = strstr(path, cache);
	char source[PATH_MAX];
	size_t found, length;

	if (!at)
		return;
	length = strcspn(at + strlen(cache), ".");
	if (snprintf(source, sizeof(source), "%.*s/%.*s.py", (int)(at - path), path, (int)length,
		     at + strlen(cache)) >= (int)sizeof(source))
		return;
	found = group_find_exact(set, source);
	if (found != GROUP_NONE)
		group_join(set, index, found);
}

void group_by_name(struct group_set *set)
{
	join_copies(set);
	for (size_t i = 0; i < set->count; i++) {
		enum kind kind = set->candidates[i].kind;

		if (!candidate_path(&set->candidates[i])[1])
			continue;
		if (kind == KIND_SERVICE || kind == KIND_TIMER) {
			join_started(set, i);
			join_drop_in(set, i);
		}
		if ((kind == KIND_SERVICE &&
		     strstr(candidate_path(&set->candidates[i]), "/dbus-1/")) ||
		    kind == KIND_POLKIT)
			join_permission(set, i);
		join_put_aside(set, i);
		join_compiled(set, i);
	}
}

/* What has no mechanism of its own but the name of something that has: /usr/share/x of x.service.
 */
static size_t find_namesake(const struct group_set *set, const struct candidate *candidate)
{
	static const char *const ends[] = {".service", ".timer", ".socket",  ".path",
					   ".conf",    ".rules", ".desktop", ""};
	const char *name = group_name(candidate);
	size_t stem = strcspn(name, ".");

	for (size_t i = 0; stem >= 4 && i < ELEMENTS(ends); i++) {
		char other[NAME_MAX + 16];
		size_t end, at;

		if (snprintf(other, sizeof(other), "%.*s%s", (int)stem, name, ends[i]) >=
		    (int)sizeof(other))
			return GROUP_NONE;
		for (at = group_find_name(set, other, &end); at < end; at++) {
			const struct candidate *found = &set->candidates[set->by_name[at]];

			if (!is_generic(found) &&
			    found->difference->kind == DIFFERENCE_UNEXPECTED &&
			    candidate_type(found) != ENTRY_DIRECTORY)
				return set->by_name[at];
		}
	}
	return GROUP_NONE;
}

void group_by_stem(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct candidate *candidate = &set->candidates[i];
		size_t head = group_head(set, i), found;

		if ((candidate->kind != KIND_FILE && candidate->kind != KIND_BINARY) ||
		    candidate->difference->kind != DIFFERENCE_UNEXPECTED ||
		    (set->candidates[head].kind != KIND_FILE &&
		     set->candidates[head].kind != KIND_BINARY))
			continue;
		found = find_namesake(set, candidate);
		if (found != GROUP_NONE)
			group_join(set, i, found);
	}
}
