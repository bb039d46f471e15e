/* SPDX-License-Identifier: Apache-2.0 */
/* Which contents are read, and which are known without reading them. */
#pragma once

#include "measure/measure.h"

struct planner {
	const struct measure_options *options;
	struct known *known;
	struct measure_counts counts; /* linked, vouched, reused, unexamined */
	bool state_failed;	      /* the earlier run's notes cannot be read any more */

	/* Whether the filesystem that was asked last can carry fs-verity. */
	dev_t verity_device;
	bool has_verity_device, verity_is_possible;
};

/* Decides for an open file what is done with its content: sets `hash`, `linked` or `unread`, a
 * problem, or the digest itself. */
void plan_content(struct planner *planner, struct pool_item *item, enum path_class class);

/* When the item comes out in its turn: gives and takes digests among the names of one file, and
 * notes them for a later run. */
void plan_settle(struct planner *planner, struct pool_item *item);
