/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root's own dpkg database: which package brought a path, and which content.
 *
 * Read from /var/lib/dpkg: info/PACKAGE.list and .md5sums, Conffiles: of status, diversions,
 * statoverride; dpkg(1), dpkg-divert(1), deb-conffiles(5). And from /var/lib/ucf, which has the
 * checksums of the configuration files that packages install through ucf(1).
 *
 * Its limits: MD5 alone, no modes, no link targets, nothing of what maintainer scripts make. Who is
 * root in the image can rewrite it: what it vouches for is no more than what nobody took the
 * trouble to hide.
 */
#pragma once

#include "entry.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

/* A list that is longer is no list of a package. */
#define PACKAGES_PATHS_MAX 2000000

struct package_file {
	const char *package; /* without the architecture; borrowed */
	struct digest md5;   /* of DIGEST_MD5_SIZE bytes */
	bool has_md5;
	bool conffile;	/* of dpkg or of ucf: administrators change it */
	bool obsolete;	/* a conffile of an earlier version: may be gone */
	bool directory; /* other paths of packages lie below it */
	bool complete;	/* its package has checksums of all its files */
};

struct packages;

/*
 * Reads the database. -ENOENT when the root has none. Lists that could not be read are counted, see
 * packages_unread(): their files are owned by nobody then.
 */
int packages_load(int root_fd, struct packages **ret, struct error *error) _must_check_;
void packages_free(struct packages *packages);
DEFINE_CLEANUP(struct packages *, packages_free)

/*
 * Whether a package owns this absolute path (raw bytes). Where the root has /bin, /sbin and /lib*
 * as links into /usr, both spellings are one path.
 */
bool packages_find(const struct packages *packages, const char *path, struct package_file *ret);
/* Whether a package of that name is there; `length` bytes, with or without the architecture. */
bool packages_has(const struct packages *packages, const char *name, size_t length);
/* Mode and owner that statoverride states for a path, else false. */
bool packages_get_override(const struct packages *packages, const char *path, mode_t *ret);
/* Whether a local diversion, which no package asked for, leads to or from the path. */
bool packages_is_diverted(const struct packages *packages, const char *path);
/* Whether dpkg's configuration has it leave this path out when it unpacks (path-exclude). */
bool packages_is_excluded(const struct packages *packages, const char *path);

size_t packages_count(const struct packages *packages);	 /* packages */
size_t packages_unread(const struct packages *packages); /* files of the database */

/* For struct expectation: the owned paths in the order of a walk, from the first. */
struct packages_cursor {
	const struct packages *packages;
	size_t next;
};

int packages_next(void *cursor, struct entry *ret, struct error *error) _must_check_;

struct package_query {
	const char *path; /* absolute inside the root; not owned */
	char *package;	  /* filled; NULL when no package owns it */
};

/*
 * Answers all queries in one pass over the lists, without keeping them; /bin and /usr/bin, /lib and
 * /usr/lib stand for each other. -ENOENT when the root has no dpkg database. The caller frees each
 * `package`.
 */
int package_find_owners(int root_fd, struct package_query *queries, size_t count) _must_check_;
