/* SPDX-License-Identifier: Apache-2.0 */
#include "check/authorized_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BLOB "AAAAC3NzaC1lZDI1NTE5AAAAIA6tNJIwrYvz5LcUl2E52bTrjcz7XCv1/NnJOnghb0cE"

static void parses_lines(void **state)
{
	struct key_line key;

	(void)state;
	assert_true(key_line_parse(span_of("ssh-ed25519 " BLOB " me@here and there"), &key));
	assert_true(span_is(key.type, "ssh-ed25519") && span_is(key.key, BLOB));
	assert_true(span_is(key.comment, "me@here and there") && key.options.size == 0);
	assert_true(key_line_parse(
		span_of("  command=\"echo \\\"a b\\\"; # x\",no-pty ssh-rsa AAAA"), &key));
	assert_true(span_is(key.options, "command=\"echo \\\"a b\\\"; # x\",no-pty"));
	assert_true(span_is(key.type, "ssh-rsa") && key.comment.size == 0);
	assert_true(
		key_line_parse(span_of("cert-authority sk-ssh-ed25519@openssh.com AAAA c"), &key));
	assert_true(span_is(key.options, "cert-authority"));
}

static void leaves_out_the_rest(void **state)
{
	static const char *const none[] = {
		"",
		"   ",
		"# ssh-ed25519 AAAA",
		"ssh-ed25519",
		"hello world",
		"command=\"ssh-rsa AAAA",
		"1024 35 1234 rsa1@key",
		"options",
	};
	struct key_line key;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(none); i++)
		if (key_line_parse(span_of(none[i]), &key))
			fail_msg("taken for a key: %s", none[i]);
}

static void finds_options(void **state)
{
	struct span options =
			    span_of("no-pty,environment=\"A=b,c\",Command=\"x\\\" y\",from=\"*\""),
		    name, value;

	(void)state;
	assert_true(key_option_find(options, "command", &value) && span_is(value, "x\\\" y"));
	assert_true(key_option_find(options, "environment", &value) && span_is(value, "A=b,c"));
	assert_false(key_option_find(options, "c", NULL));
	assert_true(key_option_next(&options, &name, &value) && span_is(name, "no-pty"));
	assert_int_equal(value.size, 0);
	options = span_of("command=\"open");
	assert_true(key_option_find(options, "command", &value) && span_is(value, "open"));
	options = span_of(",,,");
	assert_false(key_option_next(&options, &name, &value));
}

/* The numbers are those of ssh-keygen -l. */
static void prints_fingerprints(void **state)
{
	char text[FINGERPRINT_SIZE];

	(void)state;
	assert_int_equal(key_fingerprint(span_of(BLOB), text), 0);
	assert_string_equal(text, "SHA256:RqKltV1sKC1CrRnSQMDFS2+HJA7J8CsF+DozmJpeggc");
	assert_int_equal(key_fingerprint(span_of("not base64!"), text), -EINVAL);
}

static void knows_the_disabled_copy(void **state)
{
	static const char before[] = "no-port-forwarding,command=\"echo 'Please login as the user "
				     "\\\"";
	static const char after[] =
		"\\\" rather than the user \\\"root\\\".';echo;sleep 10;exit 142\" "
		"ssh-ed25519 " BLOB;
	static const struct {
		const char *user;
		bool is_disabled;
	} users[] = {
		{"debian", true}, {"a.b_c-1", true}, {"x';/bin/sh;echo '", false}, {"a b", false}};
	struct key_line key;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(users); i++) {
		char line[512];

		(void)snprintf(line, sizeof(line), "%s%s%s", before, users[i].user, after);
		assert_true(key_line_parse(span_of(line), &key));
		assert_int_equal(key_line_is_disabled(&key), users[i].is_disabled);
	}
	assert_true(key_line_parse(span_of("command=\"sh\" ssh-ed25519 " BLOB), &key));
	assert_false(key_line_is_disabled(&key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_lines),
		cmocka_unit_test(leaves_out_the_rest),
		cmocka_unit_test(finds_options),
		cmocka_unit_test(prints_fingerprints),
		cmocka_unit_test(knows_the_disabled_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
