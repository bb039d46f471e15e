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
	enum coverage_tier tier;
	uint64_t deadline_ms;	   /* of the monotonic clock; 0: none */
	struct manifest *manifest; /* NULL when it could not be accepted */
	struct comparison comparison;
	struct findings findings;
	struct evidence_timing timing;
	enum verdict verdict; /* VERDICT_NONE when nothing was compared */
};

struct examine_request {
	const struct agent_options *options;
	const struct config *config;
	/* Of this instance, for evidence: critical paths first, and with notes for the next run. */
	bool attest;
};

/*
 * Examines what the options and the configuration name. The trust anchors are those of this system,
 * never those of the root. An error means that nothing could be compared; `ret` then still names
 * root, directory and phase, and its findings say what was wrong with the manifest.
 */
int examine(const struct examine_request *request, struct examination *ret,
	    struct error *error) _must_check_;
void examination_done(struct examination *examination);
#define _cleanup_examination_ _cleanup_(examination_done)

/* Borrows from the examination. */
void report_from_examination(const struct examination *examination, struct report *ret);

/* What the options say, with the defaults; -EINVAL with the reason. A deadline of 0 is none. */
int examine_phase(const struct agent_options *options, enum phase *ret,
		  struct error *error) _must_check_;
int examine_tier(const struct agent_options *options, enum coverage_tier *ret,
		 struct error *error) _must_check_;
int examine_deadline(const struct agent_options *options, uint64_t *ret,
		     struct error *error) _must_check_;
/* All three, to tell wrong usage from what cannot be checked. */
int examine_check_options(const struct agent_options *options, struct error *error) _must_check_;

/*
 * Runs a verb that examines. With a deadline it cannot take much longer than that, whatever the
 * disk does: see supervise(). Returns what `run` does, or a negative errno.
 */
int examine_in_time(const struct agent_options *options, int (*run)(void *data), void *data);
