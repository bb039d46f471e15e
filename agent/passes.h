/* SPDX-License-Identifier: Apache-2.0 */
/* The comparisons of one examination: the critical paths first where that is wanted, then all. */
#pragma once

#include "measure/compare.h"

struct passes_options {
	struct compare_options compare;
	/* The critical paths first, with a verdict of their own; the rest at idle priority. */
	bool tiered;
	int64_t now;	   /* seconds; judges the waivers' expiry */
	const char *rules; /* a directory of the user's content rules, or NULL */
};

/*
 * Compares and appends what was found. With tiers the coverage says what the early verdict was;
 * when the deadline comes before the rest was compared, what was found early still stands.
 */
int passes_run(const struct passes_options *options, struct comparison *ret,
	       struct findings *findings, struct error *error) _must_check_;
