/* SPDX-License-Identifier: Apache-2.0 */
#include "nonce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1700000000

static const struct nonce_secret secret = {.bytes = {1, 2, 3}};

static char *make(int64_t now)
{
	char *text = NULL;

	assert_int_equal(nonce_make(&secret, now, &text, NULL), 0);
	return text;
}

static void test_round_trip(void **state _unused_)
{
	_cleanup_free_ char *text = make(NOW);
	struct nonce nonce;

	assert_int_equal(strlen(text), (NONCE_SIZE * 4 + 2) / 3);
	assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_"),
			 strlen(text));
	assert_int_equal(nonce_check(&secret, text, NOW, &nonce), 0);
	assert_int_equal(nonce.expires, NOW + NONCE_SECONDS);
	assert_int_equal(nonce_check(&secret, text, NOW + NONCE_SECONDS - 1, &nonce), 0);
}

static void test_expiry(void **state _unused_)
{
	_cleanup_free_ char *text = make(NOW);
	struct nonce nonce;

	assert_int_equal(nonce_check(&secret, text, NOW + NONCE_SECONDS, &nonce), -ETIME);
	assert_int_equal(nonce.expires, NOW + NONCE_SECONDS);
}

static void test_other_secret(void **state _unused_)
{
	_cleanup_free_ char *text = make(NOW);
	struct nonce_secret other = secret;
	struct nonce nonce;

	other.bytes[31] = 1;
	assert_int_equal(nonce_check(&other, text, NOW, &nonce), -EBADMSG);
}

/* Every character counts: no other spelling of a nonce is one. */
static void test_tampering(void **state _unused_)
{
	_cleanup_free_ char *text = make(NOW);
	size_t length = strlen(text);
	struct nonce nonce;

	for (size_t i = 0; i < length; i++) {
		char kept = text[i];

		text[i] = kept == 'A' ? 'B' : 'A';
		assert_int_equal(nonce_check(&secret, text, NOW, &nonce), -EBADMSG);
		text[i] = '=';
		assert_int_equal(nonce_check(&secret, text, NOW, &nonce), -EBADMSG);
		text[i] = kept;
	}
	text[length - 1] = '\0';
	assert_int_equal(nonce_check(&secret, text, NOW, &nonce), -EBADMSG);
	assert_int_equal(nonce_check(&secret, "", NOW, &nonce), -EBADMSG);
}

static void test_differ(void **state _unused_)
{
	_cleanup_free_ char *a = make(NOW);
	_cleanup_free_ char *b = make(NOW);

	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_other_secret), cmocka_unit_test(test_tampering),
		cmocka_unit_test(test_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
