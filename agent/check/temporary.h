/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A temporary directory that is a tmpfs of its own: nothing of the image lies in it, so there is
 * nothing to compare, but programs can be put there all the same.
 */
#pragma once

#include "check/check.h"

#define TEMPORARY_ENTRIES_MAX 20000

/*
 * Appends a finding for each program and device node below `path`, which must be a directory of the
 * root, without entering what is mounted there. 1 when it came to the end, 0 when a limit or the
 * deadline stopped it, or a negative errno.
 */
int temporary_examine(const struct check_context *context, const char *path,
		      struct findings *ret) _must_check_;
