/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet page's files, built into the program: dashboard/assets.mk generates the table. */
#pragma once

#include <stddef.h>

struct asset {
	const char *path; /* as requested, "/" or "/assets/NAME" */
	const char *type; /* of the content */
	const unsigned char *data;
	size_t size;
	const char *etag; /* quoted, of the content */
};

extern const struct asset assets[];
extern const size_t n_assets;
