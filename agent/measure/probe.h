/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of one filesystem object, without following anything. */
#pragma once

#include "measure/walk.h"

/*
 * Opens `name` in `dir_fd` for reading, never through a link, never blocking on a fifo or device,
 * without touching the access time where that is allowed. `flags` may add O_DIRECTORY. Returns the
 * descriptor or a negative errno.
 */
int probe_open(int dir_fd, const char *name, int flags) _must_check_;

/* Fills the item of an open directory. */
void probe_directory(int fd, struct walk_item *item);

/*
 * Fills the item of `name` in `dir_fd`; `type` is readdir's d_type, a hint. Objects that cannot be
 * read get a problem. Only -ENOMEM is returned as an error.
 */
int probe_child(int dir_fd, const char *name, unsigned char type,
		struct walk_item *item) _must_check_;
