/* SPDX-License-Identifier: Apache-2.0 */
/* Waivers of the signed policy: findings that somebody accepts, with owner, reason and expiry. */
#pragma once

#include "finding.h"
#include "policy.h"

#include <stdint.h>

/*
 * Marks the findings that a waiver in force covers (they stay in the list), and appends a
 * waiver.expired finding for each expired waiver that would have covered one. `now` in seconds.
 */
int waivers_apply(const struct policy *policy, int64_t now, struct findings *findings) _must_check_;
