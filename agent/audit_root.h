/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing a root without a manifest with what its own packages brought. */
#pragma once

#include "check/packages.h"
#include "measure/compare.h"

struct audit_options {
	const char *root;
	const struct policy *policy;
	const struct packages *packages; /* NULL: the root has no database; nothing is owned */
	unsigned workers;
	struct progress *progress; /* or NULL */
	uint64_t deadline_ms;	   /* of the monotonic clock; 0: none */
	/* Whether a difference may be dropped when there are too many; NULL: each may. */
	bool (*is_minor)(const struct difference *difference);
};

/*
 * Fills `ret`: a file whose content or rights are not its package's is changed, an owned path that
 * is gone is missing, and what no package owns is unexpected. Digests are MD5 and only of files of
 * which a package has one; nothing else is read. The caller calls comparison_done() in any case.
 */
int audit_root(const struct audit_options *options, struct comparison *ret,
	       struct error *error) _must_check_;
