/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which differences a first boot explains, and why: what cloud-init and the package manager made
 * because they were told to. Everything else stays a finding.
 */
#pragma once

#include "check/provenance.h"
#include "verdict.h"

struct check_context;

/* Of one difference. */
struct explanation {
	bool explained;
	/* Explained by weaker signs only: the other checks still look at it. */
	bool suspect;
	enum severity severity; /* SEVERITY_INFO or SEVERITY_LOW */
	/* Why it is explained; else what in it is not, where that can be told; or NULL. Owned. */
	char *text;
};

struct explanations {
	struct explanation *items; /* one for each difference, in the same order */
	size_t count;
};

/* Judges each difference of the context, which has its suspects. -ENOMEM. */
int explanations_make(const struct check_context *context, const struct provenance *provenance,
		      struct explanations *ret) _must_check_;
void explanations_done(struct explanations *explanations);
#define _cleanup_explanations_ _cleanup_(explanations_done)

/* Takes what is explained, and not only by weak signs, out of the suspects. */
void explanations_clear(const struct explanations *explanations,
			const struct comparison *comparison, struct suspects *suspects);

/* Whether the difference with this index is explained; false for NULL. */
bool explanations_cover(const struct explanations *explanations, size_t index);
