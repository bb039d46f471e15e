/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which differences are one thing: a unit with its enablement link and its program, a new directory
 * with what is in it, the files of one account. Each group has a head, which names it.
 */
#pragma once

#include "check/mechanism.h"

#define CONTENT_MAX	  (64 * 1024)	    /* bytes read of one file */
#define CONTENT_TOTAL_MAX (4 * 1024 * 1024) /* bytes kept of all files */

struct candidate {
	const struct difference *difference;
	enum kind kind;
	size_t head;   /* index of the group's head; its own when it is one */
	size_t first;  /* of a head: its first member, in path order; GROUP_NONE without one */
	size_t next;   /* of a member: the next one of the same head */
	char *content; /* beginning of a file whose words matter; else NULL */
	size_t content_size;
	char *looks_like; /* the program that its name can be taken for, or NULL */
};

#define GROUP_NONE SIZE_MAX

struct group_set {
	struct candidate *candidates; /* one for each difference, in the same order */
	size_t *by_path; /* indexes, ordered so that a directory is followed by what is below it */
	size_t *by_name; /* indexes, ordered by what follows the last '/' */
	size_t count;
	size_t content_total;
	int ranks[_KIND_MAX];
	uint64_t unread; /* files whose words could not be looked at */
};

/* Groups all differences of a comparison of the root that `root_fd` is. */
int group_differences(const struct comparison *comparison, int root_fd,
		      struct group_set *ret) _must_check_;
void group_set_done(struct group_set *set);
#define _cleanup_group_set_ _cleanup_(group_set_done)
