/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/receipt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ID     "01930000-0000-7000-8000-000000000001"
#define REASON "{\"stage\":\"manifest\",\"code\":\"manifest.unknown\",\"text\":\"never published\"}"

static void test_accepted(void **state _unused_)
{
	static const char text[] = "{\"id\":\"" ID "\",\"verdict\":\"fail\",\"tier\":\"T0\","
				   "\"reasons\":[" REASON "],\"later\":[1]}";
	_cleanup_receipt_ struct receipt receipt = {0};
	_cleanup_json_ json_t *json = NULL;

	assert_int_equal(receipt_parse(text, strlen(text), ID, &receipt, NULL), 0);
	assert_string_equal(receipt.id, ID);
	assert_int_equal(receipt.verdict, VERDICT_FAIL);
	assert_string_equal(receipt.tier, "T0");
	assert_int_equal(json_array_size(receipt.reasons), 1);
	json = receipt_to_json(&receipt);
	assert_string_equal(json_string_value(json_object_get(json, "verdict")), "fail");
}

static void test_refused(void **state _unused_)
{
	static const char *const texts[] = {
		"",
		"null",
		"[]",
		"{}",
		"{\"id\":\"" ID "\",\"verdict\":\"fail\",\"tier\":\"T0\",\"reasons\":[]",
		"{\"verdict\":\"fail\",\"tier\":\"T0\",\"reasons\":[]}",
		"{\"id\":7,\"verdict\":\"fail\",\"tier\":\"T0\",\"reasons\":[]}",
		"{\"id\":\"other\",\"verdict\":\"fail\",\"tier\":\"T0\",\"reasons\":[]}",
		"{\"id\":\"" ID "\",\"verdict\":\"fine\",\"tier\":\"T0\",\"reasons\":[]}",
		"{\"id\":\"" ID "\",\"verdict\":1,\"tier\":\"T0\",\"reasons\":[]}",
		"{\"id\":\"" ID "\",\"tier\":\"T0\",\"reasons\":[]}",
		"{\"id\":\"" ID "\",\"verdict\":\"pass\",\"tier\":\"T9\",\"reasons\":[]}",
		"{\"id\":\"" ID "\",\"verdict\":\"pass\",\"tier\":0,\"reasons\":[]}",
		"{\"id\":\"" ID "\",\"verdict\":\"pass\",\"reasons\":[]}",
		"{\"id\":\"" ID "\",\"verdict\":\"pass\",\"tier\":\"T0\"}",
		"{\"id\":\"" ID "\",\"verdict\":\"pass\",\"tier\":\"T0\",\"reasons\":{}}",
		"{\"id\":\"" ID "\",\"verdict\":\"pass\",\"tier\":\"T0\",\"reasons\":[\"x\"]}",
		"{\"id\":\"" ID "\",\"verdict\":\"pass\",\"tier\":\"T0\",\"reasons\":[{}]}",
		"{\"id\":\"" ID "\",\"id\":\"" ID
		"\",\"verdict\":\"pass\",\"tier\":\"T0\",\"reasons\":[]}",
	};

	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		_cleanup_receipt_ struct receipt receipt = {0};
		_cleanup_error_ struct error error = {0};

		if (receipt_parse(texts[i], strlen(texts[i]), ID, &receipt, &error) != -EPROTO)
			fail_msg("accepted: %s", texts[i]);
		assert_non_null(error.message);
		assert_null(receipt.id);
	}
}

static void test_too_many_reasons(void **state _unused_)
{
	_cleanup_json_ json_t *root = json_pack("{s:s, s:s, s:s, s:[]}", "id", ID, "verdict",
						"pass", "tier", "T0", "reasons");
	_cleanup_json_ json_t *reason = json_loads(REASON, 0, NULL);

	for (int i = 0; i <= RECEIPT_REASONS_MAX; i++) {
		_cleanup_receipt_ struct receipt receipt = {0};
		_cleanup_free_ char *text = json_dumps(root, 0);

		assert_int_equal(receipt_parse(text, strlen(text), ID, &receipt, NULL), 0);
		assert_int_equal(json_array_append(json_object_get(root, "reasons"), reason), 0);
		if (i == RECEIPT_REASONS_MAX) {
			_cleanup_receipt_ struct receipt other = {0};
			_cleanup_free_ char *longer = json_dumps(root, 0);

			assert_int_equal(receipt_parse(longer, strlen(longer), ID, &other, NULL),
					 -EPROTO);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
