/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The content of a file of an untrusted root, a block at a time: never mapped, so that a file that
 * shrinks does no harm, never followed out of the root, and bounded. Holes are skipped, so a sparse
 * file costs what it stores. Of a file with more data than WINDOW_HEAD_MAX and WINDOW_TAIL_MAX the
 * middle is left out.
 */
#pragma once

#include "error.h"

#include <stdint.h>

#define WINDOW_BLOCK	(2U << 20)
#define WINDOW_OVERLAP	(64U << 10) /* bytes that two adjacent blocks share */
#define WINDOW_HEAD_MAX (96ULL << 20)
#define WINDOW_TAIL_MAX (32ULL << 20)

struct window {
	int fd;
	uint64_t file_size; /* when it was opened */
	uint8_t *data;	    /* the block, owned */
	size_t size;	    /* of the block */
	uint64_t offset;    /* of the block in the file */
	size_t overlap;	    /* bytes at its start that the former block had too */
	uint64_t done;	    /* bytes read, for the bounds */
	uint64_t left_out;  /* bytes beyond the bounds */
	int r;		    /* why the last block could not be read */
};

/* As root_open_file(). The caller calls window_done() in any case. */
int window_open(struct window *window, int root_fd, const char *path) _must_check_;
/*
 * The first block again, and the one after: 1 with a block, 0 when there is none, a negative errno.
 * An empty file has none.
 */
int window_first(struct window *window) _must_check_;
int window_next(struct window *window) _must_check_;
void window_done(struct window *window);
#define _cleanup_window_ _cleanup_(window_done)
