/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, read within a limit and written so that a crash leaves the old or the new one, never
 * half. */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Reads a regular file, no larger than `limit` bytes, relative to `dir_fd` (AT_FDCWD for the
 * working directory). Symbolic links at the last component are refused unless `follow`. The bytes
 * belong to the caller and have a NUL after them, which does not count. -EFBIG beyond the limit,
 * -ELOOP, -EISDIR, -EINVAL when not regular, errno of open and read.
 */
int file_read(int dir_fd, const char *path, size_t limit, bool follow, char **ret_data,
	      size_t *ret_size, struct error *error) _must_check_;

/*
 * The same for a secret, which may be a symbolic link: -EPERM unless it is closed to group and
 * others. The caller wipes the bytes.
 */
int file_read_secret(const char *path, size_t limit, char **ret_data, size_t *ret_size,
		     struct error *error) _must_check_;

/*
 * A file that is being written under a temporary name beside its final one. A zeroed struct is
 * unused; file_writer_abort() (also by _cleanup_) removes the temporary file.
 */
struct file_writer {
	FILE *stream;
	int dir_fd;
	char *temporary;
	char *name;
};

/* Starts writing `path` with `mode`. Parent directories must exist. */
int file_writer_open(struct file_writer *writer, int dir_fd, const char *path, mode_t mode,
		     struct error *error) _must_check_;

/* Flushes, fsyncs, renames over the final name and fsyncs the directory. On failure nothing has
 * changed. */
int file_writer_commit(struct file_writer *writer, struct error *error) _must_check_;

/* Like commit, but fails with -EEXIST when the final name exists (renameat2 RENAME_NOREPLACE or
 * link). */
int file_writer_commit_new(struct file_writer *writer, struct error *error) _must_check_;

/*
 * Both or none, as far as anything but a crash between the two renames is concerned: the second
 * failing, the first file's former content comes back (renameat2 RENAME_EXCHANGE).
 */
int file_writer_commit_pair(struct file_writer *first, struct file_writer *second,
			    struct error *error) _must_check_;

void file_writer_abort(struct file_writer *writer);
#define _cleanup_file_writer_ _cleanup_(file_writer_abort)

/* file_writer_open, one write, file_writer_commit. */
int file_write(int dir_fd, const char *path, const void *data, size_t size, mode_t mode,
	       struct error *error) _must_check_;

/* Makes a directory and its missing parents with `mode`; 0 when it exists already. */
int directory_make(const char *path, mode_t mode, struct error *error) _must_check_;

/*
 * Removes the temporary files that killed writers left in a directory; those of living ones stay.
 */
int file_sweep(const char *directory, struct error *error) _must_check_;

/*
 * The sentence for a failed system call, "PATH: cannot DO: reason (advice)", with what to do about
 * a full or read-only file system and the like. Returns `r`.
 */
int file_error_set(struct error *error, int r, const char *path, const char *what);
