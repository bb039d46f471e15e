/* SPDX-License-Identifier: Apache-2.0 */
/* How far a measuring is, for who waits for it. */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A line that is rewritten in place, at most ten times a second. A zeroed struct shows nothing. */
struct progress {
	FILE *stream; /* NULL: show nothing */
	uint64_t last_ms;
	bool shown;
};

/* On standard error when it is a terminal and not `quiet`. */
void progress_init(struct progress *progress, bool quiet);
void progress_tell(struct progress *progress, uint64_t entries, uint64_t bytes);
/* A line that stays; nothing where nothing is shown. */
void progress_say(const struct progress *progress, const char *format, ...) _printf_(2, 3);
/* Clears the line. */
void progress_done(struct progress *progress);
