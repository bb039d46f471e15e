/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a stream, in blocks and with a limit, and the digest of all that was read. */
#pragma once

#include "digest.h"

#include <stdio.h>

struct lines;

/* Takes `stream` over on success. No line may have more than `limit` bytes, its newline included.
 */
int lines_new(FILE *stream, size_t limit, struct lines **ret) _must_check_;
/*
 * The next line without its newline, valid until the next call: 1, or 0 at the end. -E2BIG a line
 * over the limit, -ENODATA the last line has no newline, -EIO.
 */
int lines_next(struct lines *lines, const char **ret_line, size_t *ret_length) _must_check_;
/* Number of the line that lines_next() returned or failed at last, from 1. */
uint64_t lines_get_number(const struct lines *lines);
/* After the end: SHA-256 and size of everything. */
int lines_finish(struct lines *lines, struct digest *ret, uint64_t *ret_size) _must_check_;
void lines_free(struct lines *lines);
DEFINE_CLEANUP(struct lines *, lines_free)
