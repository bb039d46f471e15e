/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648, section 10. */
static const struct {
	const char *plain, *encoded;
} vectors[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
};

static void published_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(vectors); i++) {
		_cleanup_free_ char *text =
			base64_encode(vectors[i].plain, strlen(vectors[i].plain));
		_cleanup_free_ uint8_t *data = NULL;
		size_t size;

		assert_string_equal(text, vectors[i].encoded);
		assert_int_equal(base64_decode(text, strlen(text), &data, &size), 0);
		assert_int_equal(size, strlen(vectors[i].plain));
		assert_string_equal((char *)data, vectors[i].plain);
	}
}

static void both_alphabets_are_read(void **state)
{
	static const char *const texts[] = {"+/+/AA==", "-_-_AA=="};
	const uint8_t expected[] = {0xfb, 0xff, 0xbf, 0x00};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(texts); i++) {
		_cleanup_free_ uint8_t *data = NULL;
		size_t size;

		assert_int_equal(base64_decode(texts[i], 8, &data, &size), 0);
		assert_int_equal(size, 4);
		assert_memory_equal(data, expected, 4);
	}
}

static void refused(void **state)
{
	static const char *const bad[] = {
		"Z",	  "Zg",	       "Zg=",	     "Zg===",	 "====",  "=",
		"Z===",	  "Zh==",      "Zm9=",	     "Zm9v\n",	 "Zm9v ", " Zm9v",
		"Zm\n9v", "Zg==Zg==",  "Zg==Zm9v",   "Z=g=",	 "Zm9v=", "Zm9*",
		"+/-_",	  "Zm9vZg=\n", "\xc3\xa9Zm", "Zm9v====", "Z-+=",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++) {
		uint8_t *data = NULL;
		size_t size = 99;

		assert_int_equal(base64_decode(bad[i], strlen(bad[i]), &data, &size), -EINVAL);
		assert_null(data);
		assert_int_equal(size, 99);
	}
}

static void nul_inside_is_refused(void **state)
{
	uint8_t *data = NULL;
	size_t size;

	(void)state;
	assert_int_equal(base64_decode("Zm\0v", 4, &data, &size), -EINVAL);
	assert_null(data);
}

static void every_byte_comes_back(void **state)
{
	uint8_t bytes[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		_cleanup_free_ char *text = base64_encode(bytes, n);
		_cleanup_free_ uint8_t *data = NULL;
		size_t size;

		assert_int_equal(base64_decode(text, strlen(text), &data, &size), 0);
		assert_int_equal(size, n);
		assert_memory_equal(data, bytes, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(both_alphabets_are_read),
		cmocka_unit_test(refused),
		cmocka_unit_test(nul_inside_is_refused),
		cmocka_unit_test(every_byte_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
