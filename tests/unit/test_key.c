/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"
#include "key.h"
#include "keys.h"
#include "scratch.h"
#include "text.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* By `openssl pkey -pubin -outform DER | sha256sum`. */
#define ID_P256 "e9ac60bfd92b95492636a9f4189f2525664a50c36a6f8aafe17db3753db689e4"

static struct key *parse_public(const char *pem)
{
	struct key *key = NULL;

	assert_int_equal(key_parse_public(pem, strlen(pem), "test", &key, NULL), 0);
	return key;
}

static struct key *parse_private(const char *pem)
{
	struct key *key = NULL;

	assert_int_equal(key_parse_private(pem, strlen(pem), "test", &key, NULL), 0);
	return key;
}

/* RFC 6979, section A.2.5: P-256, SHA-256, message "sample". */
#define SAMPLE_R "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
#define SAMPLE_S "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"

/* Two numbers as the DER of a signature; the size is returned. */
static size_t make_der(const char *r_hex, const char *s_hex, uint8_t **ret)
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	BIGNUM *r = NULL, *s = NULL;
	int size;

	assert_true(BN_hex2bn(&r, r_hex) > 0 && BN_hex2bn(&s, s_hex) > 0);
	assert_int_equal(ECDSA_SIG_set0(signature, r, s), 1);
	*ret = NULL;
	size = i2d_ECDSA_SIG(signature, ret);
	assert_true(size > 0);
	ECDSA_SIG_free(signature);
	return (size_t)size;
}

static void rfc6979_signature_verifies(void **state)
{
	_cleanup_(key_free_p) struct key *key = parse_public(KEY_PUBLIC_RFC6979);
	uint8_t *der;
	size_t size = make_der(SAMPLE_R, SAMPLE_S, &der);

	(void)state;
	assert_int_equal(key_get_type(key), KEY_P256);
	assert_int_equal(key_verify(key, "sample", 6, der, size), 0);
	assert_int_equal(key_verify(key, "Sample", 6, der, size), -EBADMSG);
	assert_int_equal(key_verify(key, "sample", 5, der, size), -EBADMSG);
	for (size_t i = 0; i < size; i++) {
		der[i] ^= 1;
		assert_int_equal(key_verify(key, "sample", 6, der, size), -EBADMSG);
		der[i] ^= 1;
	}
	for (size_t i = 0; i < size; i++)
		assert_int_equal(key_verify(key, "sample", 6, der, i), -EBADMSG);
	assert_int_equal(ERR_peek_error(), 0);
	OPENSSL_free(der);
}

/* Numbers that are no signature for any key and message (CVE-2022-21449). */
static void degenerate_numbers_do_not_verify(void **state)
{
#define ORDER "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"
	static const struct {
		const char *r, *s;
	} rows[] = {{"00", "00"},
		    {"00", SAMPLE_S},
		    {SAMPLE_R, "00"},
		    {ORDER, ORDER},
		    {SAMPLE_R, ORDER}};
	_cleanup_(key_free_p) struct key *key = parse_public(KEY_PUBLIC_RFC6979);

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		uint8_t *der;
		size_t size = make_der(rows[i].r, rows[i].s, &der);

		assert_int_equal(key_verify(key, "sample", 6, der, size), -EBADMSG);
		OPENSSL_free(der);
	}
}

static void signature_with_more_bytes_is_wrong(void **state)
{
	_cleanup_(key_free_p) struct key *key = parse_public(KEY_PUBLIC_RFC6979);
	uint8_t *der, longer[100] = {0};
	size_t size = make_der(SAMPLE_R, SAMPLE_S, &der);

	(void)state;
	memcpy(longer, der, size);
	OPENSSL_free(der);
	assert_int_equal(key_verify(key, "sample", 6, longer, size), 0);
	assert_int_equal(key_verify(key, "sample", 6, longer, size + 1), -EBADMSG);
}

/* RFC 8032, section 7.1. */
static const struct {
	const char *pem, *message, *signature;
} ed25519_vectors[] = {
	{KEY_PUBLIC_RFC8032_1, "",
	 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
	 "f9b46bd25bf5f0595bbe24655141438e7a100b"},
	{KEY_PUBLIC_RFC8032_2, "72",
	 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
	 "f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{KEY_PUBLIC_RFC8032_3, "af82",
	 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f76098"
	 "4dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void rfc8032_signatures_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(ed25519_vectors); i++) {
		_cleanup_(key_free_p) struct key *key = parse_public(ed25519_vectors[i].pem);
		const char *hex = ed25519_vectors[i].message;
		uint8_t signature[64], message[2];
		size_t size = strlen(hex) / 2;

		assert_int_equal(key_get_type(key), KEY_ED25519);
		assert_int_equal(hex_decode(hex, 2 * size, message, size), 0);
		assert_int_equal(hex_decode(ed25519_vectors[i].signature, 128, signature, 64), 0);
		assert_int_equal(key_verify(key, message, size, signature, 64), 0);
		assert_int_equal(key_verify(key, "other", 5, signature, 64), -EBADMSG);
		assert_int_equal(key_verify(key, message, size, signature, 63), -EBADMSG);
		for (size_t j = 0; j < 64; j++) {
			signature[j] ^= 0x10;
			assert_int_equal(key_verify(key, message, size, signature, 64), -EBADMSG);
			signature[j] ^= 0x10;
		}
	}
	assert_int_equal(ERR_peek_error(), 0);
}

static void what_we_sign_verifies(void **state)
{
	(void)state;
	for (enum key_type type = 0; type < _KEY_TYPE_MAX; type++) {
		_cleanup_(key_free_p) struct key *key = NULL, *other = NULL, *public = NULL;
		_cleanup_free_ char *pem = NULL;
		_cleanup_free_ uint8_t *signature = NULL;
		size_t size;

		assert_int_equal(key_generate(type, &key, NULL), 0);
		assert_int_equal(key_generate(type, &other, NULL), 0);
		assert_int_equal(key_get_type(key), type);
		assert_int_equal(key_sign(key, "data", 4, &signature, &size, NULL), 0);
		assert_int_equal(key_public_pem(key, &pem, NULL), 0);
		public = parse_public(pem);
		assert_string_equal(key_get_id(key), key_get_id(public));
		assert_string_not_equal(key_get_id(key), key_get_id(other));
		assert_int_equal(key_verify(public, "data", 4, signature, size), 0);
		assert_int_equal(key_verify(key, "data", 4, signature, size), 0);
		assert_int_equal(key_verify(other, "data", 4, signature, size), -EBADMSG);
	}
}

static void public_key_cannot_sign(void **state)
{
	_cleanup_(key_free_p) struct key *key = parse_public(KEY_PUBLIC_P256);
	_cleanup_free_ char *path = scratch_path(state, "k");
	uint8_t *signature = NULL;
	size_t size;

	assert_int_equal(key_sign(key, "data", 4, &signature, &size, NULL), -EINVAL);
	assert_null(signature);
	assert_int_equal(key_save_private(key, path, NULL), -EINVAL);
	assert_int_equal(scratch_count(state), 0);
}

static void id_is_the_digest_of_the_spki(void **state)
{
	_cleanup_(key_free_p) struct key *private = parse_private(KEY_PRIVATE_P256);
	_cleanup_(key_free_p) struct key *public = parse_public(KEY_PUBLIC_P256);
	_cleanup_(key_free_p) struct key *compressed = parse_public(KEY_PUBLIC_P256_COMPRESSED);

	(void)state;
	assert_string_equal(key_get_id(private), ID_P256);
	assert_string_equal(key_get_id(public), ID_P256);
	assert_string_equal(key_get_id(compressed), ID_P256);
}

struct refusal {
	const char *pem, *reason;
};

static void assert_refused(const struct refusal *row,
			   int (*parse)(const char *, size_t, const char *, struct key **,
					struct error *))
{
	_cleanup_error_ struct error error = {0};
	struct key *key = NULL;

	assert_int_equal(parse(row->pem, strlen(row->pem), "na\nme", &key, &error), -EINVAL);
	assert_null(key);
	assert_memory_equal(error.message, "na\\012me: ", 9);
	if (!strstr(error.message, row->reason))
		fail_msg("\"%s\" does not say \"%s\"", error.message, row->reason);
	assert_int_equal(ERR_peek_error(), 0);
}

static void public_keys_refused(void **state)
{
	static const struct refusal rows[] = {
		{"", "PUBLIC KEY"},
		{"no PEM\n", "PUBLIC KEY"},
		{KEY_PUBLIC_RSA, "RSA keys of this kind are not accepted"},
		{KEY_PUBLIC_P384, "use ECDSA P-256 or Ed25519"},
		{KEY_PUBLIC_P256_EXPLICIT, "not accepted"},
		{KEY_PUBLIC_P256_TRAILING, "bytes after the key"},
		{KEY_PUBLIC_P256_OFF_CURVE, "broken"},
		{KEY_PRIVATE_P256, "give the .pub file"},
		{KEY_PUBLIC_P256 KEY_PUBLIC_RFC6979, "more than one"},
		{KEY_PUBLIC_P256 "-----BEGIN PUBLIC KEY-----\nMF", "more than one"},
		{"-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", "broken"},
		{"-----BEGIN PUBLIC KEY-----\nMFkw\n", "PUBLIC KEY"},
		{"-----BEGIN CERTIFICATE-----\nMFkw\n-----END CERTIFICATE-----\n",
		 "openssl x509 -pubkey"},
		{"-----BEGIN CAT-----\nMFkw\n-----END CAT-----\n", "found a CAT"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++)
		assert_refused(&rows[i], key_parse_public);
}

static void private_keys_refused(void **state)
{
	static const struct refusal rows[] = {
		{"", "PRIVATE KEY"},
		{KEY_PRIVATE_RSA, "not accepted"},
		{KEY_PRIVATE_P384, "not accepted"},
		{KEY_PRIVATE_P256_ENCRYPTED, "is encrypted"},
		{KEY_PRIVATE_P256_SEC1, "openssl pkcs8 -topk8 -nocrypt"},
		{KEY_PRIVATE_P256_MISMATCHED, "broken"},
		{KEY_PUBLIC_P256, "give the .key file"},
		{KEY_PRIVATE_P256 KEY_PRIVATE_P256, "more than one"},
		{"-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n", "broken"},
		{"-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
		 "DEK-Info: AES-256-CBC,00000000000000000000000000000000\n\nMIGH\n"
		 "-----END PRIVATE KEY-----\n",
		 "encrypted"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++)
		assert_refused(&rows[i], key_parse_private);
}

static void files_go_both_ways(void **state)
{
	_cleanup_free_ char *private_path = scratch_path(state, "k.key");
	_cleanup_free_ char *public_path = scratch_path(state, "k.pub");
	_cleanup_(key_free_p) struct key *key = NULL, *private = NULL, *public = NULL;
	_cleanup_error_ struct error error = {0};
	struct stat st;

	assert_int_equal(key_generate(KEY_P256, &key, NULL), 0);
	assert_int_equal(key_save_private(key, private_path, &error), 0);
	assert_int_equal(key_save_public(key, public_path, &error), 0);
	assert_int_equal(stat(private_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(public_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(key_load_private(private_path, &private, &error), 0);
	assert_int_equal(key_load_public(public_path, &public, &error), 0);
	assert_string_equal(key_get_id(private), key_get_id(key));
	assert_string_equal(key_get_id(public), key_get_id(key));
	assert_int_equal(key_save_private(key, private_path, &error), -EEXIST);
	assert_int_equal(key_save_public(key, public_path, &error), -EEXIST);
	assert_non_null(strstr(error.message, public_path));
	assert_int_equal(scratch_count(state), 2);
}

static void lax_private_key_file_is_refused(void **state)
{
	static const mode_t modes[] = {0640, 0644, 0620, 0602, 0604, 0666};
	_cleanup_free_ char *path = scratch_file(state, "k.key", KEY_PRIVATE_P256, 0600);
	_cleanup_error_ struct error error = {0};
	struct key *key = NULL;

	for (size_t i = 0; i < ELEMENTS(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(key_load_private(path, &key, &error), -EPERM);
		assert_null(key);
	}
	assert_non_null(strstr(error.message, path));
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(key_load_private(path, &key, &error), 0);
	key_free(key);
}

static void type_names(void **state)
{
	(void)state;
	assert_string_equal(key_type_to_string(KEY_P256), "p256");
	assert_int_equal(key_type_from_string("ed25519"), KEY_ED25519);
	assert_int_equal(key_type_from_string("rsa"), _KEY_TYPE_INVALID);
	assert_null(key_type_to_string(_KEY_TYPE_MAX));
	assert_null(key_type_to_string(_KEY_TYPE_INVALID));
}

#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc6979_signature_verifies),
		cmocka_unit_test(degenerate_numbers_do_not_verify),
		cmocka_unit_test(signature_with_more_bytes_is_wrong),
		cmocka_unit_test(rfc8032_signatures_verify),
		cmocka_unit_test(what_we_sign_verifies),
		SCRATCH_TEST(public_key_cannot_sign),
		cmocka_unit_test(id_is_the_digest_of_the_spki),
		cmocka_unit_test(public_keys_refused),
		cmocka_unit_test(private_keys_refused),
		SCRATCH_TEST(files_go_both_ways),
		SCRATCH_TEST(lax_private_key_file_is_refused),
		cmocka_unit_test(type_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
