/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents that this run has hashed already: other names of the same file (hard links), and files
 * that an earlier pass of the same run has read.
 *
 * A bounded table: what is forgotten is hashed again.
 */
#pragma once

#include "digest.h"
#include "measure/problem.h"

#include <sys/stat.h>

struct known;

/* `capacity` files at most; a multiple of 4. */
int known_new(size_t capacity, struct known **ret) _must_check_;
void known_free(struct known *known);
DEFINE_CLEANUP(struct known *, known_free)

/* The file is going to be hashed; known_set() follows. */
void known_expect(struct known *known, const struct stat *st);
/* What came of hashing it: the digest, or the problem. */
void known_set(struct known *known, const struct stat *st, const struct digest *digest,
	       enum problem problem, int error);

/*
 * Whether exactly this file (inode, size and change time) is hashed, or expected to be. It is then
 * kept until known_take().
 */
bool known_link(struct known *known, const struct stat *st);
/* What known_set() said: PROBLEM_NONE with the digest, or why there is none. */
enum problem known_take(struct known *known, const struct stat *st, struct digest *ret,
			int *ret_error);
