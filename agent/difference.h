/* SPDX-License-Identifier: Apache-2.0 */
/* What changes from one manifest to another. Only differences are kept in memory. */
#pragma once

#include "manifest.h"
#include "mtree.h"
#include "report.h"

/* One verified manifest and its body. A zeroed struct is an empty one. */
struct difference_side {
	char *directory;
	struct manifest *manifest;
	struct mtree_reader *reader;
};

/*
 * The lists are arrays of {"path", "path_raw" (where not UTF-8), "type"} and, for changed ones,
 * "changes": an object of attribute name to {"old","new"}, both strings or null. `paths` in them
 * are absolute inside the root.
 */
struct difference {
	struct difference_side old;
	struct difference_side new;
	json_t *added;
	json_t *removed;
	json_t *changed;
	uint64_t same;
	bool has_new_policy; /* the path classes or waivers differ */
};

/* Reads both bodies to their ends. -EBADMSG for a broken one, with the line. */
int difference_find(struct difference *difference, struct error *error) _must_check_;

bool difference_is_empty(const struct difference *difference);

/* Text (a line for each entry, + - ~) or JSON. -EIO, -ENOMEM. */
int difference_write(const struct difference *difference, const struct report_style *style,
		     FILE *stream) _must_check_;

void difference_done(struct difference *difference);
