/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking into files that nothing vouches for: those that came, and those whose content is another.
 * A file whose content is the sealed one is not opened.
 */
#pragma once

#include "check/check.h"
#include "check/window.h"

struct content_file {
	const char *path; /* absolute inside the root */
	const struct difference *difference;
	struct window window; /* before its first block */
};

/*
 * Calls `look` for each of them, in the order of paths, until the deadline. -ETIME from it means
 * that it took too long over one file; other errors that it was not read, and -ENOMEM ends
 * everything. What was not looked at, or not whole, becomes coverage findings that name `what`.
 */
int content_each(const struct check_context *context, const char *what,
		 int (*look)(const struct check_context *context, struct content_file *file,
			     void *data),
		 void *data, struct findings *ret) _must_check_;

/* Whether there is a file to look at. */
bool content_is_any(const struct check_context *context);
