/* SPDX-License-Identifier: Apache-2.0 */
#include "check/userdata.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static void read_text(const char *text, struct user_data *ret)
{
	assert_int_equal(user_data_read(text, strlen(text), ret), 0);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		enum user_data_kind kind;
	} rows[] = {
		{"#cloud-config\na: 1\n", USER_DATA_CONFIG},
		{"#Cloud-Config\n", USER_DATA_CONFIG},
		{"#cloud-config-archive\n- x\n", USER_DATA_ARCHIVE},
		{"## template: jinja\n#cloud-config\n", USER_DATA_CONFIG},
		{"#!/bin/sh\ntrue\n", USER_DATA_SCRIPT},
		{"#cloud-boothook\ntrue\n", USER_DATA_BOOTHOOK},
		{"#include\nhttps://example.invalid/x\n", USER_DATA_INCLUDE},
		{"#include-once https://example.invalid/x\n", USER_DATA_INCLUDE},
		{"#part-handler\n", USER_DATA_HANDLER},
		{"hello\n", USER_DATA_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_user_data_ struct user_data data = {};

		read_text(rows[i].text, &data);
		assert_int_equal(data.count, 1);
		assert_int_equal(data.parts[0].kind, rows[i].kind);
		assert_string_equal(data.parts[0].data, rows[i].text);
		assert_false(data.limited);
	}
}

static void test_nothing(void **state)
{
	_cleanup_user_data_ struct user_data data = {};

	(void)state;
	read_text(" \n\n", &data);
	assert_int_equal(data.count, 0);
}

static void test_multipart(void **state)
{
	static const char text[] =
		"Content-Type: multipart/mixed; boundary=\"==B==\"\nMIME-Version: 1.0\n\n"
		"--==B==\nContent-Type: text/cloud-config; charset=\"us-ascii\"\n\n"
		"packages: [htop]\n"
		"--==B==\nContent-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n"
		"IyEvYmluL3NoCnRy\ndWUK\n"
		"--==B==\nContent-Type: multipart/mixed; boundary=\"inner\"\n\n"
		"--inner\nContent-Type: text/plain\n\n#!/bin/sh\nfalse\n--inner--\n"
		"--==B==--\nnothing after the end\n";
	_cleanup_user_data_ struct user_data data = {};

	(void)state;
	read_text(text, &data);
	assert_int_equal(data.count, 3);
	assert_int_equal(data.parts[0].kind, USER_DATA_CONFIG);
	assert_string_equal(data.parts[0].data, "packages: [htop]");
	assert_int_equal(data.parts[1].kind, USER_DATA_SCRIPT);
	assert_string_equal(data.parts[1].data, "#!/bin/sh\ntrue\n");
	assert_int_equal(data.parts[2].kind, USER_DATA_SCRIPT);
	assert_string_equal(data.parts[2].data, "#!/bin/sh\nfalse");
	assert_false(data.limited);
}

static char *pack(const char *data, size_t size, size_t *ret_size)
{
	z_stream stream = {.next_in = (Bytef *)data, .avail_in = (uInt)size};
	size_t space = size + 1024;
	char *packed = malloc(space);

	assert_non_null(packed);
	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY),
			 Z_OK);
	stream.next_out = (Bytef *)packed;
	stream.avail_out = (uInt)space;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	*ret_size = space - stream.avail_out;
	assert_int_equal(deflateEnd(&stream), Z_OK);
	return packed;
}

static void test_gzip(void **state)
{
	static const char text[] = "#cloud-config\nhostname: x\n";
	_cleanup_user_data_ struct user_data data = {};
	_cleanup_free_ char *packed = NULL;
	size_t size;

	(void)state;
	packed = pack(text, strlen(text), &size);
	assert_int_equal(user_data_read(packed, size, &data), 0);
	assert_int_equal(data.count, 1);
	assert_int_equal(data.parts[0].kind, USER_DATA_CONFIG);
	assert_string_equal(data.parts[0].data, text);
	user_data_done(&data);

	/* Cut off, it is left as it is, and that is noted. */
	assert_int_equal(user_data_read(packed, size / 2, &data), 0);
	assert_true(data.limited);
}

static void test_bomb(void **state)
{
	size_t size = 64 * 1024 * 1024, packed_size;
	_cleanup_user_data_ struct user_data data = {};
	_cleanup_free_ char *zeros = calloc(1, size), *packed = NULL, *out = NULL;
	size_t out_size;

	(void)state;
	assert_non_null(zeros);
	packed = pack(zeros, size, &packed_size);
	assert_int_equal(gzip_unpack(packed, packed_size, 1024 * 1024, &out, &out_size), -EFBIG);
	assert_null(out);
	assert_int_equal(user_data_read(packed, packed_size, &data), 0);
	assert_true(data.limited);
}

/* A message of messages, and one of more parts than are taken. */
static void test_limits(void **state)
{
	_cleanup_buffer_ struct buffer text = {};
	_cleanup_user_data_ struct user_data data = {};

	(void)state;
	for (int i = 0; i < 20; i++)
		assert_int_equal(buffer_printf(&text,
					       "Content-Type: multipart/mixed; boundary=b%d\n\n"
					       "--b%d\n",
					       i, i),
				 0);
	assert_int_equal(buffer_append_text(&text, "\n#!/bin/sh\n"), 0);
	read_text(text.data, &data);
	assert_true(data.limited);
	user_data_done(&data);
	buffer_done(&text);
	text = (struct buffer){};

	assert_int_equal(buffer_append_text(&text, "Content-Type: multipart/mixed; boundary=b\n\n"),
			 0);
	for (int i = 0; i < USER_DATA_PARTS_MAX + 1; i++)
		assert_int_equal(buffer_append_text(&text, "--b\n\nx\n"), 0);
	read_text(text.data, &data);
	assert_true(data.limited);
	assert_true(data.count < USER_DATA_PARTS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),	  cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_multipart), cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_bomb),	  cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
