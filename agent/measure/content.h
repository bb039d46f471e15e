/* SPDX-License-Identifier: Apache-2.0 */
/* The content of one open regular file, read once and hashed. */
#pragma once

#include "digest.h"

#include <stdatomic.h>
#include <sys/stat.h>

#define CONTENT_BLOCK_SIZE 65536 /* larger blocks were measured to gain nothing */

/* More than this, holes included, is no content that anybody seals: 10 minutes of hashing. */
#define CONTENT_SIZE_MAX (UINT64_C(1) << 40)

struct content {
	int fd; /* at its beginning */
	const struct stat *st;
	uint64_t limit;		   /* hash only so many bytes from the beginning; UINT64_MAX: all */
	const atomic_bool *cancel; /* or NULL: stop between two blocks when it becomes true */
	atomic_uint
		*cold; /* or NULL: becomes CONTENT_COLD_FILES when the disk must be waited for */
};

/* After one file that was not in the page cache, so many more are asked for ahead. */
#define CONTENT_COLD_FILES 512

/* Has the kernel begin to read the file, its first 8 MiB at most. Does not wait for the disk, but
 * may wait for its queue. */
void content_expect(int fd, uint64_t size);

/*
 * Hashes through `block` of CONTENT_BLOCK_SIZE bytes. Holes count as the zeros that they stand for,
 * and are not read. -EAGAIN when the file has become shorter, -ECANCELED, else what read() said.
 * `ret_read` is the number of bytes that were hashed, in any case.
 */
int content_hash(const struct content *content, struct hasher *hasher, void *block,
		 struct digest *ret, uint64_t *ret_read) _must_check_;
