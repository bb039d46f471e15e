/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which mechanism of the system a path belongs to: the ways in which a file comes to act, by the
 * place where it lies.
 */
#pragma once

#include "measure/compare.h"

enum mechanism_flags {
	MECHANISM_TRIGGER = 1 << 0, /* its content names programs that it starts */
	MECHANISM_GENERIC = 1 << 1, /* says nothing of how the file comes to act */
	MECHANISM_MINOR = 1 << 3,   /* may be dropped from a list that is too long */
	MECHANISM_SET =
		1 << 2, /* several changed files of it are one change (passwd, shadow, group) */
};

struct mechanism {
	const char *name; /* the part of the finding code before the dot */
	const char *noun; /* "systemd unit" */
	unsigned flags;
};

/* Whether losing it from a list that is too long loses nothing of how the system was changed. */
bool mechanism_is_minor(const struct difference *difference);

/* Never NULL: what fits nothing else is "file", "binary", "suid" or "hidden". */
const struct mechanism *mechanism_find(const struct difference *difference);
