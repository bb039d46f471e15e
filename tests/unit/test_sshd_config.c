/* SPDX-License-Identifier: Apache-2.0 */
#include "check/ssh_files.h"
#include "check/sshd_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void parses_each_spelling(void **state)
{
	static const struct {
		const char *line, *keyword, *first;
	} lines[] = {
		{"PermitRootLogin yes", "PermitRootLogin", "yes"},
		{"  permitrootlogin=yes # why", "permitrootlogin", "yes"},
		{"Port\t=\t22", "Port", "22"},
		{"\"Port\" \"2222\"", "Port", "2222"},
		{"Banner \"/etc/my banner\"", "Banner", "/etc/my banner"},
		{"Match all", "Match", "all"},
		{"UsePAM", "UsePAM", ""},
	};
	struct ssh_directive directive;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		if (!ssh_directive_parse(span_of(lines[i].line), &directive))
			fail_msg("not parsed: %s", lines[i].line);
		assert_true(span_is(directive.keyword, lines[i].keyword));
		assert_true(span_is(directive.first, lines[i].first));
	}
	assert_false(ssh_directive_parse(span_of(""), &directive));
	assert_false(ssh_directive_parse(span_of(" # Port 1"), &directive));
	assert_false(ssh_directive_parse(span_of("=x"), &directive));
	assert_false(ssh_directive_parse(span_of("\""), &directive));
}

static void takes_arguments(void **state)
{
	struct span arguments = span_of("a \"b c\" # rest"), word;

	(void)state;
	assert_true(ssh_argument_next(&arguments, &word) && span_is(word, "a"));
	assert_true(ssh_argument_next(&arguments, &word) && span_is(word, "b c"));
	assert_false(ssh_argument_next(&arguments, &word));
}

static void finds_key_files(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} patterns[] = {
		{"/etc/ssh/keys/%u", "/etc/ssh/keys/root", true},
		{"/etc/ssh/keys/%u", "/etc/ssh/keys/root/x", false},
		{"/etc/100%%/%u.pub", "/etc/100%/a.pub", true},
		{"%h/.k/keys", "/home/a/.k/keys", true},
		{".k/keys", "/srv/deep/home/.k/keys", true},
		{".k/keys", "/srv/k/keys", false},
		{"/etc/k*y", "/etc/key", false},
		{"/etc/k*y", "/etc/k*y", true},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(patterns); i++) {
		_cleanup_free_ char *glob = ssh_keys_glob(span_of(patterns[i].pattern));

		assert_non_null(glob);
		if (glob_match(glob, patterns[i].path) != patterns[i].matches)
			fail_msg("%s means %s: %s", patterns[i].pattern, glob, patterns[i].path);
	}
	assert_true(ssh_keys_is_default(span_of("%h/.ssh/authorized_keys2")));
	assert_true(ssh_keys_is_default(span_of(".ssh/authorized_keys")));
	assert_false(ssh_keys_is_default(span_of("/.ssh/authorized_keys")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_each_spelling),
		cmocka_unit_test(takes_arguments),
		cmocka_unit_test(finds_key_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
