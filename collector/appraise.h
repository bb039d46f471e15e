/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the collector makes of a delivery, in stages. Each stage that has something against it adds
 * a reason with its own verdict; the worst one is the appraisal's. Nothing that the agent concluded
 * (its verdict, its waivers) is believed; only what it measured is read.
 *
 * The stages here need no writing. Those that do (nonce used once, instance binding) run in the
 * store's transaction: ingest.h.
 */
#pragma once

#include "delivery.h"
#include "evidence.h"
#include "nonce.h"
#include "registry.h"

enum stage {
	STAGE_ENVELOPE,
	STAGE_PROOF,
	STAGE_INSTANCE,
	STAGE_MANIFEST,
	STAGE_DIGEST,
	STAGE_FINDINGS,
	_STAGE_MAX,
};

const char *stage_to_string(enum stage stage);

#define APPRAISAL_TIER "T0" /* a software key that nothing vouches for */

enum freshness {
	FRESHNESS_NONE = 0,
	FRESHNESS_FRESH, /* as far as the nonce itself tells: it may have been used */
	FRESHNESS_EXPIRED,
	FRESHNESS_FOREIGN, /* this collector did not make the nonce */
};

struct appraisal {
	struct evidence *evidence;
	struct digest payload; /* SHA-256 of the evidence's payload */
	char *key_pem;	       /* normalised */
	char *nonce_text;
	enum freshness freshness;
	struct nonce nonce;

	json_t *reasons; /* [{"stage","code","text"}], in order of the stages */
	enum verdict verdict;
	size_t n_open; /* findings that no waiver covers */
};

/*
 * Stages envelope and proof, as far as they can refuse: identity.key verifies both, the evidence is
 * of its schema and of this key, the proof is for this evidence. -EBADMSG with the reason: nothing
 * in the delivery can be believed, not even whom it is about.
 */
int appraise_open(const struct delivery *delivery, struct appraisal *ret,
		  struct error *error) _must_check_;

/* The rest of proof: is the nonce one of this collector's, and in time. */
int appraise_nonce(struct appraisal *appraisal, const struct nonce_secret *secret,
		   int64_t now) _must_check_;

/* Published, signer trusted, not revoked, not expired, and what the evidence says it is. `known`
 * may be NULL when the evidence names no manifest. */
int appraise_manifest(struct appraisal *appraisal, const struct known *known,
		      int64_t now) _must_check_;

/*
 * Waivers: those of the manifest's own policy that are in force replace the evidence's claims. Then
 * the findings are weighed. Comes before appraise_digest().
 */
int appraise_findings(struct appraisal *appraisal, const struct known *known,
		      int64_t now) _must_check_;

/*
 * Without a finding that accounts for a difference, the fixed digest and the number of entries must
 * be the manifest's. Findings that account: any but coverage.* and info; in the boot phase also
 * info with a path, which is how the agent tells of changes that it could explain.
 */
int appraise_digest(struct appraisal *appraisal, const struct known *known) _must_check_;

/* All of the above after appraise_open(), in order. */
int appraise_all(struct appraisal *appraisal, const struct nonce_secret *secret,
		 const struct known *known, int64_t now) _must_check_;

/* Adds a reason at its stage's place. */
int appraisal_add(struct appraisal *appraisal, enum stage stage, enum verdict verdict,
		  const char *code, const char *format, ...) _printf_(5, 6) _must_check_;

void appraisal_done(struct appraisal *appraisal);
#define _cleanup_appraisal_ _cleanup_(appraisal_done)
