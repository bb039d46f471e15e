/* SPDX-License-Identifier: Apache-2.0 */
#include "entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static void test_types(void **state _unused_)
{
	static const mode_t modes[] = {S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR,
				       S_IFBLK, S_IFIFO, S_IFSOCK};

	for (size_t i = 0; i < ELEMENTS(modes); i++) {
		enum entry_type type = entry_type_from_mode(modes[i] | 04755);
		const char *name = entry_type_to_string(type);

		assert_non_null(name);
		assert_int_equal(entry_type_from_string(name, strlen(name)), type);
		assert_true(entry_type_from_string(name, strlen(name) - 1) < 0);
	}
	assert_true(entry_type_from_mode(0) < 0);
	assert_null(entry_type_to_string(0));
	assert_null(entry_type_to_string(_ENTRY_TYPE_MAX));
	assert_null(entry_type_to_string(_ENTRY_TYPE_INVALID));
	assert_true(entry_type_from_string("", 0) < 0);
	assert_true(entry_type_from_string("files", 5) < 0);
}

static void test_xattr_names(void **state _unused_)
{
	for (int i = 0; i < _XATTR_MAX; i++)
		assert_int_equal(entry_xattr_from_name(entry_xattr_name((enum entry_xattr)i)), i);
	assert_int_equal(entry_xattr_from_name("user.x"), _XATTR_MAX);
	assert_null(entry_xattr_name(_XATTR_MAX));
}

/* Every byte that a name may have comes back, alone and between others. */
static void test_all_bytes(void **state _unused_)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/+@%,:-";

	for (int c = 1; c < 256; c++) {
		const char raw[] = {'x', (char)c, '7', '\0'};
		_cleanup_free_ char *escaped = entry_escape(raw, 3), *again = NULL;
		char expected[8];

		(void)snprintf(expected, sizeof(expected), strchr(plain, c) ? "x%c7" : "x\\%03o7",
			       c);
		assert_string_equal(escaped, expected);
		assert_int_equal(entry_unescape(escaped, strlen(escaped), &again), 0);
		assert_string_equal(again, raw);
	}
}

static void test_escape_is_bounded(void **state _unused_)
{
	_cleanup_free_ char *escaped = entry_escape("a\nbc", 2);

	assert_string_equal(escaped, "a\\012");
}

static void test_unescape_refuses(void **state _unused_)
{
	static const char *const bad[] = {"\\",	   "\\1",   "\\12",  "x\\01",  "\\000", "\\400",
					  "\\777", "\\08a", "\\n00", "\\\\\\", "\\ 12", "\\-12"};

	for (size_t i = 0; i < ELEMENTS(bad); i++) {
		char *raw = NULL;

		if (entry_unescape(bad[i], strlen(bad[i]), &raw) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
		assert_null(raw);
	}
	/* A NUL inside, and an escape that the length cuts. */
	{
		char *raw = NULL;

		assert_int_equal(entry_unescape("a\0b", 3, &raw), -EINVAL);
		assert_int_equal(entry_unescape("\\101", 3, &raw), -EINVAL);
		assert_null(raw);
	}
}

static void test_paths(void **state _unused_)
{
	static const char *const pairs[][2] = {
		{"/", "."},
		{"/etc", "./etc"},
		{"/etc/x y", "./etc/x\\040y"},
		{"/a\nb/\377", "./a\\012b/\\377"},
		{"/\\*", "./\\134\\052"},
	};

	for (size_t i = 0; i < ELEMENTS(pairs); i++) {
		_cleanup_free_ char *escaped = NULL, *absolute = NULL;

		assert_int_equal(entry_path_from_absolute(pairs[i][0], &escaped), 0);
		assert_string_equal(escaped, pairs[i][1]);
		assert_int_equal(entry_path_to_absolute(pairs[i][1], &absolute), 0);
		assert_string_equal(absolute, pairs[i][0]);
	}
}

static void test_bad_paths(void **state _unused_)
{
	static const char *const bad[] = {"", "etc", "/etc", "..", "../x", "./\\9", ".x"};
	char *path = NULL;

	for (size_t i = 0; i < ELEMENTS(bad); i++)
		if (entry_path_to_absolute(bad[i], &path) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(entry_path_from_absolute("etc", &path), -EINVAL);
	assert_int_equal(entry_path_from_absolute("", &path), -EINVAL);
	assert_null(path);
}

static void test_done(void **state _unused_)
{
	struct entry entry = {};

	entry_done(&entry);
	entry.path = strdup("x");
	entry.xattrs[XATTR_ACL_DEFAULT].data = malloc(1);
	entry_done(&entry);
	assert_null(entry.path);
	assert_null(entry.xattrs[XATTR_ACL_DEFAULT].data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_xattr_names),
		cmocka_unit_test(test_all_bytes),
		cmocka_unit_test(test_escape_is_bounded),
		cmocka_unit_test(test_unescape_refuses),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_bad_paths),
		cmocka_unit_test(test_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
