/* SPDX-License-Identifier: Apache-2.0 */
#include "check/sudoers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void parse_one(const char *text, struct sudoers_reader *reader, struct sudoers_line *ret)
{
	assert_int_equal(sudoers_open(text, strlen(text), reader), 0);
	assert_true(sudoers_next(reader, ret));
}

static void tells_kinds_apart(void **state)
{
	static const struct {
		const char *text;
		enum sudoers_kind kind;
		const char *what; /* path, settings, or who */
	} lines[] = {
		{"# a comment", SUDOERS_NOTHING, ""},
		{"#", SUDOERS_NOTHING, ""},
		{"#1000 ALL=ALL", SUDOERS_RULE, "#1000"},
		{"#include /etc/x", SUDOERS_INCLUDE, "/etc/x"},
		{"#includedir /etc/d # why", SUDOERS_INCLUDEDIR, "/etc/d"},
		{"@include \"/a b\"", SUDOERS_INCLUDE, "/a b"},
		{"@includedir\t/etc/sudoers.d", SUDOERS_INCLUDEDIR, "/etc/sudoers.d"},
		{"Defaults env_reset", SUDOERS_DEFAULTS, "env_reset"},
		{"Defaults:bob !authenticate", SUDOERS_DEFAULTS, "!authenticate"},
		{"Cmnd_Alias X = /bin/sh", SUDOERS_NOTHING, ""},
		{"User_Alias ADMINS = a, b", SUDOERS_NOTHING, ""},
		{"%sudo ALL=(ALL:ALL) ALL", SUDOERS_RULE, "%sudo"},
		{"a, b ALL=ALL", SUDOERS_RULE, "a, b"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		_cleanup_sudoers_ struct sudoers_reader reader = {};
		struct sudoers_line line;
		struct span what;

		parse_one(lines[i].text, &reader, &line);
		what = line.kind == SUDOERS_RULE       ? line.who
		       : line.kind == SUDOERS_DEFAULTS ? line.settings
						       : line.path;
		if (line.kind != lines[i].kind)
			fail_msg("%s: kind %d", lines[i].text, line.kind);
		if (line.kind != SUDOERS_NOTHING && !span_is(what, lines[i].what))
			fail_msg("%s: \"%.*s\"", lines[i].text, SPAN_ARGS(what));
	}
}

static void joins_lines(void **state)
{
	_cleanup_sudoers_ struct sudoers_reader reader = {};
	struct sudoers_line line;

	(void)state;
	parse_one("bob ALL=(ALL) \\\n  NOPASSWD: \\\n ALL\nlast ALL=ALL\\", &reader, &line);
	assert_int_equal(line.number, 1);
	assert_true(sudoers_has_tag(line.what, "NOPASSWD") && sudoers_allows_all(line.what));
	assert_true(sudoers_next(&reader, &line));
	assert_int_equal(line.number, 4);
	assert_true(span_is(line.who, "last"));
	assert_false(sudoers_next(&reader, &line));
}

static void understands_rights(void **state)
{
	static const struct {
		const char *what;
		bool nopasswd, all;
	} rights[] = {
		{"(ALL) NOPASSWD: ALL", true, true},
		{"(ALL)NOPASSWD:ALL", true, true},
		{"(ALL) NOPASSWD:SETENV: /bin/sh", true, false},
		{"(ALL:ALL) ALL", false, true},
		{"(ALL) /bin/ls", false, false},
		{"(ALL) PASSWD: ALL", false, true},
		{"/bin/ls, ALL", false, true},
		{"/bin/XNOPASSWD:x", false, false},
		{"ALL", false, true},
		{"SMALL", false, false},
		{"", false, false},
		{"(((", false, false},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rights); i++) {
		struct span what = span_of(rights[i].what);

		if (sudoers_has_tag(what, "NOPASSWD") != rights[i].nopasswd ||
		    sudoers_allows_all(what) != rights[i].all)
			fail_msg("misunderstood: %s", rights[i].what);
	}
}

static void takes_settings(void **state)
{
	struct span rest = span_of("env_reset, secure_path=\"/a:/b,c\" , env_keep += \"A B\",!x,"),
		    name, value;

	(void)state;
	assert_true(sudoers_setting_next(&rest, &name, &value) && span_is(name, "env_reset"));
	assert_int_equal(value.size, 0);
	assert_true(sudoers_setting_next(&rest, &name, &value) && span_is(name, "secure_path"));
	assert_true(span_is(value, "/a:/b,c"));
	assert_true(sudoers_setting_next(&rest, &name, &value) && span_is(name, "env_keep"));
	assert_true(span_is(value, "A B"));
	assert_true(sudoers_setting_next(&rest, &name, &value) && span_is(name, "!x"));
	assert_false(sudoers_setting_next(&rest, &name, &value));
}

static void understands_doas(void **state)
{
	bool nopass;

	(void)state;
	assert_true(doas_permits(span_of("permit nopass keepenv bob as root"), &nopass) && nopass);
	assert_true(doas_permits(span_of("permit :wheel # nopass"), &nopass) && !nopass);
	assert_false(doas_permits(span_of("deny nopass bob"), &nopass));
	assert_false(doas_permits(span_of("# permit nopass bob"), &nopass));
	assert_false(doas_permits(span_of(""), &nopass));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_kinds_apart),  cmocka_unit_test(joins_lines),
		cmocka_unit_test(understands_rights), cmocka_unit_test(takes_settings),
		cmocka_unit_test(understands_doas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
