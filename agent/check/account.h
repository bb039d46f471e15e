/* SPDX-License-Identifier: Apache-2.0 */
/* Who can log in: the account databases, and what is looked up beside them. */
#pragma once

#include "check/check.h"

int account_check(const struct check_context *context, struct findings *ret,
		  struct error *error) _must_check_;
