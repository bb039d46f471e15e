/* SPDX-License-Identifier: Apache-2.0 */
/* Reading single files of a root that is not trusted: links are resolved inside it and never lead
 * out. */
#pragma once

#include "error.h"

#include <stddef.h>
#include <stdint.h>

/* Opens the directory. A descriptor or a negative errno. */
int root_open(const char *root) _must_check_;

/* Opens a directory, links resolved inside the root. A descriptor or a negative errno. */
int root_open_directory(int root_fd, const char *absolute) _must_check_;

/*
 * The same, of anything, by one component at a time: what stands in for openat2(2) where a kernel
 * or a sandbox has none. `flags` as for open(2). -ELOOP after 40 links, -ENAMETOOLONG for more than
 * 128 directories.
 */
int root_open_stepwise(int root_fd, const char *absolute, int flags) _must_check_;

/*
 * Opens a regular file for reading, links resolved inside the root. A descriptor, -EINVAL when it
 * is not regular, or another negative errno. `ret_size` may be NULL.
 */
int root_open_file(int root_fd, const char *absolute, uint64_t *ret_size) _must_check_;

/*
 * Reads a regular file, at most `limit` bytes of it: 0 when that was all, 1 when more followed, a
 * negative errno (-ENOENT, -ELOOP, -EINVAL not regular). The bytes belong to the caller and have a
 * NUL after them.
 */
int root_read(int root_fd, const char *absolute, size_t limit, char **ret_data,
	      size_t *ret_size) _must_check_;
