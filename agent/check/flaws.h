/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with one thing, gathered until it becomes one finding: the gravest flaw gives code
 * and title, the others stand beside it in `actual`.
 */
#pragma once

#include "check/check.h"
#include "text.h"

#define FLAWS_SHOWN_MAX 24 /* of one thing, in words */

struct flaws {
	const struct catalog_entry *gravest; /* NULL: nothing is wrong */
	char *title;			     /* of the gravest one */
	struct buffer text;		     /* of all of them */
	size_t count;
	char **related; /* n_related paths */
	size_t n_related;
};

void flaws_done(struct flaws *flaws);
#define _cleanup_flaws_ _cleanup_(flaws_done)

/* One more; `code` is one of the catalogue. The words say what and in which line. -ENOMEM. */
int flaws_add(struct flaws *flaws, const char *code, const char *format, ...)
	_printf_(3, 4) _must_check_;
/* A path that belongs to it; a second time is once. -ENOMEM. */
int flaws_relate(struct flaws *flaws, const char *path) _must_check_;

/* Appends the finding, when there is a flaw. `subject` begins the title: "Account x". -ENOMEM. */
int flaws_report(struct flaws *flaws, const char *path, const char *subject,
		 struct findings *ret) _must_check_;

/* coverage.limit or coverage.unreadable: what is in the file was not, or not wholly, judged. */
int flaws_uncovered(const char *code, const char *path, const char *reason,
		    struct findings *ret) _must_check_;

/*
 * Reads a file. 1 with the bytes; 0 when there is none, or when it cannot be read, which is then a
 * finding. What lies beyond the limit is left out, which is a finding too. Without
 * `findings` another check is the one that says so. -ENOMEM.
 */
int flaws_read(const struct check_context *context, const char *path, size_t limit,
	       struct findings *findings, char **ret_data, size_t *ret_size) _must_check_;
