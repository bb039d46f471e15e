/* SPDX-License-Identifier: Apache-2.0 */
/* What an examination looked at, and what it did not. */
#pragma once

#include "finding.h"

#include <stdint.h>

struct coverage {
	uint64_t entries;
	uint64_t bytes;
	uint64_t unreadable;
	json_t *ignored; /* array of globs and of mount points left out */
	json_t *checks;	 /* object: check name -> "ran", "off", or why it did not run */
};

int coverage_init(struct coverage *coverage) _must_check_;
int coverage_add_ignored(struct coverage *coverage, const char *path) _must_check_;
int coverage_set_check(struct coverage *coverage, const char *check,
		       const char *state) _must_check_;
json_t *coverage_to_json(const struct coverage *coverage) _must_check_;
int coverage_from_json(const json_t *object, struct coverage *ret,
		       struct error *error) _must_check_;
void coverage_done(struct coverage *coverage);
#define _cleanup_coverage_ _cleanup_(coverage_done)
