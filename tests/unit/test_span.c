/* SPDX-License-Identifier: Apache-2.0 */
#include "check/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void cuts_lines(void **state)
{
	struct span rest = span_of("one\r\n\nthree"), line;

	(void)state;
	assert_true(span_line(&rest, &line) && span_is(line, "one"));
	assert_true(span_line(&rest, &line) && span_is(line, ""));
	assert_true(span_line(&rest, &line) && span_is(line, "three"));
	assert_false(span_line(&rest, &line));
}

static void cuts_fields(void **state)
{
	struct span rest = span_of("a::"), field;

	(void)state;
	assert_true(span_field(&rest, ':', &field) && span_is(field, "a"));
	assert_true(span_field(&rest, ':', &field) && span_is(field, ""));
	assert_true(span_field(&rest, ':', &field) && span_is(field, ""));
	assert_false(span_field(&rest, ':', &field));
}

static void cuts_words(void **state)
{
	struct span rest = span_of(" a\t\"b c\" d\"e f\"g \"open"), word;

	(void)state;
	assert_true(span_quoted(&rest, &word) && span_is(word, "a"));
	assert_true(span_quoted(&rest, &word) && span_is(word, "b c"));
	assert_true(span_quoted(&rest, &word) && span_is(word, "d\"e f\"g"));
	assert_true(span_quoted(&rest, &word) && span_is(word, "\"open"));
	assert_false(span_quoted(&rest, &word));
	rest = span_of("\t x  y ");
	assert_true(span_word(&rest, &word) && span_is(word, "x"));
	assert_true(span_word(&rest, &word) && span_is(word, "y"));
	assert_false(span_word(&rest, &word));
}

static void reads_numbers(void **state)
{
	static const char *const none[] = {"",	 "-1",	       "+1",	     "0x1",
					   "1 ", "4294967296", "99999999999"};
	uint32_t number;

	(void)state;
	assert_true(span_number(span_of("4294967295"), &number));
	assert_int_equal(number, UINT32_MAX);
	assert_true(span_number(span_of("007"), &number));
	assert_int_equal(number, 7);
	for (size_t i = 0; i < ELEMENTS(none); i++)
		assert_false(span_number(span_of(none[i]), &number));
}

static void looks_for_text(void **state)
{
	(void)state;
	assert_true(span_has_nocase(span_of("xLD_preload"), "ld_PRELOAD"));
	assert_false(span_has_nocase(span_of("ld_"), "ld_p"));
	assert_true(span_starts(span_of("abc"), "ab"));
	assert_false(span_starts(span_of("a"), "ab"));
	assert_true(span_ends(span_of("abc"), "bc"));
	assert_false(span_ends(span_of("c"), "bc"));
	assert_true(span_is(span_trim(span_of(" \t ")), ""));
	assert_true(span_is(span_after(span_of("abc"), 9), ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_lines),	  cmocka_unit_test(cuts_fields),
		cmocka_unit_test(cuts_words),	  cmocka_unit_test(reads_numbers),
		cmocka_unit_test(looks_for_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
