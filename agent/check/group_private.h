/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of grouping: the set and its look-ups (group.c), and what belongs together by
 * directories, links and names (group_place.c) and by contents (group_content.c). */
#pragma once

#include "check/group.h"

static inline const char *candidate_path(const struct candidate *candidate)
{
	return candidate->difference->path;
}

static inline enum entry_type candidate_type(const struct candidate *candidate)
{
	const struct difference *difference = candidate->difference;

	return difference->actual.type ? difference->actual.type : difference->expected.type;
}

static inline unsigned candidate_flags(const struct candidate *candidate)
{
	return mechanism_get(candidate->kind)->flags;
}

/* What follows the last '/'. */
const char *group_name(const struct candidate *candidate);

/* The candidate of exactly that path, or GROUP_NONE. */
size_t group_find_exact(const struct group_set *set, const char *path);
/* As a file's words spell it: /bin may be /usr/bin, and the other way round. */
size_t group_find(const struct group_set *set, const char *path);
/* The first of those below a directory, as an index of by_path; `*ret_end` is behind the last. */
size_t group_find_below(const struct group_set *set, const char *directory, size_t *ret_end);
/* Those with that name, as indexes of by_name from the result up to `*ret_end`. */
size_t group_find_name(const struct group_set *set, const char *name, size_t *ret_end);

size_t group_head(struct group_set *set, size_t index);
/* The group of `member` comes under the head of `head`. What could not be looked at belongs to
 * nothing. */
void group_join(struct group_set *set, size_t member, size_t head);
/* The same, but the graver head leads both; of two that are alike that of `head`. */
void group_join_graver(struct group_set *set, size_t member, size_t head);
/* How much a kind says about what was done; the severity first. */
int group_rank(const struct group_set *set, enum kind kind);

/* What dpkg writes down about a package, and what does nothing by itself. */
bool group_is_record(const char *path);

void group_by_directory(struct group_set *set);
void group_by_link(struct group_set *set);
void group_by_name(struct group_set *set);
void group_by_purpose(struct group_set *set);
void group_by_stem(struct group_set *set);
void group_by_content(struct group_set *set);
void group_by_package(struct group_set *set);
