/* SPDX-License-Identifier: Apache-2.0 */
#include "coverage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void json_goes_both_ways(void **state)
{
	_cleanup_coverage_ struct coverage coverage = {0}, back = {0};
	_cleanup_json_ json_t *object = NULL;
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(coverage_init(&coverage), 0);
	coverage.entries = 34512;
	coverage.bytes = INT64_MAX;
	coverage.unreadable = 1;
	assert_int_equal(coverage_add_ignored(&coverage, "/var/cache"), 0);
	assert_int_equal(coverage_add_ignored(&coverage, "/\377"), 0);
	assert_int_equal(coverage_add_ignored(&coverage, "/var/cache"), 0);
	assert_int_equal(coverage_set_check(&coverage, "services", "failed: no bus"), 0);
	assert_int_equal(coverage_set_check(&coverage, "services", "ran"), 0);

	object = coverage_to_json(&coverage);
	assert_non_null(object);
	text = json_dumps(object, JSON_COMPACT);
	assert_string_equal(text, "{\"entries\":34512,\"bytes\":9223372036854775807,"
				  "\"ignored\":[\"/var/cache\",\"/\\\\377\"],\"unreadable\":1,"
				  "\"checks\":{\"services\":\"ran\"}}");

	assert_int_equal(coverage_from_json(object, &back, NULL), 0);
	assert_int_equal(back.entries, 34512);
	assert_int_equal(back.unreadable, 1);
	assert_true(json_equal(back.ignored, coverage.ignored));
	assert_true(json_equal(back.checks, coverage.checks));
}

/* What was handed out does not change with what is noted later. */
static void json_is_a_copy(void **state)
{
	_cleanup_coverage_ struct coverage coverage = {0};
	_cleanup_json_ json_t *object = NULL;

	(void)state;
	assert_int_equal(coverage_init(&coverage), 0);
	object = coverage_to_json(&coverage);
	assert_int_equal(coverage_add_ignored(&coverage, "/proc"), 0);
	assert_int_equal(json_array_size(json_object_get(object, "ignored")), 0);
}

static void uninitialised_is_not_written(void **state)
{
	struct coverage coverage = {0};

	(void)state;
	assert_null(coverage_to_json(&coverage));
}

static const struct {
	const char *json;
	const char *reason;
} refused[] = {
	{"[]", "coverage: expected an object"},
	{"{}", "\"entries\" is missing"},
	{"{\"entries\":-1,\"bytes\":0,\"ignored\":[],\"unreadable\":0,\"checks\":{}}",
	 "\"entries\": expected an integer"},
	{"{\"entries\":1.0,\"bytes\":0,\"ignored\":[],\"unreadable\":0,\"checks\":{}}",
	 "\"entries\": expected an integer"},
	{"{\"entries\":1,\"bytes\":\"0\",\"ignored\":[],\"unreadable\":0,\"checks\":{}}",
	 "\"bytes\": expected an integer"},
	{"{\"entries\":1,\"bytes\":0,\"ignored\":{},\"unreadable\":0,\"checks\":{}}",
	 "\"ignored\": expected an array"},
	{"{\"entries\":1,\"bytes\":0,\"ignored\":[1],\"unreadable\":0,\"checks\":{}}",
	 "\"ignored\": item 0"},
	{"{\"entries\":1,\"bytes\":0,\"ignored\":[],\"unreadable\":0,\"checks\":[]}",
	 "\"checks\": expected an object"},
	{"{\"entries\":1,\"bytes\":0,\"ignored\":[],\"unreadable\":0,\"checks\":{\"a\":true}}",
	 "state must be a string"},
	{"{\"entries\":1,\"bytes\":0,\"ignored\":[],\"unreadable\":0,\"checks\":{},\"x\":0}",
	 "unknown member \"x\""},
};

static void json_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(refused); i++) {
		_cleanup_json_ json_t *object = json_loads(refused[i].json, 0, NULL);
		_cleanup_coverage_ struct coverage coverage = {.entries = 77};
		_cleanup_error_ struct error error = {0};

		assert_non_null(object);
		assert_int_equal(coverage_from_json(object, &coverage, &error), -EBADMSG);
		assert_int_equal(coverage.entries, 77);
		if (!strstr(error_text(&error, -EBADMSG), refused[i].reason))
			fail_msg("\"%s\" does not say \"%s\"", error_text(&error, -EBADMSG),
				 refused[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_goes_both_ways),
		cmocka_unit_test(json_is_a_copy),
		cmocka_unit_test(uninitialised_is_not_written),
		cmocka_unit_test(json_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
