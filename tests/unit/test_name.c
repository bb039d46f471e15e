/* SPDX-License-Identifier: Apache-2.0 */
#include "check/name.h"

#include "cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_oddities(void **state _unused_)
{
	static const struct {
		const char *path;
		enum name_oddity oddity;
		unsigned character;
		const char *looks_like;
	} rows[] = {
		{"/usr/sbin/sshd", NAME_USUAL, 0, NULL},
		{"/usr/sbin/\xd1\x95shd", NAME_LOOK_ALIKE, 0x455, "sshd"},
		{"/usr/\xd1\x95"
		 "bin/sshd",
		 NAME_LOOK_ALIKE, 0x455, "sbin"},
		{"/usr/bin/\xef\xbd\x83"
		 "ron",
		 NAME_LOOK_ALIKE, 0xff43, "cron"},
		{"/usr/bin/\xf0\x9d\x90\x9a"
		 "ron",
		 NAME_LOOK_ALIKE, 0x1d41a, "aron"},
		{"/usr/bin/\xf0\x9d\x9f\x8e", NAME_LOOK_ALIKE, 0x1d7ce, "0"},
		{"/usr/bin/apt\xe2\x80\x90"
		 "get",
		 NAME_LOOK_ALIKE, 0x2010, "apt-get"},
		/* words of other scripts and accents imitate nothing */
		{"/srv/\xd0\xb4\xd0\xbe\xd0\xbc", NAME_USUAL, 0, NULL},
		{"/srv/F\xc5\x91"
		 "tan\xc3\xbas",
		 NAME_USUAL, 0, NULL},
		{"/opt/...", NAME_BLANKS, ' ', NULL},
		{"/opt/.../x", NAME_BLANKS, ' ', NULL},
		{"/opt/ x", NAME_BLANKS, ' ', NULL},
		{"/opt/x ", NAME_BLANKS, ' ', NULL},
		{"/opt/x y", NAME_USUAL, 0, NULL},
		{"/opt/x\xc2\xa0y", NAME_BLANKS, 0, NULL},
		{"/opt/up\ndate", NAME_CONTROL, '\n', NULL},
		{"/opt/x\x7f", NAME_CONTROL, 0x7f, NULL},
		{"/opt/\xff\x01", NAME_CONTROL, 1, NULL},
		{"/opt/\xff\xfe", NAME_USUAL, 0, NULL},
		{"/opt/ls\xe2\x80\x8b", NAME_INVISIBLE, 0x200b, NULL},
		{"/opt/\xe2\x80\xaegpj.sh", NAME_INVISIBLE, 0x202e, NULL},
		{"/", NAME_USUAL, 0, NULL},
		{"", NAME_USUAL, 0, NULL},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		struct name_reading reading;

		name_read(rows[i].path, &reading);
		if (reading.oddity != rows[i].oddity)
			fail_msg("\"%s\" is %d, expected %d", rows[i].path, reading.oddity,
				 rows[i].oddity);
		if (rows[i].character)
			assert_int_equal(reading.character, rows[i].character);
		if (rows[i].looks_like)
			assert_string_equal(reading.looks_like, rows[i].looks_like);
	}
}

/* A name of the greatest length, each byte of it odd. */
static void test_long_names(void **state _unused_)
{
	struct name_reading reading;
	char path[NAME_MAX * 3 + 2], name[NAME_MAX + 1];

	path[0] = '/';
	for (size_t i = 0; i < NAME_MAX; i++)
		memcpy(path + 1 + 3 * i, "\xef\xbd\x83", 3);
	path[sizeof(path) - 1] = '\0';
	name_read(path, &reading);
	assert_int_equal(reading.oddity, NAME_LOOK_ALIKE);
	assert_int_equal(strlen(reading.looks_like), NAME_MAX);
	memset(path + 1, '0', sizeof(path) - 2);
	assert_true(name_fold(path, name));
	assert_int_equal(strlen(name), NAME_MAX);
}

static void test_kernel(void **state _unused_)
{
	assert_true(name_imitates_kernel("/usr/sbin/kworkerds"));
	assert_true(name_imitates_kernel("/opt/[kworker"
					 "]"));
	assert_true(name_imitates_kernel("/tmp/kthreadd"));
	assert_false(name_imitates_kernel("/usr/bin/ls"));
	assert_false(name_imitates_kernel("/usr/bin/["));
	assert_false(name_imitates_kernel("/kworker/x"));
}

static void test_folding(void **state _unused_)
{
	static const struct {
		const char *path, *name;
	} rows[] = {
		{"/usr/bin/1s", "ls"},
		{"/usr/bin/systernd", "systemd"},
		{"/usr/bin/cIoud", "cloud"},
		{"/usr/bin/l0g", "log"},
		{"/usr/bin/vvatch", "watch"},
		{"/usr/bin/ls", NULL},
		{"/rn/ls", NULL},
	};
	char name[NAME_MAX + 1];

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		assert_int_equal(name_fold(rows[i].path, name), rows[i].name != NULL);
		if (rows[i].name)
			assert_string_equal(name, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oddities),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_folding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
