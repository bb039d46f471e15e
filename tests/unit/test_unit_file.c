/* SPDX-License-Identifier: Apache-2.0 */
#include "check/unit_file.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void parse(struct unit_file *unit, const char *text)
{
	assert_int_equal(unit_file_parse(unit, text, strlen(text)), 0);
}

static void expect_list(const struct unit_file *unit, const char *section, const char *key,
			const char *joined)
{
	_cleanup_buffer_ struct buffer found = {};
	const char *value;
	size_t at = 0;

	assert_int_equal(buffer_append_text(&found, ""), 0);
	while ((value = unit_file_next(unit, section, key, &at)))
		assert_int_equal(buffer_printf(&found, "%s|", value), 0);
	assert_string_equal(found.data, joined);
}

/* As in systemd.syntax(7): blanks, comments, continuations, and what is left out. */
static void test_syntax(void **state)
{
	_cleanup_unit_file_ struct unit_file unit = {};

	(void)state;
	parse(&unit, "\xEF\xBB\xBF"
		     "before = 1\n"
		     "[Unit]\n"
		     "  Description \t= a  b \n"
		     "# ExecStart=/comment\n"
		     " ; ExecStart=/comment\n"
		     "no assignment\n"
		     "[Service]\r\n"
		     "ExecStart=/bin/a \\\n"
		     "   one\\\n"
		     "# in between\n"
		     "; too\n"
		     "   two\n"
		     "ExecStop=/bin/b \\\\\n"
		     "ExecReload=/bin/c\n"
		     "[X-Other]\n"
		     "ExecStart=/bin/other\n"
		     "[Broken\n"
		     "[Install]\n"
		     "WantedBy=a.target b.target\n"
		     "Alias=end\\");
	assert_string_equal(unit_file_get(&unit, "Unit", "Description"), "a  b");
	assert_string_equal(unit_file_get(&unit, "Service", "ExecStart"), "/bin/a  one two");
	assert_string_equal(unit_file_get(&unit, "Service", "ExecStop"), "/bin/b \\\\");
	assert_string_equal(unit_file_get(&unit, "Service", "ExecReload"), "/bin/c");
	assert_string_equal(unit_file_get(&unit, "Install", "Alias"), "end");
	assert_null(unit_file_get(&unit, "Unit", "before"));
	assert_int_equal(unit.count, 6);
	assert_false(unit.limited);
}

/* An empty assignment takes back those before it, also from a drop-in; the last one counts. */
static void test_lists(void **state)
{
	_cleanup_unit_file_ struct unit_file unit = {};

	(void)state;
	parse(&unit, "[Service]\nExecStart=/bin/a\nExecStart=/bin/b\nUser=x\n");
	expect_list(&unit, "Service", "ExecStart", "/bin/a|/bin/b|");
	parse(&unit, "[Service]\nExecStart=\nExecStart=/bin/c\nUser=y\n[Unit]\nExecStart=/no\n");
	expect_list(&unit, "Service", "ExecStart", "/bin/c|");
	assert_string_equal(unit_file_get(&unit, "Service", "User"), "y");
	parse(&unit, "[Service]\nUser=\nExecStart=");
	assert_null(unit_file_get(&unit, "Service", "User"));
	expect_list(&unit, "Service", "ExecStart", "");
	expect_list(&unit, "Service", "Nothing", "");
}

static void test_words(void **state)
{
	(void)state;
	assert_true(unit_value_has_word("a.target  b.target", "b.target"));
	assert_true(unit_value_has_word(" a.target", "a.target"));
	assert_false(unit_value_has_word("a.target.wants", "a.target"));
	assert_false(unit_value_has_word("", "a"));
}

static void test_specifiers(void **state)
{
	static const struct {
		const char *text, *name, *expected;
	} rows[] = {
		{"%n %N", "a-b@c-d.service", "a-b@c-d.service a-b@c-d"},
		{"%p %P", "a-b@c-d.service", "a-b a/b"},
		{"%i %I", "a-b@c-d.service", "c-d c/d"},
		{"%I", "x@dev-sd\\x2da.service", "dev/sd-a"},
		{"%I", "x@\\x00\\xzz\\x4.service", "\\x00\\xzz\\x4"},
		{"%j %J", "foo-bar-b\\x2dz.service", "b\\x2dz b-z"},
		{"%i|%p", "plain.service", "|plain"},
		{"%t %S %C %L %E %T %V", "a.service",
		 "/run /var/lib /var/cache /var/log /etc /tmp /var/tmp"},
		{"100%% %h %u %", "a.service", "100% %h %u %"},
		{"%n%N", "nodot", "nodotnodot"},
		{"", "a.service", ""},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *expanded = unit_expand(rows[i].text, rows[i].name);

		assert_string_equal(expanded, rows[i].expected);
	}
}

static void test_templates(void **state)
{
	static const struct {
		const char *name, *template;
	} rows[] = {
		{"getty@tty1.service", "getty@.service"},
		{"a@b@c.service", "a@.service"},
		{"getty@.service", NULL},
		{"plain.service", NULL},
		{"odd@name", NULL},
		{"od.d@name", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *template = unit_name_template(rows[i].name);

		if (rows[i].template)
			assert_string_equal(template, rows[i].template);
		else
			assert_null(template);
	}
}

/* A unit made to be endless costs what the limits allow, and says so. */
static void test_limits(void **state)
{
	_cleanup_unit_file_ struct unit_file lines = {}, settings = {}, joined = {};
	size_t size = 3 * UNIT_LINES_MAX;
	_cleanup_free_ char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', size);
	assert_int_equal(unit_file_parse(&lines, text, size), 0);
	assert_true(lines.limited);
	memcpy(text, "[Unit]\n", 7);
	for (size_t i = 7; i + 4 <= size; i += 4)
		memcpy(text + i, "a=b\n", 4);
	assert_int_equal(unit_file_parse(&settings, text, size), 0);
	assert_true(settings.limited);
	assert_int_equal(settings.count, UNIT_SETTINGS_MAX);
	for (size_t i = 7; i + 2 <= size; i += 2)
		memcpy(text + i, "\\\n", 2);
	memcpy(text + 7, "a=", 2);
	assert_int_equal(unit_file_parse(&joined, text, size), 0);
	assert_true(joined.limited);
	assert_int_equal(joined.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),	  cmocka_unit_test(test_lists),
		cmocka_unit_test(test_words),	  cmocka_unit_test(test_specifiers),
		cmocka_unit_test(test_templates), cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
