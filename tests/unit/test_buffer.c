/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void appends_and_stays_terminated(void **state)
{
	_cleanup_buffer_ struct buffer buffer = {0};

	(void)state;
	assert_int_equal(buffer_append(&buffer, NULL, 0), 0);
	assert_string_equal(buffer.data, "");
	assert_int_equal(buffer_append_text(&buffer, "abc"), 0);
	assert_int_equal(buffer_append(&buffer, "d\0e", 3), 0);
	assert_int_equal(buffer_printf(&buffer, "%d-%s", 42, "x"), 0);
	assert_int_equal(buffer.size, 10);
	assert_memory_equal(buffer.data, "abcd\0e42-x", 11);
}

static void grows_far_beyond_its_first_space(void **state)
{
	_cleanup_buffer_ struct buffer buffer = {0};

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buffer_printf(&buffer, "%04d,", i), 0);
	assert_int_equal(buffer.size, 50000);
	assert_memory_equal(buffer.data, "0000,0001,", 10);
	assert_memory_equal(buffer.data + 49995, "9999,", 6);
	assert_true(buffer.space < 4 * buffer.size);
}

static void impossible_size_leaves_it_as_it_was(void **state)
{
	_cleanup_buffer_ struct buffer buffer = {0};

	(void)state;
	assert_int_equal(buffer_append_text(&buffer, "abc"), 0);
	assert_int_equal(buffer_append(&buffer, "x", SIZE_MAX), -ENOMEM);
	assert_int_equal(buffer_append(&buffer, "x", SIZE_MAX - 3), -ENOMEM);
	assert_int_equal(buffer.size, 3);
	assert_string_equal(buffer.data, "abc");
}

static void done_may_be_called_twice(void **state)
{
	struct buffer buffer = {0};

	(void)state;
	buffer_done(&buffer);
	assert_int_equal(buffer_append_text(&buffer, "abc"), 0);
	buffer_done(&buffer);
	buffer_done(&buffer);
	assert_null(buffer.data);
	assert_int_equal(buffer.size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_and_stays_terminated),
		cmocka_unit_test(grows_far_beyond_its_first_space),
		cmocka_unit_test(impossible_size_leaves_it_as_it_was),
		cmocka_unit_test(done_may_be_called_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
