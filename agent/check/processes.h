/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "check/check.h"

/* The check "processes": what runs from where none should, or under another name. */
int processes_check(const struct check_context *context, struct findings *ret,
		    struct error *error) _must_check_;
