/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EMPTY	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void assert_digest(const struct digest *digest, const char *expected)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(digest, hex);
	assert_string_equal(hex, expected);
}

/* The examples that NIST publishes with FIPS 180-4. */
static void published_vectors(void **state)
{
	struct digest digest;

	(void)state;
	assert_int_equal(digest_compute("", 0, &digest), 0);
	assert_digest(&digest, EMPTY);
	assert_int_equal(digest_compute("abc", 3, &digest), 0);
	assert_digest(&digest, ABC);
}

static void million_letters_in_pieces(void **state)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	struct digest digest;
	char piece[1000];

	(void)state;
	memset(piece, 'a', sizeof(piece));
	assert_int_equal(hasher_new(&hasher), 0);
	assert_int_equal(hasher_begin(hasher), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(hasher_update(hasher, piece, sizeof(piece)), 0);
	assert_int_equal(hasher_finish(hasher, &digest), 0);
	assert_digest(&digest, MILLION);
}

static void one_hasher_serves_many_digests(void **state)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL, *clone = NULL;
	struct digest digest;

	(void)state;
	assert_int_equal(hasher_new(&hasher), 0);
	assert_int_equal(hasher_clone(hasher, &clone), 0);
	/* A digest that was given up leaves nothing behind. */
	assert_int_equal(hasher_begin(hasher), 0);
	assert_int_equal(hasher_update(hasher, "junk", 4), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(hasher_begin(hasher), 0);
		assert_int_equal(hasher_begin(clone), 0);
		assert_int_equal(hasher_update(hasher, "abc", 3), 0);
		assert_int_equal(hasher_finish(clone, &digest), 0);
		assert_digest(&digest, EMPTY);
		assert_int_equal(hasher_finish(hasher, &digest), 0);
		assert_digest(&digest, ABC);
	}
}

static void clone_outlives_the_first(void **state)
{
	_cleanup_(hasher_free_p) struct hasher *clone = NULL;
	struct hasher *hasher;
	struct digest digest;

	(void)state;
	assert_int_equal(hasher_new(&hasher), 0);
	assert_int_equal(hasher_clone(hasher, &clone), 0);
	hasher_free(hasher);
	assert_int_equal(hasher_begin(clone), 0);
	assert_int_equal(hasher_finish(clone, &digest), 0);
	assert_digest(&digest, EMPTY);
	hasher_free(NULL);
}

static void hex_is_strict(void **state)
{
	struct digest digest, other;
	char upper[] = "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

	(void)state;
	assert_int_equal(digest_from_hex(EMPTY, 64, &digest), 0);
	assert_digest(&digest, EMPTY);
	assert_int_equal(digest_from_hex(EMPTY, 63, &other), -EINVAL);
	assert_int_equal(digest_from_hex(EMPTY "0", 65, &other), -EINVAL);
	assert_int_equal(digest_from_hex(upper, 64, &other), -EINVAL);
}

static void comparison(void **state)
{
	struct digest a, b;

	(void)state;
	assert_int_equal(digest_from_hex(ABC, 64, &a), 0);
	b = a;
	assert_true(digest_is_equal(&a, &b));
	b.bytes[31] ^= 1;
	assert_false(digest_is_equal(&a, &b));
	b = a;
	b.bytes[0] ^= 0x80;
	assert_false(digest_is_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(million_letters_in_pieces),
		cmocka_unit_test(one_hasher_serves_many_digests),
		cmocka_unit_test(clone_outlives_the_first),
		cmocka_unit_test(hex_is_strict),
		cmocka_unit_test(comparison),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
