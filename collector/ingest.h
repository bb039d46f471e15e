/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts an appraised delivery into the store: the stages that need it (is the nonce unused, does the
 * instance id belong to this key, is the report there already) and the rows, in one transaction.
 *
 * A row of `instances` is named by id and key together, so nobody without an instance's key can
 * touch its row; what others do in its name is an incident beside it. Evidence without a fresh
 * nonce is kept, but never takes the place of fresh evidence.
 */
#pragma once

#include "appraise.h"

#define INSTANCE_UID_SIZE 16
#define INCIDENTS_MAX	  64 /* an instance's; further ones are counted together */

/* SHA-256(id NUL key_id), its first 16 bytes. */
int instance_uid(const char *id, const char *key_id,
		 uint8_t ret[static INSTANCE_UID_SIZE]) _must_check_;

enum ingest_outcome {
	INGEST_NONE = 0,
	INGEST_STORED,
	INGEST_DUPLICATE, /* the very same evidence is there already */
	INGEST_REPLAY,	  /* the same, but the delivery was not fresh */
	INGEST_CONFLICT,  /* other evidence of this id is there already */
	_INGEST_MAX,
};

struct ingest {
	struct delivery delivery;
	struct appraisal appraisal;
	int64_t now; /* ms */

	/* made by ingest_prepare() */
	uint8_t uid[INSTANCE_UID_SIZE];
	char **bodies; /* JSON of each finding */
	size_t n_bodies;
	char *coverage;

	/* made by ingest_run() */
	enum ingest_outcome outcome;
	enum verdict verdict;
	char *reasons; /* JSON text */
};

/* What needs no store, so that the thread that writes has less to do. */
int ingest_prepare(struct ingest *ingest) _must_check_;
/* In a transaction. */
int ingest_run(struct ingest *ingest, struct db *db, struct error *error) _must_check_;
size_t ingest_weight(const struct ingest *ingest);
void ingest_done(struct ingest *ingest);

/* Forgets used nonces whose time is over: they are refused for that alone. */
int ingest_prune_nonces(struct db *db, int64_t now_s, struct error *error) _must_check_;
