/* SPDX-License-Identifier: Apache-2.0 */
/* What people read of a difference: title, expected, actual. */
#pragma once

#include "check/group.h"

/*
 * Fills title, expected and actual of `finding` for the group whose head is `head`. Untrusted words
 * stay raw bytes; who prints them escapes them.
 */
int describe_group(const struct group_set *set, size_t head, struct finding *finding) _must_check_;

/* The whole finding for something that could not be looked at. */
int describe_problem(const struct difference *difference, struct finding *finding) _must_check_;
