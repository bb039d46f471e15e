/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a configuration is made of: the first one, and what each includes. Each file once,
 * so that a circle ends; no more than there is room for, and then it says so.
 */
#pragma once

#include "check/check.h"

#define INCLUDED_BY_NOBODY SIZE_MAX
#define INCLUDED_MAX	   256
#define INCLUDED_NAMES_MAX 4096 /* entries of a directory that are looked at */

struct included_file {
	char *path;
	size_t by; /* index of the file that includes it, or INCLUDED_BY_NOBODY */
};

struct included {
	struct included_file files[INCLUDED_MAX];
	size_t count;
	bool is_full; /* there were more */
};

void included_done(struct included *included);
#define _cleanup_included_ _cleanup_(included_done)

/* -ENOMEM, here and below; a directory that is not there holds nothing. */
int included_add(struct included *included, const char *path, size_t by) _must_check_;

/* What of a directory a program takes. */
typedef bool included_filter(const char *name, const char *pattern);

/* Adds those names of the directory that the filter takes. */
int included_add_directory(struct included *included, int root_fd, const char *directory,
			   included_filter *filter, const char *pattern, size_t by) _must_check_;
/* Adds what a pattern means, '*' and '?' in its last component alone. */
int included_add_pattern(struct included *included, int root_fd, const char *pattern,
			 size_t by) _must_check_;
