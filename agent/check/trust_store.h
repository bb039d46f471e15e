/* SPDX-License-Identifier: Apache-2.0 */
/* Whose certificates count: each in the trust store must come from a file that is vouched for. */
#pragma once

#include "check/check.h"

int trust_store_check(const struct check_context *context, struct findings *ret,
		      struct error *error) _must_check_;
