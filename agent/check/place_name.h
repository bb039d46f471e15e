/* SPDX-License-Identifier: Apache-2.0 */
/* Places that are told by a name, wherever it lies; what mechanism_place.c asks. */
#pragma once

#include "check/mechanism.h"

struct place {
	const char *glob; /* of what follows the table's directory */
	enum kind kind;
};

/* The first row that matches; false when there is none. */
bool place_find_in(const struct place *places, size_t count, const char *tail, enum kind *ret);
/* A dot file or directory, as homes have them. */
bool place_find_dot(const char *path, enum kind *ret);
/* The end of the path. */
bool place_find_suffix(const char *path, enum kind *ret);
