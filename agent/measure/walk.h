/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over a root in the order of the manifest: bytewise by escaped full path.
 *
 * Nothing is followed: each object is opened by one name relative to its directory's descriptor, in
 * such a way that the kernel goes through no link and no mount (probe.h). Access times stay where
 * the kernel lets them (O_NOATIME). What cannot be read comes as an item with a problem, never as
 * silence.
 */
#pragma once

#include "entry.h"
#include "error.h"
#include "measure/problem.h"

#include <stdbool.h>
#include <sys/stat.h>

#define WALK_DEPTH_MAX 1024
#define WALK_PATH_MAX  65536 /* bytes of an escaped path */

struct walk_item {
	struct entry entry; /* without digest; what could not be learnt is not in entry.has */
	char *absolute;	    /* absolute path inside the root, raw bytes */
	int fd;		    /* a regular file, open for reading; -EBADF for everything else */
	struct stat st;
	enum problem problem;
	int error;     /* negative errno when unreadable */
	bool repeated; /* the entry came before; only the problem, met when it was entered, is new
			*/
};

void walk_item_done(struct walk_item *item);

struct walk;

struct walk_options {
	const char *root;
	/*
	 * Whether to go into what is mounted at this path inside the root, a directory or a file;
	 * NULL: never. Asked only where something is mounted.
	 */
	bool (*follows)(void *data, const char *absolute);
	/*
	 * Whether this path is wanted; NULL: each. Asked of every name but the root's before
	 * anything else is: what is not wanted is neither opened nor returned nor entered. `type`
	 * is readdir's DT_*, a hint.
	 */
	bool (*wants)(void *data, const char *absolute, unsigned char type);
	void *data;
	bool without_openat2; /* do as where openat2(2) does not exist */
};

/* Starts at the root, a directory. -ENOTDIR, -ENOENT with the reason. The options' strings and data
 * must outlive the walk. */
int walk_new(const struct walk_options *options, struct walk **ret,
	     struct error *error) _must_check_;
/* 1 with the next item, 0 at the end, or a negative errno (out of memory). The caller calls
 * walk_item_done(). */
int walk_next(struct walk *walk, struct walk_item *ret) _must_check_;
/* Leaves out what is below the directory that walk_next() returned last. */
void walk_prune(struct walk *walk);
void walk_free(struct walk *walk);
DEFINE_CLEANUP(struct walk *, walk_free)
