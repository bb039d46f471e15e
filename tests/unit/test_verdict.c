/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void zero_is_not_a_pass(void **state)
{
	(void)state;
	assert_int_equal(VERDICT_NONE, 0);
	assert_string_equal(verdict_to_string((enum verdict)0), "none");
}

static void verdicts_go_both_ways(void **state)
{
	static const char *const names[] = {"none", "pass", "warn", "fail"};

	(void)state;
	for (int i = 0; i < _VERDICT_MAX; i++) {
		assert_string_equal(verdict_to_string((enum verdict)i), names[i]);
		assert_int_equal(verdict_from_string(names[i]), i);
	}
}

static void verdicts_refuse(void **state)
{
	(void)state;
	assert_int_equal(verdict_from_string(NULL), _VERDICT_INVALID);
	assert_int_equal(verdict_from_string(""), _VERDICT_INVALID);
	assert_int_equal(verdict_from_string("PASS"), _VERDICT_INVALID);
	assert_int_equal(verdict_from_string("pass "), _VERDICT_INVALID);
	assert_null(verdict_to_string(_VERDICT_MAX));
	assert_null(verdict_to_string(_VERDICT_INVALID));
}

static void worst_is_the_graver(void **state)
{
	static const struct {
		enum verdict a, b, worst;
	} table[] = {
		{VERDICT_NONE, VERDICT_NONE, VERDICT_NONE},
		{VERDICT_NONE, VERDICT_PASS, VERDICT_PASS},
		{VERDICT_NONE, VERDICT_FAIL, VERDICT_FAIL},
		{VERDICT_PASS, VERDICT_PASS, VERDICT_PASS},
		{VERDICT_PASS, VERDICT_WARN, VERDICT_WARN},
		{VERDICT_WARN, VERDICT_FAIL, VERDICT_FAIL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(verdict_worst(table[i].a, table[i].b), table[i].worst);
		assert_int_equal(verdict_worst(table[i].b, table[i].a), table[i].worst);
	}
}

static void severities_go_both_ways(void **state)
{
	static const char *const names[] = {"info", "low", "medium", "high", "critical"};

	(void)state;
	for (int i = 0; i < _SEVERITY_MAX; i++) {
		assert_string_equal(severity_to_string((enum severity)i), names[i]);
		assert_int_equal(severity_from_string(names[i]), i);
	}
	assert_int_equal(severity_from_string(NULL), _SEVERITY_INVALID);
	assert_int_equal(severity_from_string("High"), _SEVERITY_INVALID);
	assert_null(severity_to_string(_SEVERITY_MAX));
	assert_null(severity_to_string(_SEVERITY_INVALID));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_is_not_a_pass),	   cmocka_unit_test(verdicts_go_both_ways),
		cmocka_unit_test(verdicts_refuse),	   cmocka_unit_test(worst_is_the_graver),
		cmocka_unit_test(severities_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
