/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"
#include "json.h"
#include "member.h"

#include <string.h>

/* A proof holds two strings. */
#define PROOF_SIZE_MAX 4096

static const struct json_limits proof_limits = {.depth = 1, .values = 16};

struct proof {
	char *nonce;
	struct digest digest;
};

static const struct member rows[] = {
	{.name = "nonce", .type = MEMBER_NAME, .offset = offsetof(struct proof, nonce)},
	{.name = "sha256", .type = MEMBER_DIGEST, .offset = offsetof(struct proof, digest)},
};

int proof_sign(const char *nonce, const struct digest *evidence_payload, const struct key *key,
	       char **ret_json, struct error *error)
{
	const struct proof proof = {.nonce = (char *)nonce, .digest = *evidence_payload};
	_cleanup_json_ json_t *object = NULL;
	_cleanup_free_ char *payload = NULL;
	int r;

	r = members_write(rows, ELEMENTS(rows), &proof, &object, error);
	if (r < 0)
		return error_prefix(error, r, "proof");
	payload = json_dumps(object, JSON_COMPACT);
	if (!payload)
		return -ENOMEM;
	return dsse_sign(PROOF_PAYLOAD_TYPE, payload, strlen(payload), key, ret_json, error);
}

int proof_parse(const void *payload, size_t size, char **ret_nonce, struct digest *ret_digest,
		struct error *error)
{
	_cleanup_json_ json_t *object = NULL;
	struct proof proof = {0};
	int r;

	if (size > PROOF_SIZE_MAX)
		return error_set(error, -EBADMSG, "proof: %zu bytes, more than %d", size,
				 PROOF_SIZE_MAX);
	r = json_read_object(payload, size, &proof_limits, &object, error);
	if (r == 0)
		r = members_read(rows, ELEMENTS(rows), object, &proof, error);
	if (r < 0) {
		free(proof.nonce);
		return error_prefix(error, r, "proof");
	}

	*ret_nonce = proof.nonce;
	*ret_digest = proof.digest;
	return 0;
}
