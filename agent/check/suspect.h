/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nothing vouches for: entries that the manifest, or without one the package database, does
 * not have or has otherwise. Checks of content look at these and at nothing else.
 */
#pragma once

#include "measure/compare.h"

struct suspects {
	const struct difference *
		*by_path; /* bytewise; of one path the difference before a problem */
	size_t count;
};

/* Borrows from the comparison, which must outlive it. -ENOMEM. */
int suspects_init(const struct comparison *comparison, struct suspects *ret) _must_check_;
void suspects_done(struct suspects *suspects);
#define _cleanup_suspects_ _cleanup_(suspects_done)

/*
 * What is on the disk at this path and is not vouched for, or NULL. /bin and /usr/bin, /lib and
 * /usr/lib stand for each other. What is missing or could not be read is no suspect.
 */
const struct difference *suspects_find(const struct suspects *suspects, const char *path);
