/* SPDX-License-Identifier: Apache-2.0 */
/* A policy's inside, shared by its parser and its questions. */
#pragma once

#include "policy.h"
#include "text.h"

#define POLICY_DEFAULT_NAME "built-in default policy"

struct policy_globs {
	struct policy_glob *globs;
	size_t count;
};

struct policy {
	struct policy_rule *rules;
	size_t n_rules;
	struct policy_waiver *waivers;
	size_t n_waivers;
	struct policy_globs critical; /* sorted, see policy_globs_sort() */
	struct policy_globs follows;
	char **off; /* names of checks */
	size_t n_off;
	struct buffer text;
	bool has_default; /* `include default` was seen */
};

/* The first bytes of a text, at most `length`, as a number that compares like them. */
uint64_t policy_head(const char *text, size_t length);

/* By their literal beginnings, bytewise. */
void policy_globs_sort(struct policy_globs *globs);
void policy_globs_done(struct policy_globs *globs);
