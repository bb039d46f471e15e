/* SPDX-License-Identifier: Apache-2.0 */
/* What of all that differs makes something start by itself, and what that is. */
#pragma once

#include "check/check.h"

/*
 * The check `services`: judges each suspect in a place from which something is started, and says of
 * a group of differences (the first check's findings) what it starts, as whom, when, and what is
 * bad about that. Silent where that is nothing. Limits and what could not be read are coverage.*
 * findings.
 */
int services_check(const struct check_context *context, struct findings *ret,
		   struct error *error) _must_check_;
