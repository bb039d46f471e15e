/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the collector reads of strangers. The first byte chooses:
 *
 *	b  a body of POST /v1/evidence as it is
 *	e  an evidence payload, which is signed and delivered here: so the parser and the stages
 *	   behind the signature are reached
 *	p  the same for a proof's payload
 *	c  texts from a query: a cursor and a nonce
 */
#include "../unit/keys.h"

#include "cursor.h"
#include "ingest.h"

#include <stdint.h>
#include <string.h>

#define NOW 1800000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct nonce_secret secret = {.bytes = {1}};

/* A promise of the code under test does not hold. */
static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void appraise(const struct delivery *delivery)
{
	struct ingest ingest = {0};
	_cleanup_error_ struct error error = {0};
	int r = appraise_open(delivery, &ingest.appraisal, &error);

	expect(r == 0 || r == -EBADMSG);
	expect(r == 0 || error.message);
	if (r == 0) {
		expect(appraise_all(&ingest.appraisal, &secret, NULL, NOW) == 0);
		expect(ingest.appraisal.verdict == VERDICT_FAIL); /* no manifest is known */
		expect(json_array_size(ingest.appraisal.reasons) > 0);
		expect(ingest_prepare(&ingest) == 0);
	}
	ingest_done(&ingest);
}

static void take_body(const char *data, size_t size)
{
	_cleanup_delivery_ struct delivery delivery = {0};
	_cleanup_error_ struct error error = {0};
	int r = delivery_parse(data, size, &delivery, &error);

	expect(r == 0 || (r == -EINVAL && error.message));
	if (r == 0)
		appraise(&delivery);
}

static struct key *load_key(void)
{
	struct key *key = NULL;

	expect(key_parse_private(KEY_PRIVATE_P256, strlen(KEY_PRIVATE_P256), "key", &key, NULL) ==
	       0);
	return key;
}

static void take_evidence(const char *data, size_t size)
{
	_cleanup_(key_free_p) struct key *key = load_key();
	_cleanup_delivery_ struct delivery delivery = {0};
	struct digest digest;

	expect(digest_compute(data, size, &digest) == 0);
	expect(dsse_sign(DSSE_PAYLOAD_TYPE_INTOTO, data, size, key, &delivery.evidence, NULL) == 0);
	expect(proof_sign("nonce", &digest, key, &delivery.proof, NULL) == 0);
	expect(key_public_pem(key, &delivery.key_pem, NULL) == 0);
	appraise(&delivery);
}

static void take_proof(const char *data, size_t size)
{
	_cleanup_free_ char *nonce = NULL;
	_cleanup_error_ struct error error = {0};
	struct digest digest;
	struct nonce found;
	int r = proof_parse(data, size, &nonce, &digest, &error);

	expect(r == 0 || error.message);
	if (r == 0)
		expect(nonce_check(&secret, nonce, NOW, &found) == -EBADMSG);
}

static void take_text(const char *data, size_t size)
{
	_cleanup_free_ char *text = strndup(data, size);
	_cleanup_free_ char *again = NULL;
	struct cursor cursor;
	struct nonce nonce;

	expect(text != NULL);
	expect(nonce_check(&secret, text, NOW, &nonce) == -EBADMSG);
	/* One spelling for each cursor. */
	if (cursor_decode('i', text, &cursor) == 0) {
		expect(cursor_encode('i', &cursor, &again) == 0);
		expect(strcmp(text, again) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		char letter;
		void (*take)(const char *data, size_t size);
	} takers[] = {
		{'b', take_body},
		{'e', take_evidence},
		{'p', take_proof},
		{'c', take_text},
	};

	for (size_t i = 0; i < ELEMENTS(takers); i++)
		if (size > 0 && data[0] == (uint8_t)takers[i].letter)
			takers[i].take((const char *)data + 1, size - 1);
	return 0;
}
