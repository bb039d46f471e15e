/* SPDX-License-Identifier: Apache-2.0 */
#include "dsse.h"
#include "keys.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TYPE "http://example.com/HelloWorld"

/* Made once for all tests: two trusted keys, a revoked one, a strange one. */
struct keys {
	struct key *signer, *strange;
	struct trust *trust;
	char *revoked_envelope;
};

static int setup(void **state)
{
	struct keys *keys = calloc(1, sizeof(*keys));
	struct key *revoked;

	assert_non_null(keys);
	assert_int_equal(trust_new(&keys->trust), 0);
	assert_int_equal(key_parse_private(KEY_PRIVATE_P256, strlen(KEY_PRIVATE_P256), "p256",
					   &keys->signer, NULL),
			 0);
	assert_int_equal(key_generate(KEY_ED25519, &keys->strange, NULL), 0);
	for (int i = 0; i < 2; i++) {
		struct key *key;

		/* The signer is the second, so that one that does not fit is tried before it. */
		if (i == 0)
			assert_int_equal(key_generate(KEY_ED25519, &key, NULL), 0);
		else
			assert_int_equal(key_parse_public(KEY_PUBLIC_P256, strlen(KEY_PUBLIC_P256),
							  "p256", &key, NULL),
					 0);
		assert_int_equal(trust_add(keys->trust, key), 0);
	}
	assert_int_equal(key_generate(KEY_P256, &revoked, NULL), 0);
	assert_int_equal(dsse_sign(TYPE, "hello", 5, revoked, &keys->revoked_envelope, NULL), 0);
	assert_int_equal(trust_revoke(keys->trust, key_get_id(revoked)), 0);
	assert_int_equal(trust_add(keys->trust, revoked), 0);
	*state = keys;
	return 0;
}

static int teardown(void **state)
{
	struct keys *keys = *state;

	key_free(keys->signer);
	key_free(keys->strange);
	trust_free(keys->trust);
	free(keys->revoked_envelope);
	free(keys);
	return 0;
}

/* protocol.md of the specification. */
static void pae_is_that_of_the_specification(void **state)
{
	_cleanup_buffer_ struct buffer buffer = {0};

	(void)state;
	assert_int_equal(dsse_pae(TYPE, "hello world", 11, &buffer), 0);
	assert_string_equal(buffer.data, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
	buffer_done(&buffer);
	assert_int_equal(dsse_pae("", "", 0, &buffer), 0);
	assert_string_equal(buffer.data, "DSSEv1 0  0 ");
	buffer_done(&buffer);
	assert_int_equal(dsse_pae("\xc3\xa9", "\0\n", 2, &buffer), 0);
	assert_int_equal(buffer.size, 16);
	assert_memory_equal(buffer.data, "DSSEv1 2 \xc3\xa9 2 \0\n", 16);
}

static void signed_envelope_verifies(void **state)
{
	const struct keys *keys = *state;
	_cleanup_free_ char *json = NULL;
	_cleanup_dsse_ struct dsse dsse = {0}, by_key = {0};

	assert_int_equal(dsse_sign(TYPE, "hello\0world", 11, keys->signer, &json, NULL), 0);
	assert_null(strchr(json, '\n'));
	assert_memory_equal(json, "{\"payload\":\"aGVsbG8Ad29ybGQ=\",\"payloadType\":", 43);
	assert_int_equal(dsse_verify(json, strlen(json), TYPE, keys->trust, &dsse, NULL), 0);
	assert_int_equal(dsse.payload_size, 11);
	assert_memory_equal(dsse.payload, "hello\0world", 12);
	assert_string_equal(dsse.key_id, key_get_id(keys->signer));
	assert_int_equal(dsse_verify_key(json, strlen(json), TYPE, keys->signer, &by_key, NULL), 0);
	assert_string_equal(by_key.key_id, key_get_id(keys->signer));
}

/* Its parts, so that a test can change one of them. */
struct parts {
	const char *payload, *type, *key_id, *signature;
};

static char *join(const struct parts *parts)
{
	char *json;

	assert_true(asprintf(&json,
			     "{\"payload\":\"%s\",\"payloadType\":\"%s\","
			     "\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"%s\"}],\"x\":[1,{}]}",
			     parts->payload, parts->type, parts->key_id, parts->signature) > 0);
	return json;
}

static int verify_parts(const struct keys *keys, const struct parts *parts, struct error *error)
{
	_cleanup_free_ char *json = join(parts);
	struct dsse dsse = {0};
	int r = dsse_verify(json, strlen(json), TYPE, keys->trust, &dsse, error);

	if (r < 0)
		assert_null(dsse.payload);
	else
		assert_string_equal(dsse.key_id, key_get_id(keys->signer));
	dsse_done(&dsse);
	return r;
}

/* Signs "hello" as `type`; the base64 of the signature. */
static char *sign_hello(const struct keys *keys, const char *type)
{
	_cleanup_buffer_ struct buffer pae = {0};
	_cleanup_free_ uint8_t *signature = NULL;
	char *text;
	size_t size;

	assert_int_equal(dsse_pae(type, "hello", 5, &pae), 0);
	assert_int_equal(key_sign(keys->signer, pae.data, pae.size, &signature, &size, NULL), 0);
	text = base64_encode(signature, size);
	assert_non_null(text);
	return text;
}

static void to_url_safe(char *text)
{
	for (; *text; text++) {
		if (*text == '+')
			*text = '-';
		if (*text == '/')
			*text = '_';
	}
}

static void key_id_only_narrows(void **state)
{
	const struct keys *keys = *state;
	const char *other = key_get_id(trust_get(keys->trust, 0));
	_cleanup_free_ char *signature = sign_hello(keys, TYPE);
	_cleanup_error_ struct error error = {0};
	struct parts parts = {"aGVsbG8=", TYPE, "", signature};

	assert_int_equal(verify_parts(keys, &parts, NULL), 0);
	parts.key_id = "a name that nobody knows";
	assert_int_equal(verify_parts(keys, &parts, NULL), 0);
	parts.key_id = key_get_id(keys->signer);
	assert_int_equal(verify_parts(keys, &parts, NULL), 0);
	parts.key_id = other;
	assert_int_equal(verify_parts(keys, &parts, &error), -EBADMSG);
	assert_non_null(strstr(error.message, other));
}

static void url_safe_base64_is_read(void **state)
{
	const struct keys *keys = *state;

	/* ECDSA is randomised: among 64 signatures some have the two digits that differ. */
	for (int i = 0; i < 64; i++) {
		_cleanup_free_ char *signature = sign_hello(keys, TYPE);

		to_url_safe(signature);
		assert_int_equal(
			verify_parts(keys, &(struct parts){"aGVsbG8=", TYPE, "", signature}, NULL),
			0);
	}
}

static void changes_are_noticed(void **state)
{
	const struct keys *keys = *state;
	_cleanup_free_ char *signature = sign_hello(keys, TYPE);
	_cleanup_free_ char *as_other = sign_hello(keys, "text/plain");
	_cleanup_error_ struct error error = {0};
	struct parts parts = {"aGVsbG8=", TYPE, "", signature};

	parts.payload = "aGVsbG9v";
	assert_int_equal(verify_parts(keys, &parts, &error), -ENOKEY);
	parts.key_id = key_get_id(keys->signer);
	assert_int_equal(verify_parts(keys, &parts, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "the signature is wrong"));
	/* The type is signed too: another one breaks the signature ... */
	parts = (struct parts){"aGVsbG8=", "text/plain", "", signature};
	assert_int_equal(verify_parts(keys, &parts, &error), -ENOKEY);
	/* ... and one that is rightly signed, but not the expected, is told as such. */
	parts.signature = as_other;
	assert_int_equal(verify_parts(keys, &parts, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "payload type is \"text/plain\""));
	/* Signed, but not in the pre-authentication encoding of this payload. */
	parts = (struct parts){"aGVsbG8=", TYPE, "", "AAAA"};
	assert_int_equal(verify_parts(keys, &parts, &error), -ENOKEY);
}

static void unknown_and_revoked_signers_differ(void **state)
{
	const struct keys *keys = *state;
	const char *revoked = key_get_id(trust_get_revoked(keys->trust, 0));
	_cleanup_free_ char *json = NULL;
	_cleanup_error_ struct error error = {0};
	struct dsse dsse = {0};

	assert_int_equal(dsse_sign(TYPE, "hello", 5, keys->strange, &json, NULL), 0);
	assert_int_equal(dsse_verify(json, strlen(json), TYPE, keys->trust, &dsse, &error),
			 -ENOKEY);
	assert_int_equal(dsse_verify(keys->revoked_envelope, strlen(keys->revoked_envelope), TYPE,
				     keys->trust, &dsse, &error),
			 -EKEYREVOKED);
	assert_non_null(strstr(error.message, revoked));
	/* To name the revoked key without its signature is not to be signed by it. */
	assert_int_equal(
		verify_parts(keys, &(struct parts){"aGVsbG8=", TYPE, revoked, "AAAA"}, &error),
		-EBADMSG);
	assert_null(dsse.payload);
}

static void no_trusted_key_at_all(void **state)
{
	const struct keys *keys = *state;
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	_cleanup_error_ struct error error = {0};
	struct dsse dsse = {0};

	assert_int_equal(trust_new(&trust), 0);
	assert_int_equal(dsse_verify(keys->revoked_envelope, strlen(keys->revoked_envelope), TYPE,
				     trust, &dsse, &error),
			 -ENOKEY);
}

static void one_key_verifies_or_not(void **state)
{
	const struct keys *keys = *state;
	_cleanup_free_ char *json = NULL;
	_cleanup_error_ struct error error = {0};
	struct dsse dsse = {0};

	assert_int_equal(dsse_sign(TYPE, "hello", 5, keys->signer, &json, NULL), 0);
	assert_int_equal(dsse_verify_key(json, strlen(json), TYPE, keys->strange, &dsse, &error),
			 -EBADMSG);
	assert_int_equal(
		dsse_verify_key(json, strlen(json), "text/plain", keys->signer, &dsse, &error),
		-EBADMSG);
	assert_non_null(strstr(error.message, "payload type"));
	assert_null(dsse.payload);
}

#define SIGNATURES "\"signatures\":[{\"sig\":\"AAAA\"}]"

static void malformed_envelopes_are_refused(void **state)
{
	static const struct {
		const char *json, *reason;
	} rows[] = {
		{"", "envelope: not valid JSON"},
		{"[]", "an object is expected"},
		{"{\"payloadType\":\"t\"," SIGNATURES "}", "\"payload\" must be a string"},
		{"{\"payload\":1,\"payloadType\":\"t\"," SIGNATURES "}", "\"payload\" must be"},
		{"{\"payload\":\"a\",\"payloadType\":\"t\"," SIGNATURES "}", "is not base64"},
		{"{\"payload\":\"YQ\",\"payloadType\":\"t\"," SIGNATURES "}", "is not base64"},
		{"{\"payload\":\"YQ==\"," SIGNATURES "}", "\"payloadType\" must be"},
		{"{\"payload\":\"YQ==\",\"payloadType\":null," SIGNATURES "}", "\"payloadType\""},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\"}", "exactly one"},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":{}}", "exactly one"},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[]}", "exactly one"},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":"
		 "[{\"sig\":\"AAAA\"},{\"sig\":\"AAAA\"}]}",
		 "exactly one"},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[1]}",
		 "must be an object"},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{}]}", "\"sig\""},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":[{\"sig\":\"*\"}]}",
		 "\"sig\" is not base64"},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\",\"signatures\":"
		 "[{\"keyid\":1,\"sig\":\"AAAA\"}]}",
		 "\"keyid\" must be"},
		{"{\"payload\":\"YQ==\",\"payload\":\"YQ==\",\"payloadType\":\"t\"," SIGNATURES "}",
		 "duplicate"},
		{"{\"payload\":\"YQ==\",\"payloadType\":\"t\"," SIGNATURES "} {}",
		 "not valid JSON"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_error_ struct error error = {0};
		struct dsse dsse = {0};

		assert_int_equal(dsse_parse(rows[i].json, strlen(rows[i].json), &dsse, &error),
				 -EBADMSG);
		assert_null(dsse.payload);
		if (!strstr(error.message, rows[i].reason))
			fail_msg("\"%s\" does not say \"%s\"", error.message, rows[i].reason);
	}
}

static void unknown_members_are_ignored(void **state)
{
	static const char json[] = "{\"new\":[{}],\"payload\":\"\",\"payloadType\":\"t\","
				   "\"signatures\":[{\"keyid\":\"\",\"sig\":\"AAAA\",\"cert\":1}]}";
	_cleanup_dsse_ struct dsse dsse = {0};

	(void)state;
	assert_int_equal(dsse_parse(json, strlen(json), &dsse, NULL), 0);
	assert_string_equal(dsse.payload_type, "t");
	assert_int_equal(dsse.payload_size, 0);
	assert_null(dsse.key_id);
	assert_int_equal(dsse.signature_size, 3);
}

static void too_large_is_refused(void **state)
{
	_cleanup_error_ struct error error = {0};
	struct dsse dsse = {0};

	(void)state;
	assert_int_equal(dsse_parse("{}", (size_t)DSSE_ENVELOPE_MAX + 1, &dsse, &error), -EBADMSG);
	assert_non_null(strstr(error.message, "larger than the limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pae_is_that_of_the_specification),
		cmocka_unit_test(signed_envelope_verifies),
		cmocka_unit_test(key_id_only_narrows),
		cmocka_unit_test(url_safe_base64_is_read),
		cmocka_unit_test(changes_are_noticed),
		cmocka_unit_test(unknown_and_revoked_signers_differ),
		cmocka_unit_test(no_trusted_key_at_all),
		cmocka_unit_test(one_key_verifies_or_not),
		cmocka_unit_test(malformed_envelopes_are_refused),
		cmocka_unit_test(unknown_members_are_ignored),
		cmocka_unit_test(too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
