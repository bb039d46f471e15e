/* SPDX-License-Identifier: Apache-2.0 */
/* Deliveries as an agent makes them, for the tests of the collector's nouns. Failing fails the
 * test. */
#pragma once

#include "ingest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1800000000

static const struct nonce_secret secret = {.bytes = {42}};

static _unused_ char *copy(const char *text)
{
	char *new = strdup(text);

	assert_non_null(new);
	return new;
}

static _unused_ struct key *make_key(void)
{
	struct key *key = NULL;

	assert_int_equal(key_generate(KEY_P256, &key, NULL), 0);
	return key;
}

/* A manifest as the registry knows it. */
static _unused_ struct known *make_known(const char *policy)
{
	struct known *known = calloc(1, sizeof(*known));
	struct manifest *manifest = calloc(1, sizeof(*manifest));

	assert_non_null(known);
	assert_non_null(manifest);
	manifest->image_name = copy("web");
	manifest->image_version = copy("1");
	manifest->signer = copy("signer");
	manifest->fixed_entries = 3;
	memset(&manifest->fixed_digest, 0x33, sizeof(manifest->fixed_digest));
	memset(&manifest->digest, 0x11, sizeof(manifest->digest));
	assert_int_equal(policy_parse(policy, strlen(policy), "test", &manifest->policy, NULL), 0);
	known->digest = manifest->digest;
	known->state = KNOWN_GOOD;
	known->manifest = manifest;
	return known;
}

static _unused_ void free_known(struct known *known)
{
	manifest_free(known->manifest);
	free(known->reason);
	free(known);
}

/* What agrees with make_known(), of the instance "i-1". */
static _unused_ struct evidence *make_evidence(const struct key *key)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));

	assert_non_null(evidence);
	assert_int_equal(evidence_make_id(&evidence->id), 0);
	evidence->phase = PHASE_IMAGE;
	evidence->created_at = NOW;
	evidence->agent_version = copy("1");
	evidence->instance_id = copy("i-1");
	evidence->instance_source = copy("option");
	evidence->instance_key_id = copy(key_get_id(key));
	evidence->has_manifest = true;
	memset(&evidence->manifest_digest, 0x11, sizeof(evidence->manifest_digest));
	evidence->manifest_signer = copy("signer");
	evidence->image_name = copy("web");
	evidence->image_version = copy("1");
	evidence->fixed_entries = 3;
	memset(&evidence->fixed_digest, 0x33, sizeof(evidence->fixed_digest));
	evidence->verdict = VERDICT_PASS;
	assert_int_equal(coverage_init(&evidence->coverage), 0);
	evidence->boot = json_array();
	return evidence;
}

static _unused_ void add_finding(struct evidence *evidence, const char *code,
				 enum severity severity, const char *path)
{
	struct finding finding = {
		.code = copy(code),
		.severity = severity,
		.path = path ? copy(path) : NULL,
		.title = copy("title"),
		.waived = copy("the agent says so"),
	};

	assert_int_equal(findings_take(&evidence->findings, &finding), 0);
}

static _unused_ char *make_nonce(int64_t now)
{
	char *nonce = NULL;

	assert_int_equal(nonce_make(&secret, now, &nonce, NULL), 0);
	return nonce;
}

static _unused_ struct delivery make_delivery(const struct evidence *evidence,
					      const struct key *key, const char *nonce)
{
	_cleanup_dsse_ struct dsse dsse = {0};
	struct delivery delivery = {0};
	struct digest digest;

	assert_int_equal(evidence_sign(evidence, key, &delivery.evidence, NULL), 0);
	assert_int_equal(dsse_parse(delivery.evidence, strlen(delivery.evidence), &dsse, NULL), 0);
	assert_int_equal(digest_compute(dsse.payload, dsse.payload_size, &digest), 0);
	assert_int_equal(proof_sign(nonce, &digest, key, &delivery.proof, NULL), 0);
	assert_int_equal(key_public_pem(key, &delivery.key_pem, NULL), 0);
	return delivery;
}
