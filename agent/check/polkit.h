/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and actions of polkit that answer yes by themselves. */
#pragma once

#include "check/check.h"

int polkit_check(const struct check_context *context, struct findings *ret,
		 struct error *error) _must_check_;
