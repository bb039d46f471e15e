/* SPDX-License-Identifier: Apache-2.0 */
/* Between packages.c, which keeps the database, and packages_read.c, which reads it. */
#pragma once

#include "check/packages.h"
#include "text.h"

enum {
	ROW_HAS_MD5 = 1 << 0,
	ROW_CONFFILE = 1 << 1,
	ROW_OBSOLETE = 1 << 2,
	ROW_DIRECTORY = 1 << 3,
};

/* One owned path. Small, because there are hundreds of thousands. */
struct package_row {
	uint32_t path; /* offset of the escaped absolute path in the text */
	uint32_t package;
	uint8_t md5[DIGEST_MD5_SIZE];
	uint8_t flags;
};

struct package_name {
	char *file;    /* "libc6:amd64.list" */
	size_t length; /* without architecture and suffix */
	bool complete; /* has checksums */
};

struct diversion {
	char *from, *to;
	char *package; /* ":" when local */
};

struct override {
	char *path;
	mode_t mode;
};

struct exclusion {
	char *glob;
	bool include;
};

/* Growing lists of `type`, zeroed when empty. */
#define LIST(type)            \
	struct {              \
		type *items;  \
		size_t count; \
		size_t space; \
	}

struct packages {
	struct buffer text;
	LIST(struct package_row) rows; /* sorted by path once they are all there */
	LIST(struct package_name) names;
	LIST(struct diversion) diversions; /* by `from` */
	LIST(struct override) overrides;
	LIST(struct exclusion) exclusions;
	unsigned merged; /* bits: which directories are links into /usr */
	size_t unread;
};

/* Makes room for one more item; false when out of memory. */
#define list_grow(list)                   \
	((list)->count < (list)->space || \
	 list_grow_to((void **)&(list)->items, &(list)->space, sizeof(*(list)->items)))
bool list_grow_to(void **items, size_t *space, size_t size);

/* Notes that package number `package` owns the path; what is too much is counted as unread. */
int packages_add(struct packages *packages, const char *path, uint32_t package) _must_check_;
/* Once all paths are there: sorts them and makes each one row. */
void packages_sort(struct packages *packages);
/* After that: the row of a path, or NULL. */
struct package_row *packages_row(const struct packages *packages, const char *path);
/* Where the files of a package go that would go to `path`. */
const char *packages_divert(const struct packages *packages, const char *path,
			    const struct package_name *package);
/* Reads all of the database but ucf's into an empty one. */
int packages_read(int root_fd, struct packages *packages, struct error *error) _must_check_;
