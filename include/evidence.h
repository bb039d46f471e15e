/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence: what one phase on one instance found, signed by the instance's key; and the proof that
 * goes with its delivery.
 *
 * docs/formats.md describes each member of predicate urn:goldseal:evidence:1.
 */
#pragma once

#include "coverage.h"
#include "dsse.h"

#define EVIDENCE_PREDICATE_TYPE "urn:goldseal:evidence:1"
#define EVIDENCE_SCHEMA		1
#define EVIDENCE_SIZE_MAX	(8 * 1024 * 1024)
#define PROOF_PAYLOAD_TYPE	"application/vnd.goldseal.proof+json"

enum phase {
	PHASE_IMAGE = 1,
	PHASE_BOOT,
	_PHASE_MAX,
	_PHASE_INVALID = -EINVAL,
};

const char *phase_to_string(enum phase phase);
enum phase phase_from_string(const char *text);

struct evidence_timing {
	uint64_t walk_ms;
	uint64_t total_ms;
};

struct evidence {
	char *id; /* UUIDv7 (RFC 9562), made by the agent: evidence_make_id() */
	enum phase phase;
	int64_t created_at;

	char *agent_version;
	struct digest agent_digest; /* of the agent's own program file */

	char *instance_id;
	char *instance_source; /* how it was learnt: "option", "cloud-init", "machine-id", ... */
	char *instance_key_id;
	char *cloud;	  /* or NULL */
	char *region;	  /* or NULL */
	char *image_id;	  /* the cloud's; or NULL */
	char *machine_id; /* or NULL */
	char *boot_id;	  /* or NULL */

	bool has_manifest;
	struct digest manifest_digest; /* of manifest.json */
	char *manifest_signer;
	char *image_name;
	char *image_version;

	uint64_t fixed_entries;
	struct digest fixed_digest; /* of the measured fixed entries in mtree form; the statement's
				       subject */

	enum verdict verdict; /* the agent's own opinion; the collector forms its own */
	struct findings findings;
	struct coverage coverage;
	struct evidence_timing timing;
	json_t *boot; /* boot components: array, may be empty */

	uint64_t boottime_ms; /* CLOCK_BOOTTIME */
	bool clock_synchronized;
};

/* UUIDv7 text (36 characters) in a new string. */
int evidence_make_id(char **ret) _must_check_;

/* Statement, signed: an envelope as one line of JSON. */
int evidence_sign(const struct evidence *evidence, const struct key *key, char **ret_json,
		  struct error *error) _must_check_;

/* Strict parse of verified payload bytes: every member known and of its type, subject equal to
 * fixed_digest. -EBADMSG with the member named. */
int evidence_parse(const void *payload, size_t size, struct evidence **ret,
		   struct error *error) _must_check_;

void evidence_free(struct evidence *evidence);
DEFINE_CLEANUP(struct evidence *, evidence_free)

/* {"nonce":..., "sha256": SHA-256 of the evidence's payload bytes}, signed by the instance's key.
 */
int proof_sign(const char *nonce, const struct digest *evidence_payload, const struct key *key,
	       char **ret_json, struct error *error) _must_check_;
/* Strict parse of verified payload bytes. `ret_nonce` is a new string. */
int proof_parse(const void *payload, size_t size, char **ret_nonce, struct digest *ret_digest,
		struct error *error) _must_check_;
