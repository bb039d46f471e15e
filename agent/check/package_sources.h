/* SPDX-License-Identifier: Apache-2.0 */
/* Where software comes from and whose signature is enough: apt, pip, npm. */
#pragma once

#include "check/check.h"

int package_sources_check(const struct check_context *context, struct findings *ret,
			  struct error *error) _must_check_;
