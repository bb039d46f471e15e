/* SPDX-License-Identifier: Apache-2.0 */
#include "mtree.h"
#include "text.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DIR " type=dir mode=0755 uid=0 gid=0\n"
#define TOP MTREE_SIGNATURE "." DIR

/* What is written is what is read, in this spelling. */
static void test_round_trip(void **state _unused_)
{
	static const char *const lines[] = {
		". type=dir mode=0755 uid=0 gid=0",
		("./a type=file mode=0644 uid=0 gid=0 size=0 sha256digest=" HEX),
		"./a type=file mode=04755 uid=4294967295 gid=4294967295 size=9223372036854775807",
		"./a type=file mode=0000 uid=0 gid=0",
		"./a type=file mode=07777 uid=10 gid=20",
		"./a type=file optional",
		"./a type=dir mode=01777 uid=0 gid=0 ignore optional",
		"./a\\040\\377/b type=link uid=0 gid=0 link=../x\\012y",
		"./a type=link uid=0 gid=0 link=/",
		"./a type=char mode=0600 uid=0 gid=0 device=linux,1,3",
		"./a type=block mode=0660 uid=0 gid=6 device=linux,4095,1048575",
		"./a type=fifo mode=0600 uid=0 gid=0",
		"./a type=socket mode=0600 uid=0 gid=0",
		"./.a/..b/... type=file optional",
	};

	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		_cleanup_entry_ struct entry entry = {};
		_cleanup_error_ struct error error = {};
		_cleanup_buffer_ struct buffer text = {};
		size_t length = strlen(lines[i]);

		if (mtree_parse_line(lines[i], length, &entry, &error) != 0)
			fail_msg("%s: %s", lines[i], error_text(&error, 0));
		assert_int_equal(mtree_format(&entry, false, &text), 0);
		assert_int_equal(text.size, length + 1);
		assert_memory_equal(text.data, lines[i], length);
		assert_int_equal(text.data[length], '\n');
	}
}

/* Each rule of a line, broken once: no second spelling, nothing unknown. */
static const char *const bad_lines[] = {
	".",
	"./a",
	"/a type=file",
	"a type=file",
	".. type=dir",
	"./ type=dir",
	"./a/ type=dir",
	".//a type=file",
	"./a//b type=file",
	"./. type=dir",
	"./a/./b type=file",
	"./a/../b type=file",
	"./a/.. type=file",
	"./a\\057b type=file",
	"./a\\056 type=file",
	"./\\141 type=file",
	"./a\\ type=file",
	"./a\\0 type=file",
	"./a\\000 type=file",
	"./a\\400 type=file",
	"./a*b type=file",
	"./a\tb type=file",
	"./\377 type=file",
	"./a ",
	"./a  type=file",
	"./a type=file ",
	"./a type=file  optional",
	"./a mode=0644 uid=0 gid=0",
	"./a optional",
	"./a type=",
	"./a type",
	"./a type=files",
	"./a type=FILE",
	"./a type=file type=file",
	"./a type=file mode=0644 mode=0644",
	"./a type=file optional optional",
	"./a type=file optional=1",
	"./a type=dir ignore=",
	"./a type=file nlink=1",
	"./a type=file time=1.0",
	"./a type=file sha256=" HEX,
	"./a type=file =",
	"./a type=file mode=644",
	"./a type=file mode=00644",
	"./a type=file mode=0",
	"./a type=file mode=0648",
	"./a type=file mode=010000",
	"./a type=file mode=-644",
	"./a type=file mode",
	"./a type=file mode=",
	"./a type=file mode=0644 uid=00 gid=0",
	"./a type=file mode=0644 uid=4294967296 gid=0",
	"./a type=file mode=0644 uid=-1 gid=0",
	"./a type=file mode=0644 uid=+1 gid=0",
	"./a type=file mode=0644 uid=root gid=0",
	"./a type=file mode=0644 uid=0x0 gid=0",
	"./a type=file mode=0644 uid= gid=0",
	"./a type=file uid=0 mode=0644 gid=0",
	"./a mode=0644 type=file uid=0 gid=0",
	"./a type=file optional mode=0644",
	"./a type=file size=9223372036854775808",
	"./a type=file size=18446744073709551616",
	"./a type=file size=99999999999999999999999",
	"./a type=file size=1.0",
	"./a type=dir size=1",
	"./a type=link link=x size=1",
	"./a type=link link=",
	"./a type=link link",
	"./a type=link link=a*b",
	"./a type=link link=\\141",
	"./a type=link link=a\\",
	"./a type=link link=\\000",
	"./a type=file link=x",
	"./a type=file device=linux,1,3",
	"./a type=char device=1,3",
	"./a type=char device=linux,1",
	"./a type=char device=linux,1,3,4",
	"./a type=char device=linux,,3",
	"./a type=char device=linux,01,3",
	"./a type=char device=linux,4294967296,3",
	"./a type=char device=freebsd,1,3",
	"./a type=char device=linux",
	"./a type=file sha256digest=",
	"./a type=file sha256digest=" HEX "0",
	"./a type=file sha256digest=0123",
	"./a type=file sha256digest="
	"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
	"./a type=dir sha256digest=" HEX,
	"./a type=file ignore",
	"/set type=file",
	"./a type=file \\",
};

static void test_bad_lines(void **state _unused_)
{
	for (size_t i = 0; i < ELEMENTS(bad_lines); i++) {
		_cleanup_error_ struct error error = {};
		struct entry entry = {};

		if (mtree_parse_line(bad_lines[i], strlen(bad_lines[i]), &entry, &error) !=
		    -EBADMSG)
			fail_msg("accepted: %s", bad_lines[i]);
		assert_non_null(error.message);
		assert_null(entry.path);
		assert_null(entry.link);
	}
}

static void test_nul_in_line(void **state _unused_)
{
	static const struct {
		const char *text;
		size_t length;
	} lines[] = {
		{".\0 type=dir", 11},	{"./a\0b type=file", 16}, {"./a type=link link=x\0y", 22},
		{"./a type=fi\0e", 13}, {"./a type=file\0", 14},
	};

	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		struct entry entry = {};

		assert_int_equal(mtree_parse_line(lines[i].text, lines[i].length, &entry, NULL),
				 -EBADMSG);
		assert_null(entry.path);
	}
}

/* An unknown keyword must not reach a terminal as it is. */
static void test_error_is_escaped(void **state _unused_)
{
	static const char line[] = "./a type=file \033[2J";
	_cleanup_error_ struct error error = {};
	struct entry entry = {};

	assert_int_equal(mtree_parse_line(line, strlen(line), &entry, &error), -EBADMSG);
	assert_null(strchr(error.message, '\033'));
	assert_non_null(strstr(error.message, "\\033[2J"));
}

static void test_xattr_words(void **state _unused_)
{
	uint8_t value[] = {1, 2, 3};
	struct entry entry = {
		.path = (char *)"./a",
		.type = ENTRY_FILE,
		.has = ENTRY_OPTIONAL,
		.xattrs[XATTR_CAPABILITY] = {value, 3},
		.xattrs[XATTR_ACL_DEFAULT] = {value, 0},
	};
	_cleanup_buffer_ struct buffer text = {};

	assert_int_equal(mtree_format(&entry, true, &text), 0);
	assert_string_equal(text.data, "./a type=file optional xattr.security.capability=AQID "
				       "xattr.system.posix_acl_default=\n");
	text.size = 0;
	assert_int_equal(mtree_format(&entry, false, &text), 0);
	assert_string_equal(text.data, "./a type=file optional\n");
}

static struct mtree_reader *read_text(const char *text, size_t size)
{
	struct mtree_reader *reader = NULL;
	FILE *stream = tmpfile();

	assert_non_null(stream);
	assert_int_equal(fwrite(text, 1, size, stream), size);
	rewind(stream);
	assert_int_equal(mtree_reader_new(stream, "body", &reader), 0);
	return reader;
}

static int drain(struct mtree_reader *reader, size_t *ret_count, struct error *error)
{
	int r;

	*ret_count = 0;
	do {
		_cleanup_entry_ struct entry entry = {};

		r = mtree_reader_next(reader, &entry, error);
		*ret_count += r > 0;
	} while (r > 0);
	return r;
}

#define HASHED "./a type=file sha256digest=" HEX "\n"

/* A digest of fs-verity goes both ways as a comment, and counts for the next file alone. */
static void test_verity(void **state _unused_)
{
	static const char text[] = TOP MTREE_VERITY HEX "\n# other\n" HASHED "./b type=file\n";
	_cleanup_(mtree_reader_free_p) struct mtree_reader *reader = read_text(text, strlen(text));
	_cleanup_entry_ struct entry top = {}, first = {}, second = {};
	_cleanup_buffer_ struct buffer written = {}, digested = {};

	assert_int_equal(mtree_reader_next(reader, &top, NULL), 1);
	assert_int_equal(mtree_reader_next(reader, &first, NULL), 1);
	assert_int_equal(mtree_reader_next(reader, &second, NULL), 1);
	assert_false(top.has & ENTRY_HAS_VERITY);
	assert_true(first.has & ENTRY_HAS_VERITY);
	assert_int_equal(first.verity.bytes[1], 0x23);
	assert_false(second.has & ENTRY_HAS_VERITY);
	assert_int_equal(mtree_format(&first, false, &written), 0);
	assert_string_equal(written.data, MTREE_VERITY HEX "\n" HASHED);
	/* It does not belong to what is measured. */
	assert_int_equal(mtree_format(&first, true, &digested), 0);
	assert_string_equal(digested.data, HASHED);
}

/* Bodies that are refused, and the line that the reason names. */
static void test_bad_bodies(void **state _unused_)
{
	static const struct {
		const char *text;
		unsigned line;
	} bodies[] = {
		{TOP "./a type=file", 3},
		{TOP "./a type=file\n./b", 4},
		{TOP "\n", 3},
		{TOP "./a type=file\n\n./b type=file\n", 4},
		{TOP "./b type=file\n./a type=file\n", 4},
		{TOP "./a type=file\n./a type=file\n", 4},
		{TOP "./a type=file\n. type=dir\n", 4},
		{TOP "./a/b type=file\n", 3},
		{TOP "./a type=file\n./a/b type=file\n", 4},
		{TOP "./a" DIR "./a/b" DIR "./a/b-c" DIR "./a/b/d/e type=file\n", 6},
		{TOP "./a" DIR "./a-b/c type=file\n", 4},
		{TOP "./a" DIR "./a0" DIR "./a/b type=file\n", 5},
		{MTREE_SIGNATURE "./a type=file\n", 2},
		{"# x\n# y\n# z\n./a type=file\n", 4},
		{TOP "/set type=file\n", 3},
		{TOP "    mode=0644\n", 3},
		{TOP "..\n", 3},
		{TOP "./a type=file \\\n    mode=0644\n", 3},
		{TOP "./a type=file\r\n", 3},
		{TOP " ./a type=file\n", 3},
		{TOP MTREE_VERITY "00\n" HASHED, 3},
		{TOP MTREE_VERITY HEX "\n" MTREE_VERITY HEX "\n" HASHED, 4},
		{TOP MTREE_VERITY HEX "\n./a type=file\n", 4},
		{TOP MTREE_VERITY HEX "\n./a type=dir\n", 4},
		{TOP MTREE_VERITY HEX "\n", 3},
	};

	for (size_t i = 0; i < ELEMENTS(bodies); i++) {
		_cleanup_(mtree_reader_free_p) struct mtree_reader *reader =
			read_text(bodies[i].text, strlen(bodies[i].text));
		_cleanup_error_ struct error error = {};
		char expected[32];
		size_t count;

		if (drain(reader, &count, &error) != -EBADMSG)
			fail_msg("accepted: %s", bodies[i].text);
		(void)snprintf(expected, sizeof(expected), "body:%u: ", bodies[i].line);
		if (strncmp(error.message, expected, strlen(expected)) != 0)
			fail_msg("%s: \"%s\" does not begin with \"%s\"", bodies[i].text,
				 error.message, expected);
	}
}

static void test_good_body(void **state _unused_)
{
	static const char text[] = TOP "./a" DIR "# between\n./a+" DIR "./a+/x type=file\n"
				       "./a-b" DIR "./a-b/c type=file\n./a.d type=file\n"
				       "./a/b" DIR "./a/b-c type=file\n./a/b/d type=file\n"
				       "./a0 type=file\n";
	_cleanup_(mtree_reader_free_p) struct mtree_reader *reader = read_text(text, strlen(text));
	_cleanup_error_ struct error error = {};
	struct digest digest, expected;
	uint64_t size;
	size_t count;

	assert_int_equal(drain(reader, &count, &error), 0);
	assert_int_equal(count, 11);
	assert_int_equal(mtree_reader_finish(reader, &digest, &size), 0);
	assert_int_equal(size, strlen(text));
	assert_int_equal(digest_compute(text, strlen(text), &expected), 0);
	assert_true(digest_is_equal(&digest, &expected));
}

static void test_empty_body(void **state _unused_)
{
	_cleanup_(mtree_reader_free_p) struct mtree_reader *reader = read_text("", 0);
	size_t count;

	assert_int_equal(drain(reader, &count, NULL), 0);
	assert_int_equal(count, 0);
}

/* A line of exactly the limit is read, one byte more is not. */
static void test_line_limit(void **state _unused_)
{
	for (size_t more = 0; more <= 1; more++) {
		size_t length = strlen(TOP) + MTREE_LINE_MAX + more;
		_cleanup_free_ char *text = malloc(length);
		_cleanup_(mtree_reader_free_p) struct mtree_reader *reader = NULL;
		_cleanup_error_ struct error error = {};
		size_t count;

		assert_non_null(text);
		memset(text, 'x', length);
		memcpy(text, TOP "#", strlen(TOP) + 1);
		text[length - 1] = '\n';
		reader = read_text(text, length);
		assert_int_equal(drain(reader, &count, &error), more ? -EBADMSG : 0);
		if (more)
			assert_non_null(strstr(error.message, "body:3: a line of more than"));
	}
}

/* A body of 100,000 entries passes through a reader that does not grow with it. */
static void test_large_body(void **state _unused_)
{
	_cleanup_(mtree_reader_free_p) struct mtree_reader *reader = NULL;
	FILE *stream = tmpfile();
	size_t count = 0, before = 0, most = 0;
	int r;

	assert_non_null(stream);
	assert_true(fputs(TOP, stream) >= 0);
	for (int i = 0; i < 100000; i++)
		assert_true(fprintf(stream,
				    "./%06d type=file mode=0644 uid=0 gid=0 size=%d "
				    "sha256digest=" HEX "\n",
				    i, i) > 0);
	rewind(stream);
	assert_int_equal(mtree_reader_new(stream, "body", &reader), 0);
	do {
		_cleanup_entry_ struct entry entry = {};
		size_t used;

		r = mtree_reader_next(reader, &entry, NULL);
		count += r > 0;
		used = mallinfo2().uordblks;
		if (count == 100)
			before = used;
		if (count > 100 && r > 0 && used > most)
			most = used;
	} while (r > 0);
	assert_int_equal(r, 0);
	assert_int_equal(count, 100001);
	/* A sanitizer's allocator tells nothing here. */
	if (before > 0 && most > before + 4096)
		fail_msg("%zu bytes more than at the beginning", most - before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),  cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_nul_in_line), cmocka_unit_test(test_error_is_escaped),
		cmocka_unit_test(test_xattr_words), cmocka_unit_test(test_bad_bodies),
		cmocka_unit_test(test_verity),	    cmocka_unit_test(test_good_body),
		cmocka_unit_test(test_empty_body),  cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_large_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
