/* SPDX-License-Identifier: Apache-2.0 */
/* Where a path leads inside a root that is not trusted, and who else can change what lies there. */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <sys/stat.h>

struct resolved {
	char *path;	/* absolute inside the root, without links, "." and ".." */
	struct stat st; /* of what is there */
	char *writable; /* the first on the way, it included, that others can write; or NULL */
};

/*
 * Follows links as a program inside the root would, never out of it. -ENOENT, -ENOTDIR, -ELOOP
 * after 40 links, -ENAMETOOLONG after 256 components. "Others" is everybody, or a group that is
 * neither root's nor the owner's own; a sticky directory protects what is in it
 * (path_resolution(7), inode(7)).
 */
int path_resolve(int root_fd, const char *absolute, struct resolved *ret) _must_check_;
void resolved_done(struct resolved *resolved);
#define _cleanup_resolved_ _cleanup_(resolved_done)

/*
 * A link's target as text: absolute, seen from the directory of `path`, with "." and ".." taken
 * away. A new string, NULL when out of memory.
 */
char *path_of_link(const char *path, const char *target) _must_check_;
