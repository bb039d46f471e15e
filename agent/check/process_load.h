/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that a process was made to load: LD_PRELOAD and the like, and files from odd places. */
#pragma once

#include "check/live.h"

/* -ENOMEM. Adds to `*cut` when there was more than is looked at. */
int process_check_environment(struct live *live, const struct process *process, int dir_fd,
			      uint64_t *cut) _must_check_;
int process_check_libraries(struct live *live, const struct process *process, int dir_fd,
			    uint64_t *cut) _must_check_;

/* One line of /proc/PID/maps. */
struct mapping {
	const char *range; /* "START-END", a name in map_files too; not terminated */
	size_t range_length;
	bool executable;
	const char *path; /* into the line, up to its end; NULL: no file */
	size_t path_length;
};
/* False when the line is not of that form. */
bool mapping_parse(const char *line, size_t length, struct mapping *ret);
