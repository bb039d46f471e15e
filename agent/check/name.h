/* SPDX-License-Identifier: Apache-2.0 */
/* Names that are made to be overlooked or to be taken for others. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

enum name_oddity {
	NAME_USUAL = 1,
	NAME_BLANKS,	 /* nothing but dots and blanks, or a blank at an end */
	NAME_CONTROL,	 /* a control character */
	NAME_INVISIBLE,	 /* a character that has no width, or that turns the direction of writing */
	NAME_LOOK_ALIKE, /* a letter that looks like one of ASCII's and is another */
};

struct name_reading {
	enum name_oddity oddity;
	uint32_t character;	       /* the first that is odd, as a Unicode code point */
	char looks_like[NAME_MAX + 1]; /* of NAME_LOOK_ALIKE: the same in ASCII */
};

/* Reads the components of an absolute path; the first odd one is what is told. */
void name_read(const char *path, struct name_reading *ret);

/* "[kworker/0:1]" and the like: what ps(1) shows of a thread of the kernel, or the name of one. */
bool name_imitates_kernel(const char *path);

/*
 * The name with what ASCII itself confuses made one (0 and o, 1 and l, I and l, rn and m, vv and
 * w), when it is another than the path's own; else false.
 */
bool name_fold(const char *path, char ret_name[static NAME_MAX + 1]);
