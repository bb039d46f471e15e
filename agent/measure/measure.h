/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring a root: walk, path classes and hash pool in one, handing out entries in the order of
 * the manifest.
 */
#pragma once

#include "coverage.h"
#include "measure/pool.h"
#include "measure/progress.h"

struct measure_options {
	const char *root;
	const struct policy *policy;
	unsigned workers; /* 0: as many as processors */
	/* Of the manifest: how much of an append file to hash; NULL: all of it. */
	const json_t *appends;
	struct progress *progress; /* NULL: nobody waits */
};

struct measured {
	/* Stated as its class wants it: no size and digest for mutable and append. */
	struct entry entry;
	char *absolute;
	enum path_class class;
	const struct policy_rule *rule; /* NULL without one */
	enum problem problem;
	int error;
	bool repeated;	      /* only the problem is new, the entry came before */
	uint64_t size;	      /* of a regular file, whatever its class */
	struct digest prefix; /* append: of the sealed length, or of all of it at the seal */
	bool has_prefix;
	mode_t mode; /* with the type bits, as stat() has it; 0 when unknown */
};

void measured_done(struct measured *measured);
#define _cleanup_measured_ _cleanup_(measured_done)

struct measure;

int measure_new(const struct measure_options *options, struct measure **ret,
		struct error *error) _must_check_;
/* 1 with the next entry, 0 at the end, or a negative errno. */
int measure_next(struct measure *measure, struct measured *ret) _must_check_;
/* Bytes of content read so far. */
uint64_t measure_get_bytes(const struct measure *measure);
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
