/* SPDX-License-Identifier: Apache-2.0 */
#include "check/cloudconfig.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_reads(void **state)
{
	static const struct {
		const char *yaml, *json;
	} rows[] = {
		{"a: 1\nb: [x, 'y z', \"\\u00e9\"]\n",
		 "{\"a\":\"1\",\"b\":[\"x\",\"y z\",\"\u00e9\"]}"},
		{"#cloud-config\n{\"packages\": [\"htop\"], \"n\": null}",
		 "{\"packages\":[\"htop\"],\"n\":null}"},
		{"a: ~\nb: '~'\nc:\n", "{\"a\":null,\"b\":\"~\",\"c\":null}"},
		{"content: |\n  one\n  two\n", "{\"content\":\"one\\ntwo\\n\"}"},
		{"a: &x [1, 2]\nb: *x\n", "{\"a\":[\"1\",\"2\"],\"b\":[\"1\",\"2\"]}"},
		{"d: &d {k: 1, l: 2}\ne:\n  <<: *d\n  k: 3\n",
		 "{\"d\":{\"k\":\"1\",\"l\":\"2\"},\"e\":{\"l\":\"2\",\"k\":\"3\"}}"},
		{"a: !!binary |\n  aGVs\n  bG8=\n", "{\"a\":\"hello\"}"},
		{"k: 1\nk: 2\n", "{\"k\":\"2\"}"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_json_ json_t *document = NULL, *wanted = NULL;
		_cleanup_error_ struct error error = {};

		wanted = json_loads(rows[i].json, 0, NULL);
		assert_non_null(wanted);
		if (cloud_config_parse(rows[i].yaml, strlen(rows[i].yaml), &document, &error) < 0)
			fail_msg("%s: %s", rows[i].yaml, error_text(&error, -EBADMSG));
		if (!json_equal(document, wanted))
			fail_msg("%s: otherwise than %s", rows[i].yaml, rows[i].json);
	}
}

static void test_empty(void **state)
{
	static const char *const texts[] = {"", "#cloud-config\n", "# nothing\n---\n"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		_cleanup_json_ json_t *document = NULL;

		assert_int_equal(cloud_config_parse(texts[i], strlen(texts[i]), &document, NULL),
				 0);
		assert_true(json_is_null(document));
	}
}

static void expect_refused(const char *text, size_t size, const char *reason)
{
	_cleanup_error_ struct error error = {};
	_cleanup_json_ json_t *document = NULL;

	assert_int_equal(cloud_config_parse(text, size, &document, &error), -EBADMSG);
	assert_null(document);
	if (!strstr(error_text(&error, 0), reason))
		fail_msg("\"%s\" does not say \"%s\"", error_text(&error, 0), reason);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *yaml, *reason;
	} rows[] = {
		{"a: [1, 2", "line"},
		{"a: 1\n---\nb: 2\n", "second document"},
		{"a: *nothing\n", "alias"},
		{"a: &a [*a]\n", "alias"},
		{"? [x, y]\n: 1\n", "not a scalar"},
		{"\"a\\0b\": 1\n", "NUL"},
		{"\t- tabs", "line"},
		{"a: \xff", "line"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++)
		expect_refused(rows[i].yaml, strlen(rows[i].yaml), rows[i].reason);
}

/* Nine times nine times nine: small to write, and larger than any memory when written out. */
static void test_laughs(void **state)
{
	_cleanup_buffer_ struct buffer text = {};

	(void)state;
	assert_int_equal(buffer_append_text(&text, "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"), 0);
	for (int i = 1; i < 12; i++) {
		assert_int_equal(buffer_printf(&text, "a%d: &a%d [", i, i), 0);
		for (int k = 0; k < 9; k++)
			assert_int_equal(buffer_printf(&text, "%s*a%d", k ? "," : "", i - 1), 0);
		assert_int_equal(buffer_append_text(&text, "]\n"), 0);
	}
	expect_refused(text.data, text.size, "too many values");
}

static void test_depth(void **state)
{
	_cleanup_buffer_ struct buffer text = {};

	(void)state;
	for (int i = 0; i < CLOUD_CONFIG_DEPTH_MAX + 1; i++)
		assert_int_equal(buffer_append_text(&text, "["), 0);
	expect_refused(text.data, text.size, "deep");
	buffer_done(&text);
	text = (struct buffer){};
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buffer_append_text(&text, "- "), 0);
	expect_refused(text.data, text.size, "deep");
}

static void test_many(void **state)
{
	_cleanup_buffer_ struct buffer text = {};

	(void)state;
	for (int i = 0; i < CLOUD_CONFIG_VALUES_MAX + 1; i++)
		assert_int_equal(buffer_append_text(&text, "- x\n"), 0);
	expect_refused(text.data, text.size, "too many values");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),	cmocka_unit_test(test_empty),
		cmocka_unit_test(test_refuses), cmocka_unit_test(test_laughs),
		cmocka_unit_test(test_depth),	cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
