/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds on JSON before a parser makes objects of it: a few megabytes of "[0,0,0,..." would become
 * hundreds in memory.
 */
#pragma once

#include "error.h"

#include <stddef.h>

struct guard_limits {
	size_t values; /* commas, colons and opening brackets outside of strings */
	size_t depth;
};

/* -EBADMSG when beyond. Says nothing about the syntax. */
int guard_check(const char *json, size_t size, struct guard_limits limits,
		struct error *error) _must_check_;
