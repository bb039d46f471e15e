/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "check/check.h"
#include "platform/mounts.h"

/* The check "mounts": what is mounted over programs, settings, logs and processes. */
int mounts_check(const struct check_context *context, struct findings *ret,
		 struct error *error) _must_check_;

/* Whether a mount puts something else where a sealed thing or a process is. For tests. */
bool mount_covers(const struct mounts *mounts, const struct mount *mount);
