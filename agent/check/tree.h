/* SPDX-License-Identifier: Apache-2.0 */
/* The tree check: what differs, as findings that name mechanisms. */
#pragma once

#include "finding.h"

struct check_context;

/*
 * One finding for each group of differences and one for each thing that could not be looked at. It
 * cannot be turned off.
 */
int tree_check(const struct check_context *context, struct findings *ret,
	       struct error *error) _must_check_;
