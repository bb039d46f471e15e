/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from outside, with limits on what it costs to take it apart. */
#pragma once

#include "error.h"

#include <stddef.h>

struct json_limits {
	size_t depth;  /* arrays and objects inside each other; the outermost is 1 */
	size_t values; /* about how many values there may be */
};

/*
 * Parses one JSON text (RFC 8259) whose outermost value is an object. The limits are checked before
 * anything is allocated. Duplicate members, bytes after the object, NUL in a string and text that
 * is not UTF-8 are refused. The caller owns `*ret`. -EBADMSG with the reason and where it is.
 */
int json_read_object(const char *text, size_t size, const struct json_limits *limits, json_t **ret,
		     struct error *error) _must_check_;
