/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LIMIT 100000

static struct lines *open_text(const char *text, size_t size)
{
	struct lines *lines = NULL;
	FILE *stream = tmpfile();

	assert_non_null(stream);
	assert_int_equal(fwrite(text, 1, size, stream), size);
	rewind(stream);
	assert_int_equal(lines_new(stream, LIMIT, &lines), 0);
	return lines;
}

static void expect_line(struct lines *lines, const char *text)
{
	const char *line;
	size_t length;

	assert_int_equal(lines_next(lines, &line, &length), 1);
	assert_int_equal(length, strlen(text));
	assert_memory_equal(line, text, length);
}

static void test_short(void **state _unused_)
{
	static const char text[] = "one\n\nthree\n";
	_cleanup_(lines_free_p) struct lines *lines = open_text(text, strlen(text));
	struct digest expected, actual;
	const char *line;
	uint64_t size;
	size_t length;

	expect_line(lines, "one");
	expect_line(lines, "");
	expect_line(lines, "three");
	assert_int_equal(lines_get_number(lines), 3);
	assert_int_equal(lines_next(lines, &line, &length), 0);
	assert_int_equal(lines_finish(lines, &actual, &size), 0);
	assert_int_equal(digest_compute(text, strlen(text), &expected), 0);
	assert_true(digest_is_equal(&expected, &actual));
	assert_int_equal(size, strlen(text));
}

static void test_empty(void **state _unused_)
{
	_cleanup_(lines_free_p) struct lines *lines = open_text("", 0);
	const char *line;
	size_t length;

	assert_int_equal(lines_next(lines, &line, &length), 0);
	assert_int_equal(lines_next(lines, &line, &length), 0);
}

/* Lines of every length around the block's, each filled with its own letter. */
static void test_blocks(void **state _unused_)
{
	_cleanup_buffer_ struct buffer text = {};
	_cleanup_(lines_free_p) struct lines *lines = NULL;
	const char *line;
	size_t length;

	for (size_t i = 0; i < 200; i++) {
		char filler[700];

		memset(filler, (int)('a' + i % 26), sizeof(filler));
		assert_int_equal(buffer_append(&text, filler, i * 3 + 1), 0);
		assert_int_equal(buffer_append_text(&text, "\n"), 0);
	}
	lines = open_text(text.data, text.size);
	for (size_t i = 0; i < 200; i++) {
		assert_int_equal(lines_next(lines, &line, &length), 1);
		assert_int_equal(length, i * 3 + 1);
		for (size_t k = 0; k < length; k++)
			assert_int_equal(line[k], 'a' + i % 26);
	}
	assert_int_equal(lines_next(lines, &line, &length), 0);
}

/* The limit counts the newline, wherever the blocks end. */
static void test_limit(void **state _unused_)
{
	for (size_t size = LIMIT - 2; size <= LIMIT + 2; size++) {
		_cleanup_free_ char *text = malloc(size);
		_cleanup_(lines_free_p) struct lines *lines = NULL;
		const char *line;
		size_t length;
		int r;

		assert_non_null(text);
		memset(text, 'x', size);
		text[size - 1] = '\n';
		lines = open_text(text, size);
		r = lines_next(lines, &line, &length);
		assert_int_equal(r, size <= LIMIT ? 1 : -E2BIG);
		assert_int_equal(lines_get_number(lines), 1);
		if (r == 1)
			assert_int_equal(length, size - 1);
	}
}

static void test_truncated(void **state _unused_)
{
	_cleanup_(lines_free_p) struct lines *lines = open_text("one\ntw", 6);
	const char *line;
	size_t length;

	expect_line(lines, "one");
	assert_int_equal(lines_next(lines, &line, &length), -ENODATA);
	assert_int_equal(lines_get_number(lines), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),	  cmocka_unit_test(test_empty),
		cmocka_unit_test(test_blocks),	  cmocka_unit_test(test_limit),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
