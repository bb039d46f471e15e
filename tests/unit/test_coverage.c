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

	assert_int_equal(coverage_add_mount(&coverage, "/boot/efi"), 0);
	assert_int_equal(coverage_add_mount(&coverage, "/boot/efi"), 0);
	assert_false(coverage_is_partial(&coverage));
	coverage.mode = COVERAGE_RECHECK;
	coverage.tier = COVERAGE_CRITICAL;
	coverage.hashed = 3;
	coverage.reused = 5;
	coverage.unexamined = 2;
	assert_true(coverage_is_partial(&coverage));

	object = coverage_to_json(&coverage);
	assert_non_null(object);
	text = json_dumps(object, JSON_COMPACT);
	assert_string_equal(text, "{\"entries\":34512,\"bytes\":9223372036854775807,"
				  "\"ignored\":[\"/var/cache\",\"/\\\\377\"],\"unreadable\":1,"
				  "\"checks\":{\"services\":\"ran\"},"
				  "\"mode\":\"recheck\",\"tier\":\"critical\",\"hashed\":3,"
				  "\"linked\":0,\"reused\":5,\"unexamined\":2,\"vouched\":{},"
				  "\"mounts\":[\"/boot/efi\"]}");

	assert_int_equal(coverage_from_json(object, &back, NULL), 0);
	assert_int_equal(back.entries, 34512);
	assert_int_equal(back.unreadable, 1);
	assert_true(json_equal(back.ignored, coverage.ignored));
	assert_true(json_equal(back.checks, coverage.checks));
	assert_int_equal(back.mode, COVERAGE_RECHECK);
	assert_int_equal(back.tier, COVERAGE_CRITICAL);
	assert_int_equal(back.unexamined, 2);
	assert_true(json_equal(back.mounts, coverage.mounts));
}

/* What evidence of the first agents had. */
static void old_members_are_enough(void **state)
{
	_cleanup_json_ json_t *object = json_loads(
		"{\"entries\":1,\"bytes\":2,\"ignored\":[],\"unreadable\":0,\"checks\":{}}", 0,
		NULL);
	_cleanup_json_ json_t *same = NULL, *more = NULL;
	_cleanup_coverage_ struct coverage coverage = {0};

	(void)state;
	assert_non_null(object);
	assert_int_equal(coverage_from_json(object, &coverage, NULL), 0);
	assert_int_equal(coverage.mode, 0);
	assert_null(coverage.mounts);
	assert_false(coverage_is_partial(&coverage));

	same = coverage_to_json(&coverage);
	assert_true(json_equal(same, object));
	coverage.unexamined = 1;
	more = coverage_to_json(&coverage);
	assert_int_equal(json_integer_value(json_object_get(more, "unexamined")), 1);
}

static void tier_goes_both_ways(void **state)
{
	(void)state;
	assert_int_equal(coverage_tier_from_string("critical"), COVERAGE_CRITICAL);
	assert_int_equal(coverage_tier_from_string("most"), _COVERAGE_TIER_INVALID);
	assert_string_equal(coverage_tier_to_string(COVERAGE_ALL), "all");
	assert_null(coverage_tier_to_string(0));
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
	{"{\"entries\":1,\"bytes\":0,\"ignored\":[],\"unreadable\":0,\"checks\":{},\"mode\":\"x\"}",
	 "\"mode\": expected one of full, recheck"},
	{"{\"entries\":1,\"bytes\":0,\"ignored\":[],\"unreadable\":0,\"checks\":{},\"tier\":3}",
	 "\"tier\": expected one of all, critical"},
	{"{\"entries\":1,\"bytes\":0,\"ignored\":[],\"unreadable\":0,\"checks\":{},\"early\":3}",
	 "\"early\": expected an object"},
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
		cmocka_unit_test(old_members_are_enough),
		cmocka_unit_test(tier_goes_both_ways),
		cmocka_unit_test(json_is_a_copy),
		cmocka_unit_test(uninitialised_is_not_written),
		cmocka_unit_test(json_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
