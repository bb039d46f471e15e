/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void set_keeps_the_code_and_the_sentence(void **state)
{
	_cleanup_error_ struct error error = {0};

	(void)state;
	assert_int_equal(error_set(&error, -EINVAL, "%s:%d: bad", "file", 7), -EINVAL);
	assert_string_equal(error_text(&error, -EINVAL), "file:7: bad");
	assert_int_equal(error_set(&error, -EIO, "newer"), -EIO);
	assert_string_equal(error_text(&error, -EIO), "newer");
}

static void null_is_accepted(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, -EINVAL, "x"), -EINVAL);
	assert_int_equal(error_prefix(NULL, -EINVAL, "x"), -EINVAL);
	assert_int_equal(error_set_openssl(NULL, -EINVAL, "x"), -EINVAL);
	assert_string_equal(error_text(NULL, -ENOENT), strerror(ENOENT));
}

static void prefix_precedes_sentence_or_errno(void **state)
{
	_cleanup_error_ struct error error = {0};

	(void)state;
	assert_int_equal(error_prefix(&error, -ENOENT, "a"), -ENOENT);
	assert_string_equal(error.message, "a: No such file or directory");
	assert_int_equal(error_prefix(&error, -ENOENT, "b%d", 1), -ENOENT);
	assert_string_equal(error.message, "b1: a: No such file or directory");
}

static void sentence_may_be_made_from_the_old_one(void **state)
{
	_cleanup_error_ struct error error = {0};

	(void)state;
	(void)error_set(&error, -EIO, "inner");
	(void)error_set(&error, -EIO, "outer (%s)", error.message);
	assert_string_equal(error.message, "outer (inner)");
}

static void openssl_reason_is_told_and_drained(void **state)
{
	_cleanup_error_ struct error error = {0};
	_cleanup_(BIO_free_p) BIO *bio = BIO_new_mem_buf("nothing", 7);

	(void)state;
	assert_non_null(bio);
	assert_null(PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL));
	assert_int_not_equal(ERR_peek_error(), 0);
	assert_int_equal(error_set_openssl(&error, -EINVAL, "key"), -EINVAL);
	assert_memory_equal(error.message, "key: ", 5);
	assert_true(strlen(error.message) > 5);
	assert_int_equal(ERR_peek_error(), 0);

	assert_int_equal(error_set_openssl(&error, -EINVAL, "no reason"), -EINVAL);
	assert_string_equal(error.message, "no reason");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(set_keeps_the_code_and_the_sentence),
		cmocka_unit_test(null_is_accepted),
		cmocka_unit_test(prefix_precedes_sentence_or_errno),
		cmocka_unit_test(sentence_may_be_made_from_the_old_one),
		cmocka_unit_test(openssl_reason_is_told_and_drained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
