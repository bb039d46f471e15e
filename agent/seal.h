/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing: measuring a root into a manifest body and the facts that the signed manifest states. */
#pragma once

#include "coverage.h"
#include "evidence.h"
#include "manifest.h"
#include "measure/progress.h"

struct seal_options {
	const char *root;
	const char *out; /* where the manifest will go */
	const struct policy *policy;
	bool verity; /* state the fs-verity digests of files that carry them */
	unsigned workers;
	struct progress *progress; /* or NULL */
};

struct sealed {
	FILE *body; /* an unnamed temporary file, at its beginning */
	struct findings findings;
	struct coverage coverage;
	struct evidence_timing timing;
};

/*
 * Measures the root. Fills `manifest`: entries, bytes, fixed digest, body digest, xattrs and append
 * values; the rest is the caller's. What could not be measured, and what must not be in an image,
 * comes as findings.
 */
int seal_root(const struct seal_options *options, struct manifest *manifest, struct sealed *ret,
	      struct error *error) _must_check_;
void sealed_done(struct sealed *sealed);
#define _cleanup_sealed_ _cleanup_(sealed_done)

/* Writes OUT/manifest.mtree and OUT/manifest.json, each as a whole or not at all, the body first.
 */
int seal_write(const struct sealed *sealed, const char *out, const char *envelope, size_t size,
	       struct error *error) _must_check_;
