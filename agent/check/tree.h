/* SPDX-License-Identifier: Apache-2.0 */
/* The tree check: what differs from the manifest, as findings that name mechanisms. */
#pragma once

#include "measure/compare.h"

/*
 * Appends to `ret` one finding for each group of differences and one for each thing that could not
 * be looked at, with owning packages and waivers filled in. `now` (seconds) judges the waivers'
 * expiry. `coverage` takes the state of the check.
 */
int tree_check(const char *root, const struct manifest *manifest, struct comparison *comparison,
	       int64_t now, struct findings *ret) _must_check_;
