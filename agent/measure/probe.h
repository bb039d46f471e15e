/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of one filesystem object, without following anything. */
#pragma once

#include "measure/walk.h"

/*
 * Where the objects of one directory are asked for. With openat2(2) the kernel itself refuses to go
 * through links and mounts; without it statx(2) tells of mounts, and where that does not either, a
 * directory's other st_dev does.
 */
struct probe_place {
	int fd;		   /* the directory */
	dev_t device;	   /* its st_dev */
	bool has_openat2;  /* see probe_has_openat2() */
	bool enters_mount; /* go into what is mounted there, and say nothing of it */
};

/* Whether this kernel and its sandbox let openat2(2) through. */
bool probe_has_openat2(int directory_fd);

/*
 * Opens `name` for reading, never through a link, never blocking on a fifo or device, without
 * touching the access time where that is allowed. `flags` may add O_DIRECTORY. Returns the
 * descriptor or a negative errno; -EXDEV when something is mounted there.
 */
int probe_open(const struct probe_place *place, const char *name, int flags) _must_check_;

/* Fills the item of an open directory. */
void probe_directory(int fd, struct walk_item *item);

/*
 * Fills the item of `name`; `type` is readdir's d_type, a hint. Objects that cannot be read get a
 * problem. A directory without one comes open in `ret_directory_fd`, else that is -EBADF. Only
 * -ENOMEM is returned as an error.
 */
int probe_child(const struct probe_place *place, const char *name, unsigned char type,
		struct walk_item *item, int *ret_directory_fd) _must_check_;
