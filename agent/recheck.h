/* SPDX-License-Identifier: Apache-2.0 */
/* What a later attestation need not read again. */
#pragma once

#include "examine.h"
#include "measure/state.h"

/* NULL members where there is nothing to reuse, or nowhere to note it. */
struct recheck {
	struct state_reader *state;
	struct state_writer *record;
};

/*
 * Opens what an earlier run of this boot noted, for the boot phase and unless all is to be read,
 * and begins a new note. Neither is needed for a right result, so a failure is only told.
 */
int recheck_open(const struct examination *examination, const char *state_directory, bool full,
		 struct recheck *ret);
/* Keeps the new note; not of an examination that did not get to its end. */
void recheck_commit(struct recheck *recheck);
void recheck_done(struct recheck *recheck);
#define _cleanup_recheck_ _cleanup_(recheck_done)
