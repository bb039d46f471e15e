/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct json_limits limits = {.depth = 3, .values = 8};

static void assert_read(const char *text, size_t size)
{
	_cleanup_json_ json_t *root = NULL;
	_cleanup_error_ struct error error = {0};

	if (json_read_object(text, size, &limits, &root, &error) != 0)
		fail_msg("%s: %s", text, error.message);
	assert_true(json_is_object(root));
}

static void assert_refused(const char *text, size_t size, const char *reason)
{
	_cleanup_error_ struct error error = {0};
	json_t *root = NULL;

	assert_int_equal(json_read_object(text, size, &limits, &root, &error), -EBADMSG);
	assert_null(root);
	if (!strstr(error.message, reason))
		fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
}

static void objects_are_read(void **state)
{
	static const char *const good[] = {
		"{}",
		" {\"a\":[{}]}\n",
		"{\"a\":\"[[[[[[{{{{{{,,,,,,,,,,,,,,\"}",
		"{\"a\":\"\\\"[[[[[[\\\\\"}",
		"{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7}",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(good); i++)
		assert_read(good[i], strlen(good[i]));
}

static void everything_else_is_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{"", "line 1"},
		{"[]", "an object is expected"},
		{"1", "not valid JSON"},
		{"{\"a\":1,\"a\":2}", "duplicate"},
		{"{\"a\":[{\"b\":1,\"b\":1}]}", "duplicate"},
		{"{} x", "not valid JSON"},
		{"{}{}", "not valid JSON"},
		{"{\"a\":", "not valid JSON"},
		{"{\"a", "not valid JSON"},
		{"{\"a\\", "not valid JSON"},
		{"{'a':1}", "not valid JSON"},
		{"{\"a\":NaN}", "not valid JSON"},
		{"{\"a\":\"\\u0000\"}", "not valid JSON"},
		{"{\"a\":\"\xff\"}", "not valid JSON"},
		{"{\"a\":\"\xed\xa0\x80\"}", "not valid JSON"},
		{"{\"a\":[[[]]]}", "nested over 3"},
		{"{\"a\":{\"b\":{\"c\":{", "nested over 3"},
		{"{\"a\":[1,2,3,4,5,6,7,8]}", "more than 8 values"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++)
		assert_refused(rows[i].text, strlen(rows[i].text), rows[i].reason);
	assert_refused("{}\0", 3, "not valid JSON");
	assert_refused("{\"a\":\"x\0y\"}", 11, "not valid JSON");
}

/* A parser that takes it apart first would pay for each byte with a value. */
static void hostile_size_is_cheap_to_refuse(void **state)
{
	_cleanup_free_ char *text = malloc(1 << 24);

	(void)state;
	memset(text, '[', 1 << 24);
	assert_refused(text, 1 << 24, "nested over 3");
	memset(text, ',', 1 << 24);
	assert_refused(text, 1 << 24, "more than 8 values");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_read),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(hostile_size_is_cheap_to_refuse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
