/* SPDX-License-Identifier: Apache-2.0 */
/* What people read of a difference between a root and its packages. */
#pragma once

#include "check/check.h"
#include "check/group.h"

/*
 * Fills title, expected and actual of `finding` for the group whose head is `head`; `hint` (or
 * NULL) says what would have explained it.
 */
int describe_audit(const struct check_context *context, const struct group_set *set, size_t head,
		   const char *hint, struct finding *finding) _must_check_;
