/* SPDX-License-Identifier: Apache-2.0 */
/* Directories that could not be looked into: what the manifest has below them is not missing but
 * unseen. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A zeroed one is empty. Paths are escaped, and come in the order of the walk. */
struct unseen {
	char **directories;
	size_t count, space;
};

int unseen_add(struct unseen *unseen, const char *directory);
/* Whether the path lies below one of them. */
bool unseen_has(struct unseen *unseen, const char *path);
void unseen_done(struct unseen *unseen);
