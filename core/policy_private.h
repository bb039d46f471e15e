/* SPDX-License-Identifier: Apache-2.0 */
/* A policy's inside, shared by its parser and its questions. */
#pragma once

#include "policy.h"
#include "text.h"

#define POLICY_DEFAULT_NAME "built-in default policy"

struct policy {
	struct policy_rule *rules;
	size_t n_rules;
	struct policy_waiver *waivers;
	size_t n_waivers;
	struct buffer text;
	bool has_default; /* `include default` was seen */
};
