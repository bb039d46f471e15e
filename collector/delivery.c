/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery.h"

#include "guard.h"
#include "text.h"

#include <string.h>

/* Two envelopes with a signature each and an identity are far below this. */
static const struct guard_limits body_limits = {.values = 512, .depth = 8};

static int parse_json(const char *body, size_t size, json_t **ret, struct error *error)
{
	_cleanup_free_ char *shown = NULL;
	json_error_t reason;
	json_t *root;
	int r = guard_check(body, size, body_limits, error);

	if (r < 0)
		return error_prefix(error, -EINVAL, "the body is no delivery");
	root = json_loadb(body, size, JSON_REJECT_DUPLICATES, &reason);
	if (!root) {
		shown = text_escape(reason.text, strlen(reason.text));
		return error_set(error, -EINVAL, "the body is not JSON: line %d, column %d: %s",
				 reason.line, reason.column, shown ? shown : "?");
	}
	*ret = root;
	return 0;
}

static char *dump(const json_t *object)
{
	return json_dumps(object, JSON_COMPACT);
}

int delivery_parse(const char *body, size_t size, struct delivery *ret, struct error *error)
{
	_cleanup_delivery_ struct delivery delivery = {0};
	_cleanup_json_ json_t *root = NULL;
	json_t *evidence, *proof;
	const char *key;
	int r = parse_json(body, size, &root, error);

	if (r < 0)
		return r;
	if (json_unpack(root, "{s:o, s:o, s:{s:s !} !}", "evidence", &evidence, "proof", &proof,
			"identity", "key", &key) < 0 ||
	    !json_is_object(evidence) || !json_is_object(proof))
		return error_set(error, -EINVAL,
				 "the body is no delivery: expected {\"evidence\":ENVELOPE,"
				 "\"proof\":ENVELOPE,\"identity\":{\"key\":PEM}} and nothing else");
	delivery.evidence = dump(evidence);
	delivery.proof = dump(proof);
	delivery.key_pem = strdup(key);
	if (!delivery.evidence || !delivery.proof || !delivery.key_pem)
		return -ENOMEM;
	*ret = delivery;
	delivery = (struct delivery){0};
	return 0;
}

size_t delivery_weight(const struct delivery *delivery)
{
	return strlen(delivery->evidence) + strlen(delivery->proof) + strlen(delivery->key_pem);
}

void delivery_done(struct delivery *delivery)
{
	free(delivery->evidence);
	free(delivery->proof);
	free(delivery->key_pem);
	*delivery = (struct delivery){0};
}
