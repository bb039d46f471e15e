/* SPDX-License-Identifier: Apache-2.0 */
/* What an examination looked at, and what it did not. */
#pragma once

#include "finding.h"

#include <stdint.h>

/* How contents were learnt. */
enum coverage_mode {
	COVERAGE_FULL = 1, /* all were read */
	COVERAGE_RECHECK,  /* those were read that may have changed since an earlier run */
	_COVERAGE_MODE_MAX,
};

/* Which paths were measured. */
enum coverage_tier {
	COVERAGE_ALL = 1,
	COVERAGE_CRITICAL, /* those alone that the policy calls critical */
	_COVERAGE_TIER_MAX,
	_COVERAGE_TIER_INVALID = -EINVAL,
};

struct coverage {
	uint64_t entries;
	uint64_t bytes;
	uint64_t unreadable;
	json_t *ignored; /* array of globs */
	json_t *checks;	 /* object: check name -> "ran", "off", or why it did not run */

	/* Not in evidence of older agents: then zero or NULL. */
	enum coverage_mode mode;
	enum coverage_tier tier;
	uint64_t hashed;     /* files whose content was read */
	uint64_t linked;     /* files whose content was read under another name (hard links) */
	uint64_t reused;     /* files that are as an earlier run saw them */
	uint64_t unexamined; /* entries left out for want of time */
	json_t *vouched; /* object: what vouches -> number of files not read for that, or the hash
			    of what it vouches for */
	json_t *mounts;	 /* array of paths at which something is mounted, not entered */
	json_t *early;	 /* object: verdict on the critical paths, before the rest */
};

const char *coverage_tier_to_string(enum coverage_tier tier);
enum coverage_tier coverage_tier_from_string(const char *text);

int coverage_init(struct coverage *coverage) _must_check_;
int coverage_add_ignored(struct coverage *coverage, const char *path) _must_check_;
/* A mount that was not entered. */
int coverage_add_mount(struct coverage *coverage, const char *path) _must_check_;
/* What vouches for contents, and for how many files or for what. Takes over the new reference. */
int coverage_set_vouched(struct coverage *coverage, const char *by, json_t *value) _must_check_;
/* Whether not all of the root was examined, for another reason than the policy. */
bool coverage_is_partial(const struct coverage *coverage);
int coverage_set_check(struct coverage *coverage, const char *check,
		       const char *state) _must_check_;
json_t *coverage_to_json(const struct coverage *coverage) _must_check_;
int coverage_from_json(const json_t *object, struct coverage *ret,
		       struct error *error) _must_check_;
void coverage_done(struct coverage *coverage);
#define _cleanup_coverage_ _cleanup_(coverage_done)
