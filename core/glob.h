/* SPDX-License-Identifier: Apache-2.0 */
/* What policy.c needs of globs beyond glob_match() (policy.h). */
#pragma once

#include <stdbool.h>

/* Longer patterns match nothing; a policy's lines are never longer. */
#define GLOB_MAX 4096

/* Like glob_match(), and also true when a parent directory of `path` matches. */
bool glob_match_below(const char *glob, const char *path);

/* Whether the pattern can match something below `path`, a directory. */
bool glob_leads_below(const char *glob, const char *path);

/* What is wrong with the pattern's escapes and sets, in words; NULL when nothing is. */
const char *glob_check(const char *glob);
