/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking configuration text apart: pieces of a buffer that belongs to somebody else. The bytes are
 * a stranger's; none is skipped and none beyond the piece is read.
 */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *text;
	size_t size;
};

/* For printf's "%.*s". */
#define SPAN_ARGS(span) (int)((span).size > 300 ? 300 : (span).size), (span).text

struct span span_of(const char *text);
bool span_is(struct span span, const char *text);
bool span_is_nocase(struct span span, const char *text);
bool span_same(struct span a, struct span b);
bool span_starts(struct span span, const char *text);
/* ASCII letters of either case stand for each other. */
bool span_starts_nocase(struct span span, const char *text);
bool span_ends(struct span span, const char *text);
bool span_has(struct span span, const char *text);
bool span_has_nocase(struct span span, const char *text);
struct span span_after(struct span span, size_t size); /* without its first bytes */
struct span span_trim(struct span span);	       /* without blanks at both ends */

/* Decimal digits alone. False also beyond 2^32 - 1. */
bool span_number(struct span span, uint32_t *ret);

/* Cuts the first line off, its newline and a carriage return before that not included. False at
 * the end. */
bool span_line(struct span *rest, struct span *ret);
/* Cuts off what stands before the separator; all that is left when there is none. False when
 * nothing was left, not even an empty field. */
bool span_field(struct span *rest, char separator, struct span *ret);
/* Cuts off the next word between blanks. */
bool span_word(struct span *rest, struct span *ret);
/* The same, where double quotes hold blanks together; the outer pair is taken off. */
bool span_quoted(struct span *rest, struct span *ret);

/* A new string; NULL when out of memory. Stops at a NUL. */
char *span_copy(struct span span) _must_check_;
