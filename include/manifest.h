/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed reference values of one image: manifest.mtree and manifest.json.
 *
 * manifest.json is a DSSE envelope over an in-toto statement whose subject is manifest.mtree and
 * whose predicate (urn:goldseal:manifest:1) is this struct. docs/formats.md describes each member.
 */
#pragma once

#include "dsse.h"
#include "entry.h"

#define MANIFEST_PREDICATE_TYPE "urn:goldseal:manifest:1"
#define MANIFEST_SUBJECT_NAME	"manifest.mtree"
#define MANIFEST_BODY_NAME	"manifest.mtree"
#define MANIFEST_ENVELOPE_NAME	"manifest.json"
#define MANIFEST_DIRECTORY	"/usr/lib/goldseal" /* default place inside an image */

struct manifest {
	char *image_name;
	char *image_version;
	char *image_serial; /* unique for each seal */
	int64_t built_at;   /* seconds since the epoch */
	int64_t expires_at; /* 0: never */
	char *tool_version;
	uint64_t entries;
	uint64_t bytes; /* content of measured files */
	uint64_t fixed_entries;
	struct digest fixed_digest; /* SHA-256 of the lines of all fixed entries, with xattr words,
				       in order */
	struct digest body_digest;  /* subject: SHA-256 of manifest.mtree */
	struct policy *policy;
	json_t *xattrs;		  /* object: escaped path -> object: name -> base64 */
	json_t *appends;	  /* object: escaped path -> {"size","sha256"} at the seal */
	json_t *further_subjects; /* array or NULL */

	/* of a loaded one */
	struct digest digest; /* SHA-256 of manifest.json's bytes: its name everywhere */
	char *signer;	      /* key id of the key that verified it */
};

/* Statement and envelope as one line of JSON plus newline, ready for manifest.json. */
int manifest_sign(const struct manifest *manifest, const struct key *key, char **ret_json,
		  size_t *ret_size, struct error *error) _must_check_;

/*
 * Verifies an envelope's bytes with the trust anchors, then parses. -ENOKEY untrusted signer,
 * -EKEYREVOKED, -EBADMSG broken or wrong signature. Expiry is not judged here: see
 * manifest_is_expired().
 */
int manifest_parse(const char *json, size_t size, const struct trust *trust, struct manifest **ret,
		   struct error *error) _must_check_;

/* Reads and parses DIRECTORY/manifest.json. */
int manifest_load(const char *directory, const struct trust *trust, struct manifest **ret,
		  struct error *error) _must_check_;

/*
 * Opens DIRECTORY/manifest.mtree, checks its SHA-256 and size against the manifest, and returns a
 * reader at its beginning over the very same open file. -EBADMSG when the body is not the signed
 * one.
 */
struct mtree_reader;
int manifest_open_body(const struct manifest *manifest, const char *directory,
		       struct mtree_reader **ret, struct error *error) _must_check_;

bool manifest_is_expired(const struct manifest *manifest, int64_t now);

/* Fills the xattrs of an entry from the manifest (the mtree line cannot carry them). */
int manifest_get_xattrs(const struct manifest *manifest, struct entry *entry,
			struct error *error) _must_check_;

void manifest_free(struct manifest *manifest);
DEFINE_CLEANUP(struct manifest *, manifest_free)
