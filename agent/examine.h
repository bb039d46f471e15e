/* SPDX-License-Identifier: Apache-2.0 */
/* One examination of a root: trust, manifest, comparison, checks, verdict. */
#pragma once

#include "agent.h"
#include "config.h"
#include "measure/compare.h"
#include "report.h"

struct examination {
	char *root;
	char *manifest_directory;
	enum phase phase;
	struct manifest *manifest; /* NULL when it could not be accepted */
	struct comparison comparison;
	struct findings findings;
	struct evidence_timing timing;
	enum verdict verdict; /* VERDICT_NONE when nothing was compared */
};

/*
 * Examines what the options and the configuration name. The trust anchors are those of this system,
 * never those of the root. An error means that nothing could be compared; `ret` then still names
 * root, directory and phase, and its findings say what was wrong with the manifest.
 */
int examine(const struct agent_options *options, const struct config *config,
	    struct examination *ret, struct error *error) _must_check_;
void examination_done(struct examination *examination);
#define _cleanup_examination_ _cleanup_(examination_done)

/* Borrows from the examination. */
void report_from_examination(const struct examination *examination, struct report *ret);

/* The root's directory for an option; -EINVAL with the reason for an unknown phase. */
int examine_phase(const struct agent_options *options, enum phase *ret,
		  struct error *error) _must_check_;
