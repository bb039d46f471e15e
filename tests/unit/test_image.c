/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"
#include "scratch.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	tree_directory(*state, "etc");
	tree_directory(*state, "usr");
	tree_directory(*state, "usr/lib");
	return 0;
}

static void expect(void **state, const char *name, const char *version)
{
	_cleanup_image_ struct image image = {};

	assert_int_equal(image_identify(*state, &image), 0);
	assert_string_equal(image.name, name);
	assert_string_equal(image.version, version);
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *name, *version;
	} rows[] = {
		{"", "unnamed", "0"},
		{"ID=debian\nVERSION_ID=\"12\"\n", "debian", "12"},
		{"ID=debian\nIMAGE_ID='web-front'\nIMAGE_VERSION=2026.11~rc1\nVERSION_ID=12\n",
		 "web-front", "2026.11~rc1"},
		{"IMAGE_ID=last", "last", "0"},
		{"XID=x\nMY_IMAGE_ID=y\n#ID=z\n IMAGE_ID=w\n", "unnamed", "0"},
		{"IMAGE_ID=\nID=debian\n", "debian", "0"},
		{"IMAGE_ID=a b\nID=debian\n", "debian", "0"},
		{"IMAGE_ID=\"\033[2J\"\nID=debian\n", "debian", "0"},
		{"IMAGE_ID=../x\nID=debian\n", "debian", "0"},
		{"ID\nID=\n=\n\n\n", "unnamed", "0"},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		tree_file(*state, "etc/os-release", rows[i].text);
		expect(state, rows[i].name, rows[i].version);
	}
}

static void test_places(void **state)
{
	expect(state, "unnamed", "0");
	tree_file(*state, "usr/lib/os-release", "ID=vendor\n");
	expect(state, "vendor", "0");
	tree_link(*state, "etc/os-release", "../usr/lib/os-release");
	expect(state, "vendor", "0");
	tree_remove(*state, "etc/os-release");
	/* A link to the host's own is not followed out. */
	tree_link(*state, "etc/os-release", "/proc/self/root/etc/os-release");
	expect(state, "vendor", "0");
	tree_remove(*state, "etc/os-release");
	assert_true(tree_node(*state, "etc/os-release", S_IFIFO | 0644, 0));
	expect(state, "vendor", "0");
}

static void test_large(void **state)
{
	size_t size = 1 << 20;
	_cleanup_free_ char *text = malloc(size);

	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text, "ID=a\n", 5);
	tree_bytes(*state, "etc/os-release", text, size);
	expect(state, "a", "0");
}

static void test_no_root(void **state)
{
	struct image image = {};

	(void)state;
	assert_int_equal(image_identify("/nowhere/at/all", &image), -ENOENT);
	assert_null(image.name);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_texts),
		TEST(test_places),
		TEST(test_large),
		TEST(test_no_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
