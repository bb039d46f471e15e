/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DSSE 1.0.2 envelopes (github.com/secure-systems-lab/dsse).
 *
 * The signature is checked over the exact payload bytes before anything in them is parsed; the
 * caller is handed those same bytes.
 */
#pragma once

#include "trust.h"

#define DSSE_PAYLOAD_TYPE_INTOTO "application/vnd.in-toto+json"
#define DSSE_ENVELOPE_MAX	 (64 * 1024 * 1024)

/* Pre-authentication encoding, protocol.md: "DSSEv1 LEN(type) type LEN(body) body". Appends to
 * `ret`. */
struct buffer;
int dsse_pae(const char *payload_type, const void *payload, size_t size,
	     struct buffer *ret) _must_check_;

/* Signs with one key and returns the envelope as one line of JSON without a newline. */
int dsse_sign(const char *payload_type, const void *payload, size_t size, const struct key *key,
	      char **ret_json, struct error *error) _must_check_;

/* What was in an envelope. The payload is verified only when it came from dsse_verify(). */
struct dsse {
	char *payload_type;
	uint8_t *payload; /* NUL after the last byte */
	size_t payload_size;
	char *key_id; /* hint of the envelope; may be NULL; after dsse_verify(): id of the key that
			 verified */
	uint8_t *signature;
	size_t signature_size;
};

/*
 * Takes an envelope apart without trusting it. Unknown members are ignored (the spec says so),
 * duplicate ones and more or fewer than one signature are refused. -EBADMSG with the reason.
 */
int dsse_parse(const char *json, size_t size, struct dsse *ret, struct error *error) _must_check_;

/*
 * Parses, requires `payload_type`, and verifies with the trusted keys (the key id only narrows). On
 * success `ret` holds verified bytes. -EBADMSG malformed envelope or wrong signature, -ENOKEY no
 * trusted key verifies it, -EKEYREVOKED the key that signed it is revoked.
 */
int dsse_verify(const char *json, size_t size, const char *payload_type, const struct trust *trust,
		struct dsse *ret, struct error *error) _must_check_;

/* The same for one key. */
int dsse_verify_key(const char *json, size_t size, const char *payload_type, const struct key *key,
		    struct dsse *ret, struct error *error) _must_check_;

void dsse_done(struct dsse *dsse);
#define _cleanup_dsse_ _cleanup_(dsse_done)
