/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the configuration's keys; for config.c alone. */
#pragma once

#include "config.h"

#include <stddef.h>

/* One key of the file. */
struct config_row {
	const char *section;
	const char *name;
	size_t offset;
	const char *expected;
	/* Stores a copy; 0, -ENOMEM, or -EINVAL when the value is not as `expected` says. */
	int (*set)(void *member, const char *value);
};

/* Rows of one section stand together. */
extern const struct config_row config_rows[];
extern const size_t config_n_rows;
