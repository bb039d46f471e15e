/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an earlier run has hashed, so that a later one reads only what may have changed since.
 *
 * It counts within one boot of one machine alone: only while the same kernel runs does every change
 * of a file show in its inode, size or change time. A state of another boot, manifest or root is as
 * if there were none, and so is one that is damaged.
 */
#pragma once

#include "digest.h"

#include <sys/stat.h>

#define STATE_NAME "measured.state"

/* What a state holds for. */
struct state_scope {
	const char *directory; /* of the state file: the agent's state directory */
	const char *boot_id;
	const struct digest *manifest; /* of manifest.json */
	struct stat root;	       /* of the directory that is measured */
};

struct state_reader;

/* -ENOENT when there is none, -ESTALE when it is of another scope, -EBADMSG when it is damaged. */
int state_reader_open(const struct state_scope *scope, struct state_reader **ret,
		      struct error *error) _must_check_;
/*
 * Whether the file is what it was: 1 with its digest, 0 when it must be hashed, or a negative
 * errno. Paths (escaped) must come in the order of the walk.
 */
int state_reader_find(struct state_reader *reader, const char *path, const struct stat *st,
		      struct digest *ret) _must_check_;
/* Begins anew. */
int state_reader_rewind(struct state_reader *reader) _must_check_;
void state_reader_free(struct state_reader *reader);
DEFINE_CLEANUP(struct state_reader *, state_reader_free)

struct state_writer;

int state_writer_open(const struct state_scope *scope, struct state_writer **ret,
		      struct error *error) _must_check_;
/*
 * Notes the digest of a file, in the order of the walk. One that was changed in the last minute is
 * left out: pages that were dirty then may still be written without a new change time. A failure to
 * write shows in state_writer_commit().
 */
void state_writer_add(struct state_writer *writer, const char *path, const struct stat *st,
		      const struct digest *digest);
int state_writer_commit(struct state_writer *writer, struct error *error) _must_check_;
/* Without commit, nothing has changed. */
void state_writer_free(struct state_writer *writer);
DEFINE_CLEANUP(struct state_writer *, state_writer_free)
