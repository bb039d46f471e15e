/* SPDX-License-Identifier: Apache-2.0 */
/* What PAM's configuration lets through, runs, or writes down. */
#pragma once

#include "check/check.h"

int pam_check(const struct check_context *context, struct findings *ret,
	      struct error *error) _must_check_;
