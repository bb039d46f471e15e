/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mtree(5) bodies: one full-path line an entry, sorted bytewise, streamed in both directions.
 *
 * The reader accepts exactly what the writer writes (DESIGN section 4): comment lines and entry
 * lines with the keywords type mode uid gid size link sha256digest device ignore optional. Unknown
 * or repeated keywords, /set, relative names, continuation lines, unsorted or duplicate paths,
 * missing parents, and lines over MTREE_LINE_MAX are refused with the line number.
 */
#pragma once

#include "entry.h"

#include <stdio.h>

#define MTREE_LINE_MAX	(512 * 1024)
#define MTREE_SIGNATURE "#mtree v2.0\n"

/*
 * Stock mtree knows no keyword for it, so the fs-verity digest of a file stands in a comment on the
 * line before the file's own: this and 64 hexadecimal digits.
 */
#define MTREE_VERITY "#fsverity sha256:"

/* Appends the line of `entry` with its newline; `with_xattrs` adds xattr.NAME=BASE64 words, for
 * digests only: stock tools reject them. */
struct buffer;
int mtree_format(const struct entry *entry, bool with_xattrs, struct buffer *ret) _must_check_;

/* Parses one line without its newline. */
int mtree_parse_line(const char *line, size_t length, struct entry *ret,
		     struct error *error) _must_check_;

struct mtree_reader;

/* Reads from `stream`, which the reader takes over; each byte read is also hashed, see
 * mtree_reader_finish(). */
int mtree_reader_new(FILE *stream, const char *name, struct mtree_reader **ret) _must_check_;
/* The next entry: 1 with `ret` filled (the caller calls entry_done), 0 at the end, or a negative
 * errno with the reason. */
int mtree_reader_next(struct mtree_reader *reader, struct entry *ret,
		      struct error *error) _must_check_;
/* After the end: SHA-256 and size of the whole body. */
int mtree_reader_finish(struct mtree_reader *reader, struct digest *ret,
			uint64_t *ret_size) _must_check_;
void mtree_reader_free(struct mtree_reader *reader);
DEFINE_CLEANUP(struct mtree_reader *, mtree_reader_free)
