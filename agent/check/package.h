/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Debian package owns a path, from the root's own dpkg database
 * (/var/lib/dpkg/info/PACKAGE.list). It is a help for the reader and proves nothing: who can change
 * the file can change the database.
 */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

struct package_query {
	const char *path; /* absolute inside the root; not owned */
	char *package;	  /* filled; NULL when no package owns it */
};

/*
 * Answers all queries in one pass over the database; /bin and /usr/bin, /lib and /usr/lib stand for
 * each other. -ENOENT when the root has no dpkg database. The caller frees each `package`.
 */
int package_find_owners(int root_fd, struct package_query *queries, size_t count) _must_check_;
