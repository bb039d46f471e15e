/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define PIN "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static int parse(const char *text, struct config **ret, struct error *error)
{
	assert_int_equal(config_new(ret), 0);
	return config_parse(*ret, text, strlen(text), "x.conf", error);
}

static void test_defaults(void **state _unused_)
{
	_cleanup_(config_free_p) struct config *config = NULL;

	assert_int_equal(config_new(&config), 0);
	assert_string_equal(config->state_directory, "/var/lib/goldseal");
	assert_string_equal(config->manifest, "/usr/lib/goldseal");
	assert_string_equal(config->anchors, "/etc/goldseal/trust.d");
	assert_null(config->url);
	assert_null(config->instance_id);
	assert_int_equal(config->timeout, 30);
	assert_int_equal(config->attempts, 6);
}

static void test_every_key(void **state _unused_)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {0};

	assert_int_equal(parse("# comment\n"
			       "; another\n"
			       "[agent]\n"
			       "state-directory = /s\n"
			       "manifest = /m\n"
			       "instance-id = i-0abc\n"
			       "\n"
			       "[trust]\n"
			       "anchors=/t\n"
			       "[collector]\n"
			       "url = https://collector.example:8443/base/\n"
			       "ca-file = /ca.pem\n"
			       "pin = " PIN "\n"
			       "proxy = http://proxy.example:3128\n"
			       "token-credential = goldseal.token\n"
			       "token-file = /token\n"
			       "timeout = 600\n"
			       "attempts = 20\n",
			       &config, &error),
			 0);
	assert_string_equal(config->state_directory, "/s");
	assert_string_equal(config->manifest, "/m");
	assert_string_equal(config->instance_id, "i-0abc");
	assert_string_equal(config->anchors, "/t");
	assert_string_equal(config->url, "https://collector.example:8443/base");
	assert_string_equal(config->ca_file, "/ca.pem");
	assert_string_equal(config->pin, PIN);
	assert_string_equal(config->proxy, "http://proxy.example:3128");
	assert_string_equal(config->token_credential, "goldseal.token");
	assert_string_equal(config->token_file, "/token");
	assert_int_equal(config->timeout, 600);
	assert_int_equal(config->attempts, 20);
}

static void test_accepted_values(void **state _unused_)
{
	static const char *const texts[] = {
		"",
		"[agent]\n",
		"[collector]\nurl = http://127.0.0.1:8080\n",
		"[collector]\nurl = http://localhost\n",
		"[collector]\nurl = http://[::1]:9/x\n",
		"[collector]\nurl = https://[2001:db8::1]:8443\n",
		"[collector]\nurl = https://192.0.2.7\n",
		"[collector]\nproxy = socks5h://[::1]:1080\n",
		"[collector]\npin = " PIN ";" PIN "\n",
		"[collector]\ntimeout = 1\nattempts = 1\n",
		"[agent]\ninstance-id = projects/p/zones/z:4@x+y-z_.\n",
		"[agent]\nmanifest = /with blank\n",
		"[agent]\r\nmanifest = /crlf\r\n",
	};

	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		_cleanup_(config_free_p) struct config *config = NULL;
		_cleanup_error_ struct error error = {0};
		int r = parse(texts[i], &config, &error);

		if (r != 0)
			fail_msg("%s: %s", texts[i], error_text(&error, r));
	}
}

/* Each rule: the text that breaks it, and what the reason must say. */
static const struct {
	const char *text;
	const char *reason;
} refused[] = {
	{"[agents]\n", "x.conf:1: unknown section \"agents\": expected one of agent, trust, "
		       "collector"},
	{"[agent]\nmanifest=/m\n[other]\nkey = 1\n", "x.conf:3: unknown section"},
	{"key = 1\n", "x.conf:1: unknown section"},
	{"[agent]\n\nstate_directory = /x\n", "x.conf:3: unknown key \"state_directory\": expected "
					      "one of state-directory, manifest, instance-id"},
	{"[trust]\nurl = https://c\n", "x.conf:2: unknown key"},
	{"[Agent]\n", "unknown section"},
	{"[agent]\nnonsense\n", "x.conf:2: expected [SECTION] or KEY = VALUE"},
	{"[agent\n", "x.conf:1: expected [SECTION]"},
	{"[agent]\nmanifest = /a\nmanifest = /b\n", "x.conf:3: repeated key \"manifest\""},
	{"[agent]\nmanifest = /a\n  /b\n", "x.conf:3: repeated key"},
	{"[agent]\nmanifest =\n", "x.conf:2: manifest \"\": expected an absolute path"},
	{"[agent]\nmanifest = relative\n", "expected an absolute path"},
	{"[agent]\nstate-directory = x\n", "expected an absolute path"},
	{"[agent]\ninstance-id = a b\n", "x.conf:2: instance-id \"a b\""},
	{"[agent]\ninstance-id = a\xc3\xa4\n", "instance-id"},
	{"[trust]\nanchors = trust.d\n", "expected an absolute path"},
	{"[collector]\nurl = http://collector.example\n", "expected https://"},
	{"[collector]\nurl = http://127.0.0.1.example.com\n", "expected https://"},
	{"[collector]\nurl = http://localhost.example.com/\n", "expected https://"},
	{"[collector]\nurl = http://10.0.0.1/\n", "expected https://"},
	{"[collector]\nurl = ftp://127.0.0.1/\n", "expected https://"},
	{"[collector]\nurl = collector.example\n", "expected https://"},
	{"[collector]\nurl = https://user:pass@collector.example\n", "expected https://"},
	{"[collector]\nurl = https://user@collector.example\n", "expected https://"},
	{"[collector]\nurl = https://c.example/?a=b\n", "expected https://"},
	{"[collector]\nurl = https://c.example/#f\n", "expected https://"},
	{"[collector]\nurl = https://\n", "expected https://"},
	{"[collector]\nca-file = ca.pem\n", "expected an absolute path"},
	{"[collector]\npin = sha1//AAAA\n", "expected sha256//"},
	{"[collector]\npin = sha256//AAAA\n", "expected sha256//"},
	{"[collector]\npin = " PIN ";\n", "expected sha256//"},
	{"[collector]\npin = " PIN "x\n", "expected sha256//"},
	{"[collector]\nproxy = http://u:p@proxy\n", "without a password"},
	{"[collector]\nproxy = ftp://proxy\n", "expected http"},
	{"[collector]\ntoken-credential = ../x\n", "systemd credential"},
	{"[collector]\ntoken-credential = a/b\n", "systemd credential"},
	{"[collector]\ntoken-credential = .hidden\n", "systemd credential"},
	{"[collector]\ntoken-file = token\n", "expected an absolute path"},
	{"[collector]\ntimeout = 0\n", "expected seconds, 1 to 600"},
	{"[collector]\ntimeout = 601\n", "expected seconds"},
	{"[collector]\ntimeout = -1\n", "expected seconds"},
	{"[collector]\ntimeout = 5s\n", "expected seconds"},
	{"[collector]\ntimeout = 4294967297\n", "expected seconds"},
	{"[collector]\nattempts = 0\n", "expected a number, 1 to 20"},
	{"[collector]\nattempts = 21\n", "expected a number"},
	{"[collector]\nattempts = 0x2\n", "expected a number"},
	{"[agent]\nmanifest = x\033[31m\n", "\\033[31m"},
};

static void test_refused(void **state _unused_)
{
	for (size_t i = 0; i < ELEMENTS(refused); i++) {
		_cleanup_(config_free_p) struct config *config = NULL;
		_cleanup_error_ struct error error = {0};

		assert_int_equal(parse(refused[i].text, &config, &error), -EINVAL);
		if (!strstr(error_text(&error, 0), refused[i].reason))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, error_text(&error, 0),
				 refused[i].reason);
	}
}

static void test_long_line(void **state _unused_)
{
	for (size_t size = 150; size < 260; size++) {
		_cleanup_(config_free_p) struct config *config = NULL;
		_cleanup_error_ struct error error = {0};
		char text[300] = "[agent]\nmanifest=/";
		size_t start = strlen("[agent]\n"), length;

		memset(text + strlen(text), 'x', size - strlen("manifest=/"));
		text[strlen(text)] = '\n';
		length = strlen(text) - start - 1;
		assert_int_equal(length, size);
		assert_int_equal(parse(text, &config, &error),
				 length <= CONFIG_LINE_MAX ? 0 : -EINVAL);
		if (length <= CONFIG_LINE_MAX)
			assert_int_equal(strlen(config->manifest), length - strlen("manifest="));
		else
			assert_non_null(
				strstr(error_text(&error, 0), "x.conf:2: line is too long"));
	}
}

static void test_nul(void **state _unused_)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {0};

	assert_int_equal(config_new(&config), 0);
	assert_int_equal(config_parse(config, "[agent]\0\n", 9, "x.conf", &error), -EINVAL);
}

static void test_drop_ins(void **state)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {0};
	_cleanup_free_ char *file = scratch_file(
		state, "g.conf", "[agent]\nmanifest = /main\n[collector]\ntimeout = 1\n", 0644);
	_cleanup_free_ char *directory = scratch_path(state, "g.conf.d");
	_cleanup_free_ char *files[4] = {NULL};

	assert_int_equal(mkdir(directory, 0755), 0);
	files[0] = scratch_file(state, "g.conf.d/9.conf", "[agent]\nmanifest = /nine\n", 0644);
	files[1] = scratch_file(state, "g.conf.d/10.conf",
				"[agent]\nmanifest = /ten\n[collector]\ntimeout = 2\n", 0644);
	files[2] = scratch_file(state, "g.conf.d/99.conf.bak", "nonsense\n", 0644);
	files[3] = scratch_file(state, "g.conf.d/.hidden.conf", "nonsense\n", 0644);
	assert_int_equal(config_load(file, &config, &error), 0);
	assert_string_equal(config->manifest, "/nine");
	assert_int_equal(config->timeout, 2);
	for (size_t i = 1; i < ELEMENTS(files); i++)
		free(files[i]);
	files[1] = files[2] = files[3] = NULL;
}

static void test_broken_drop_in_is_named(void **state)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {0};
	_cleanup_free_ char *file = scratch_file(state, "g.conf", "", 0644);
	_cleanup_free_ char *directory = scratch_path(state, "g.conf.d");
	_cleanup_free_ char *drop_in = NULL;

	assert_int_equal(mkdir(directory, 0755), 0);
	drop_in = scratch_file(state, "g.conf.d/a.conf", "\n[agent]\nx = 1\n", 0644);
	assert_int_equal(config_load(file, &config, &error), -EINVAL);
	assert_non_null(strstr(error_text(&error, 0), "g.conf.d/a.conf:3: unknown key"));
	assert_null(config);
}

static void test_explicit_missing(void **state)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {0};
	_cleanup_free_ char *file = scratch_path(state, "missing.conf");

	assert_int_equal(config_load(file, &config, &error), -ENOENT);
	assert_non_null(strstr(error_text(&error, 0), "missing.conf"));
}

static void test_keys_that_do_not_go_together(void **state)
{
	static const char *const texts[] = {
		"[collector]\ntoken-file = /t\ntoken-credential = t\n",
		"[collector]\nurl = http://127.0.0.1\npin = " PIN "\n",
		"[collector]\nurl = http://127.0.0.1\nca-file = /ca\n",
	};

	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		_cleanup_(config_free_p) struct config *config = NULL;
		_cleanup_error_ struct error error = {0};
		_cleanup_free_ char *file = scratch_file(state, "g.conf", texts[i], 0644);

		assert_int_equal(config_load(file, &config, &error), -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_accepted_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_nul),
		cmocka_unit_test_setup_teardown(test_drop_ins, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_broken_drop_in_is_named, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(test_explicit_missing, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(test_keys_that_do_not_go_together, scratch_setup,
						scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
