/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifest's own two files: in the body they stand as `type=file optional`, because their bytes
 * are what the signature covers.
 */
#pragma once

#include "entry.h"
#include "error.h"
#include "policy.h"

#define RESERVED_MAX 5

struct reserved {
	struct entry entries[RESERVED_MAX]; /* sorted */
	size_t count;
	size_t next;
};

/*
 * Finds the places for a manifest that is written to `out`: the default directory of the image, and
 * `out` itself when it lies inside the root and is not ignored.
 */
int reserved_init(struct reserved *reserved, const char *root, const char *out,
		  const struct policy *policy, struct error *error) _must_check_;
/* The next entry that sorts before `path` (NULL: any), or NULL. */
const struct entry *reserved_next(struct reserved *reserved, const char *path);
/* Whether a measured entry is one of the manifest's own files and left out. */
bool reserved_has(const struct reserved *reserved, const struct entry *entry);
void reserved_done(struct reserved *reserved);
#define _cleanup_reserved_ _cleanup_(reserved_done)
