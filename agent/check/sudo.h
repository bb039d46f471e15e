/* SPDX-License-Identifier: Apache-2.0 */
/* Who becomes root: sudoers and what it includes, sudo's plug-ins, doas. */
#pragma once

#include "check/check.h"

int sudo_check(const struct check_context *context, struct findings *ret,
	       struct error *error) _must_check_;
