/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"
#include "scratch.h"
#include "trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ID_P256 "e9ac60bfd92b95492636a9f4189f2525664a50c36a6f8aafe17db3753db689e4"

static struct key *parse(const char *pem)
{
	struct key *key = NULL;

	assert_int_equal(key_parse_public(pem, strlen(pem), "test", &key, NULL), 0);
	return key;
}

static void put(void **state, const char *name, const char *text)
{
	free(scratch_file(state, name, text, 0644));
}

static void assert_load_fails(void **state, int expected, const char *reason)
{
	_cleanup_error_ struct error error = {0};
	struct trust *trust = NULL;

	assert_int_equal(trust_load(*state, &trust, &error), expected);
	assert_null(trust);
	if (!strstr(error.message, reason))
		fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
}

static void directory_loads_every_pem(void **state)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	_cleanup_error_ struct error error = {0};

	put(state, "b.pem", KEY_PUBLIC_RFC6979);
	put(state, "a.pem", KEY_PUBLIC_P256);
	put(state, "again.pem", KEY_PUBLIC_P256_COMPRESSED);
	put(state, "README", "not a key");
	put(state, ".hidden.pem", "not a key");
	assert_int_equal(trust_load(*state, &trust, &error), 0);
	assert_null(error.message);
	assert_int_equal(trust_count(trust), 2);
	assert_string_equal(key_get_id(trust_get(trust, 0)), ID_P256);
	assert_null(trust_get(trust, 2));
	assert_int_equal(trust_count_revoked(trust), 0);
}

static void single_file_loads(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "one.pub", KEY_PUBLIC_P256, 0644);
	_cleanup_(trust_free_p) struct trust *trust = NULL;

	assert_int_equal(trust_load(path, &trust, NULL), 0);
	assert_int_equal(trust_count(trust), 1);
}

static void revoked_key_is_never_used(void **state)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;

	put(state, "a.pem", KEY_PUBLIC_P256);
	put(state, "b.pem", KEY_PUBLIC_RFC6979);
	put(state, "revoked", "# lost\n\n  " ID_P256 "  # on a train\r\n");
	assert_int_equal(trust_load(*state, &trust, NULL), 0);
	assert_int_equal(trust_count(trust), 1);
	assert_string_not_equal(key_get_id(trust_get(trust, 0)), ID_P256);
	assert_true(trust_is_revoked(trust, ID_P256));
	assert_int_equal(trust_count_revoked(trust), 1);
	assert_string_equal(key_get_id(trust_get_revoked(trust, 0)), ID_P256);
	assert_null(trust_get_revoked(trust, 1));
}

static void all_revoked_is_no_key(void **state)
{
	put(state, "a.pem", KEY_PUBLIC_P256);
	put(state, "revoked", ID_P256);
	assert_load_fails(state, -ENOKEY, "no trusted key");
}

static void empty_directory_is_no_key(void **state)
{
	assert_load_fails(state, -ENOKEY, *state);
}

static void missing_path_is_named(void **state)
{
	_cleanup_free_ char *path = scratch_path(state, "missing");
	_cleanup_error_ struct error error = {0};
	struct trust *trust = NULL;

	assert_int_equal(trust_load(path, &trust, &error), -ENOENT);
	assert_non_null(strstr(error.message, path));
}

static void broken_file_is_named(void **state)
{
	put(state, "a.pem", KEY_PUBLIC_P256);
	put(state, "bad.pem", "nonsense\n");
	assert_load_fails(state, -EINVAL, "/bad.pem: ");
}

static void weak_key_is_named(void **state)
{
	put(state, "a.pem", KEY_PUBLIC_P256);
	put(state, "rsa.pem", KEY_PUBLIC_RSA);
	assert_load_fails(state, -EINVAL, "/rsa.pem: RSA");
}

/* A list that cannot be read whole must not leave a revoked key in use. */
static void broken_revocation_list_is_refused(void **state)
{
	static const char *const bad[] = {
		ID_P256 "\nnonsense\n",
		ID_P256 "\nE9AC60BFD92B95492636A9F4189F2525664A50C36A6F8AAFE17DB3753DB689E4\n",
		ID_P256 "\n" ID_P256 "0\n",
		ID_P256 "\n" ID_P256 " " ID_P256 "\n",
	};

	put(state, "a.pem", KEY_PUBLIC_P256);
	for (size_t i = 0; i < ELEMENTS(bad); i++) {
		put(state, "revoked", bad[i]);
		assert_load_fails(state, -EINVAL, "/revoked:2: expected a key id");
	}
}

static void unreadable_revocation_list_is_refused(void **state)
{
	_cleanup_free_ char *path = scratch_path(state, "revoked");

	put(state, "a.pem", KEY_PUBLIC_P256);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_load_fails(state, -ENOENT, "revoked");
}

static void keys_are_added_and_revoked_by_hand(void **state)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	_cleanup_(key_free_p) struct key *again = parse(KEY_PUBLIC_P256);

	(void)state;
	assert_int_equal(trust_new(&trust), 0);
	assert_int_equal(trust_count(trust), 0);
	assert_int_equal(trust_add(trust, parse(KEY_PUBLIC_P256)), 0);
	assert_int_equal(trust_add(trust, parse(KEY_PUBLIC_RFC6979)), 0);
	assert_int_equal(trust_add(trust, again), -EEXIST);
	assert_int_equal(trust_count(trust), 2);
	assert_int_equal(trust_revoke(trust, "nonsense"), -EINVAL);
	assert_false(trust_is_revoked(trust, ID_P256));
	assert_int_equal(trust_revoke(trust, ID_P256), 0);
	assert_int_equal(trust_revoke(trust, ID_P256), 0);
	assert_true(trust_is_revoked(trust, ID_P256));
	assert_int_equal(trust_count(trust), 1);
	assert_int_equal(trust_count_revoked(trust), 1);
	assert_int_equal(trust_add(trust, again), -EEXIST);
}

static void key_added_after_its_revocation_is_not_used(void **state)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;

	(void)state;
	assert_int_equal(trust_new(&trust), 0);
	assert_int_equal(trust_revoke(trust, ID_P256), 0);
	assert_int_equal(trust_add(trust, parse(KEY_PUBLIC_P256)), 0);
	assert_int_equal(trust_count(trust), 0);
	assert_int_equal(trust_count_revoked(trust), 1);
}

#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(directory_loads_every_pem),
		SCRATCH_TEST(single_file_loads),
		SCRATCH_TEST(revoked_key_is_never_used),
		SCRATCH_TEST(all_revoked_is_no_key),
		SCRATCH_TEST(empty_directory_is_no_key),
		SCRATCH_TEST(missing_path_is_named),
		SCRATCH_TEST(broken_file_is_named),
		SCRATCH_TEST(weak_key_is_named),
		SCRATCH_TEST(broken_revocation_list_is_refused),
		SCRATCH_TEST(unreadable_revocation_list_is_refused),
		cmocka_unit_test(keys_are_added_and_revoked_by_hand),
		cmocka_unit_test(key_added_after_its_revocation_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
