/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void hex_goes_both_ways(void **state)
{
	const uint8_t bytes[] = {0x00, 0x7f, 0xab, 0xff};
	uint8_t back[4];
	char text[9];

	(void)state;
	hex_encode(bytes, sizeof(bytes), text);
	assert_string_equal(text, "007fabff");
	assert_int_equal(hex_decode(text, 8, back, 4), 0);
	assert_memory_equal(back, bytes, 4);
}

static void hex_refuses(void **state)
{
	static const char *const bad[] = {"",	  "0",	  "00",	  "000", "00000",
					  "000G", "00AB", "0x00", "00 0"};
	uint8_t bytes[2] = {7, 7};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		assert_int_equal(hex_decode(bad[i], strlen(bad[i]), bytes, 2), -EINVAL);
	assert_int_equal(bytes[0], 7);
	assert_int_equal(bytes[1], 7);
}

static void utf8_well_formed(void **state)
{
	static const char *const good[] = {
		"",
		"plain",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(good); i++)
		assert_true(utf8_is_valid(good[i], strlen(good[i])));
}

static void utf8_malformed(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",	    /* overlong NUL */
		"\xc1\xbf",	    /* overlong */
		"\xe0\x9f\xbf",	    /* overlong */
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",	    /* surrogate */
		"\xed\xbf\xbf",	    /* surrogate */
		"\xf4\x90\x80\x80", /* beyond U+10FFFF */
		"\xf8\x88\x80\x80\x80",
		"\xff",
		"\xc2",
		"\xe2\x82",
		"\xe2\x28\xa1",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
	assert_false(utf8_is_valid("a\0b", 3));
}

static void assert_escaped(const char *text, size_t length, const char *expected)
{
	_cleanup_free_ char *shown = text_escape(text, length);

	assert_non_null(shown);
	assert_string_equal(shown, expected);
}

static void escape_for_people(void **state)
{
	(void)state;
	assert_escaped("", 0, "");
	assert_escaped("caf\xc3\xa9 \\ ok", 10, "caf\xc3\xa9 \\ ok");
	assert_escaped("a\nb\tc\033[0m", 9, "a\\012b\\011c\\033[0m");
	assert_escaped("\0\x7f", 2, "\\000\\177");
	assert_escaped("\xc2\x9b", 2, "\\302\\233");
	assert_escaped("\xff"
		       "a",
		       2, "\\377a");
	assert_escaped("\xe2\x80\xae", 3, "\\342\\200\\256"); /* right-to-left override */
	assert_escaped("\xe2\x81\xa6", 3, "\\342\\201\\246"); /* left-to-right isolate */
	assert_escaped("\xd8\x9c", 2, "\\330\\234");	      /* Arabic letter mark */
	assert_escaped("\xe2\x82\xac", 3, "\xe2\x82\xac");
	assert_escaped("\xe2\x82", 2, "\\342\\202");
}

static void utf8_for_json(void **state)
{
	_cleanup_free_ char *kept = text_to_utf8("a\n\xe2\x80\xae", 5);
	_cleanup_free_ char *mended = text_to_utf8("a\xff\0z", 4);

	(void)state;
	assert_string_equal(kept, "a\n\xe2\x80\xae");
	assert_string_equal(mended, "a\\377\\000z");
	assert_true(utf8_is_valid(mended, strlen(mended)));
}

static void time_goes_both_ways(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00Z"},
		{951782400, "2000-02-29T00:00:00Z"},
		{1795465140, "2026-11-23T20:19:00Z"},
		{253402300799, "9999-12-31T23:59:59Z"},
	};
	char text[21];
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		assert_int_equal(time_format(rows[i].seconds, text), 0);
		assert_string_equal(text, rows[i].text);
		assert_int_equal(time_parse(rows[i].text, &seconds), 0);
		assert_int_equal(seconds, rows[i].seconds);
	}
}

static void time_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"2026-11-23",
		"2026-11-23T20:19:00",
		"2026-11-23T20:19:00z",
		"2026-11-23 20:19:00Z",
		"2026-11-23T20:19:00+00:00",
		"2026-11-23T20:19:00.0Z",
		"2026-11-23T20:19:00Z ",
		" 026-11-23T20:19:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-02-30T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2026-11-23T24:00:00Z",
		"2026-11-23T20:60:00Z",
		"2026-12-31T23:59:60Z",
		"1969-12-31T23:59:59Z",
		"+026-11-23T20:19:00Z",
	};
	char text[21];
	int64_t seconds = 5;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		assert_int_equal(time_parse(bad[i], &seconds), -EINVAL);
	assert_int_equal(seconds, 5);
	assert_int_equal(time_format(-1, text), -ERANGE);
	assert_int_equal(time_format(253402300800, text), -ERANGE);
	assert_int_equal(time_format(INT64_MAX, text), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hex_goes_both_ways),  cmocka_unit_test(hex_refuses),
		cmocka_unit_test(utf8_well_formed),    cmocka_unit_test(utf8_malformed),
		cmocka_unit_test(escape_for_people),   cmocka_unit_test(utf8_for_json),
		cmocka_unit_test(time_goes_both_ways), cmocka_unit_test(time_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
