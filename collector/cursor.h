/* SPDX-License-Identifier: Apache-2.0 */
/* Where the next page of a list begins: the key of the last row, opaque to the client. */
#pragma once

#include "error.h"

#include <stdint.h>

#define PAGE_DEFAULT 50
#define PAGE_MAX     500

struct cursor {
	int64_t major;
	int64_t minor;
	uint8_t uid[16];
};

/* `list` is one byte that names the list, so that a cursor of one is refused by another. */
int cursor_encode(char list, const struct cursor *cursor, char **ret) _must_check_;
/* -EINVAL */
int cursor_decode(char list, const char *text, struct cursor *ret) _must_check_;
