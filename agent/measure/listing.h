/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of one directory in the order of the manifest, and small: a million names of ten random
 * letters take about ten megabytes.
 *
 * The order is that of the escaped names, bytewise: a byte that entry_escape() escapes sorts as the
 * backslash and the digits that stand for it. Names are kept with each byte replaced by its rank in
 * that order, so that comparing them is memcmp(). Some thousand names are sorted at a time into a
 * run, in which each name says only what differs from the one before it; reading merges the runs.
 */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stdint.h>

#define LISTING_SIZE_MAX (1024 * 1024 * 1024) /* bytes of one directory's names */
#define LISTING_NAME_MAX 4095		      /* bytes of a name; longer ones cannot be opened */

/* What reading a directory needs for a while, and the ranks. One serves all listings of a walk, and
 * must outlive them. */
struct lister;

int lister_new(struct lister **ret) _must_check_;
void lister_free(struct lister *lister);
DEFINE_CLEANUP(struct lister *, lister_free)

/* A run while it is read: the name where it stands. */
struct listing_run {
	size_t at, end; /* of the listing's data */
	uint8_t *name;	/* ranks */
	uint16_t length;
	unsigned char type; /* DT_* */
};

/* A zeroed one is empty. */
struct listing {
	const struct lister *lister;
	uint8_t *data;
	size_t size;
	struct listing_run *runs; /* a heap, the next name first */
	size_t n_runs;
	uint8_t *names; /* of each run, and the last one returned */
	size_t longest;
	char *last;
	size_t last_length;
};

/* Reads all names of an open directory but "." and "..". -E2BIG over LISTING_SIZE_MAX, -ENOMEM, or
 * what getdents64(2) says. */
int listing_read(struct lister *lister, int fd, struct listing *ret) _must_check_;

/* Goes to the next name: false at the end. It stands in last and last_length, with a NUL, until the
 * next call. A name that the directory had twice comes once. */
bool listing_next(struct listing *listing, unsigned char *ret_type);

/*
 * Whether the next name comes before what is below the directory that the first `length` bytes of
 * the last name are: ./a-b comes before ./a/b. Such names all begin with the directory's, so those
 * that wait for what is below them are always beginnings of the last name.
 */
bool listing_is_inside(const struct listing *listing, size_t length);

void listing_done(struct listing *listing);
