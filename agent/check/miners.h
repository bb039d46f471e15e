/* SPDX-License-Identifier: Apache-2.0 */
/* Content rules over what nothing vouches for: miners, and what the user's own rules look for. */
#pragma once

#include "check/check.h"

int miners_check(const struct check_context *context, struct findings *ret,
		 struct error *error) _must_check_;
