/* SPDX-License-Identifier: Apache-2.0 */
/* The tree check: what differs, as findings that name mechanisms. */
#pragma once

#include "finding.h"

#include <stdint.h>

struct check_context;

/*
 * One finding for each group of differences and one for each thing that could not be looked at. It
 * cannot be turned off.
 */
int tree_check(const struct check_context *context, struct findings *ret,
	       struct error *error) _must_check_;

/* Of what differs from the root's own packages (tree_audit.c): the same in an audit. */
int tree_audit(const struct check_context *context, struct findings *ret,
	       struct error *error) _must_check_;

/* The findings for what could not be listed, and for what could not be looked into; both say how
 * much. `severity` is that of the first, 0 the catalogue's. */
int tree_take_limit(struct findings *ret, enum severity severity, const char *title,
		    uint64_t count) _must_check_;
int tree_take_unread(struct findings *ret, uint64_t count) _must_check_;
