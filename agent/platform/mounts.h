/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted where, from /proc/PID/mountinfo (proc_pid_mountinfo(5)). */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <sys/types.h>

#define MOUNTS_MAX	100000
#define MOUNTS_TEXT_MAX (64 * 1024 * 1024)

/* Strings are owned, octal escapes undone. */
struct mount {
	int id;
	int parent;
	dev_t device;
	char *root;  /* what of the filesystem is mounted */
	char *point; /* where */
	char *type;
	char *source;
};

struct mounts {
	struct mount *items; /* by id */
	size_t count;
	bool cut; /* there are more */
};

/* -EINVAL for a line that is not of that form, -ENOMEM. */
int mount_parse(const char *line, size_t length, struct mount *ret) _must_check_;
void mount_done(struct mount *mount);
/* Lines that cannot be parsed end it with -EINVAL. */
int mounts_parse(const char *text, size_t size, struct mounts *ret) _must_check_;
void mounts_done(struct mounts *mounts);
#define _cleanup_mounts_ _cleanup_(mounts_done)
/* The mount of that id, or NULL. */
const struct mount *mounts_find(const struct mounts *mounts, int id);
