/* SPDX-License-Identifier: Apache-2.0 */
/* A unit as the manager loads it from a root: systemd.unit(5), "Unit File Load Path". */
#pragma once

#include "check/unit_file.h"

#define UNIT_DROPINS_MAX 256 /* files of all directories that change one unit */

enum unit_scope {
	UNIT_SYSTEM = 1,
	UNIT_USER, /* of each user's manager; homes are not looked at */
};

/*
 * Reads the unit of that name, or the template that it is an instance of, and what its drop-ins
 * change, in their order: those of the unit, its template and the prefixes of its name, then those
 * of its type; of two with one name the first counts. `*ret_path` (may be NULL as an argument, NULL
 * when there are only drop-ins) is the file that was found first. -ENOENT when there is neither a
 * unit nor a drop-in, -ENOMEM. A masked unit has no settings.
 */
int unit_load(int root_fd, enum unit_scope scope, const char *name, struct unit_file *ret,
	      char **ret_path) _must_check_;

/* Where a unit of that name lies: the first place, masks and links included. -ENOENT, -ENOMEM. */
int unit_find(int root_fd, enum unit_scope scope, const char *name, char **ret_path) _must_check_;
