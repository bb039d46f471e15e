/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring a root: walk, path classes, the manifest's entries and hash pool in one, handing out
 * entries in the order of the manifest.
 *
 * The manifest is joined before anything is hashed, so that what is known to differ, or known
 * already, need not be read.
 */
#pragma once

#include "coverage.h"
#include "manifest.h"
#include "measure/known.h"
#include "measure/pool.h"
#include "measure/progress.h"
#include "measure/state.h"

/* Of a file that differs already by its size, or is not in the manifest, more content than this is
 * not read for the report. */
#define MEASURE_UNSEALED_MAX (UINT64_C(1) << 30)

struct expectation {
	/* 1 with the next entry, which the caller owns, 0 at the end, or a negative errno. */
	int (*next)(void *data, struct entry *ret, struct error *error);
	void *data;
};

struct measure_options {
	const char *root;
	const struct policy *policy;
	unsigned workers;	   /* 0: as many as processors */
	struct progress *progress; /* NULL: nobody waits */

	/* What is expected: by a manifest, or by something else that hands out entries in the order
	 * of the walk; all NULL when sealing. */
	const struct manifest *manifest;
	struct mtree_reader *body;
	const struct expectation *expectation;

	enum digest_algorithm algorithm;
	bool expected_only; /* read only contents of which a digest is expected */

	bool full;		     /* read contents also where something vouches for them */
	bool verity;		     /* when sealing: state fs-verity digests beside the others */
	bool critical;		     /* only paths that the policy calls critical */
	uint64_t deadline_ms;	     /* of the monotonic clock; 0: none */
	struct known *known;	     /* contents hashed by an earlier pass; NULL: none */
	struct state_reader *state;  /* of an earlier run; NULL: none */
	struct state_writer *record; /* for a later run; NULL: none */
};

struct measured {
	/* Stated as its class wants it: no size and digest for mutable and append. */
	struct entry entry;
	char *absolute;
	struct entry expected;
	bool has_expected;
	bool missing; /* only the manifest has it: `entry` is empty */
	enum path_class class;
	const struct policy_rule *rule; /* NULL without one */
	enum problem problem;
	int error;
	bool repeated;	      /* only the problem is new, the entry came before */
	bool unread;	      /* its content was not worth reading: it differs anyway */
	uint64_t size;	      /* of a regular file, whatever its class */
	struct digest prefix; /* append: of the sealed length, or of all of it at the seal */
	bool has_prefix;
	mode_t mode; /* with the type bits, as stat() has it; 0 when unknown */
};

void measured_done(struct measured *measured);
#define _cleanup_measured_ _cleanup_(measured_done)

struct measure_counts {
	uint64_t bytes;	     /* of content that was read */
	uint64_t hashed;     /* files that were read */
	uint64_t linked;     /* files whose content was hashed under another name */
	uint64_t vouched;    /* files whose fs-verity digest is the sealed one */
	uint64_t reused;     /* files that are as an earlier run saw them */
	uint64_t unexamined; /* entries that the deadline left out, or their content */
};

struct measure;

int measure_new(const struct measure_options *options, struct measure **ret,
		struct error *error) _must_check_;
/* 1 with the next entry, 0 at the end, or a negative errno. */
int measure_next(struct measure *measure, struct measured *ret, struct error *error) _must_check_;
void measure_count(const struct measure *measure, struct measure_counts *ret);
/* Whether the deadline ended it. */
bool measure_is_late(const struct measure *measure);
void measure_free(struct measure *measure);
DEFINE_CLEANUP(struct measure *, measure_free)

/*
 * Raises this process's soft limit of open files to the hard one, as far as the deepest tree and a
 * full pool need. A lower hard limit is no error here: what cannot be opened then comes as a
 * problem.
 */
void measure_raise_limits(void);

/* Puts the globs that a policy ignores into the coverage, so that each hole is visible. */
int measure_name_ignored(const struct policy *policy, struct coverage *coverage) _must_check_;
