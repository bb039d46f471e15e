/* SPDX-License-Identifier: Apache-2.0 */
#include "cleanup.h"
#include "place.h"
#include "scratch.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static char *find(const char *root, int expected)
{
	_cleanup_error_ struct error error = {};
	char *place = NULL;

	assert_int_equal(place_find(root, "/usr/lib/goldseal", &place, &error), expected);
	if (expected < 0)
		assert_non_null(strstr(error_text(&error, expected), "/usr/lib/goldseal"));
	return place;
}

static void test_plain(void **state)
{
	_cleanup_free_ char *missing = NULL, *wanted = tree_path(*state, "usr/lib/goldseal");
	_cleanup_free_ char *system = find("/", 0), *there = NULL;

	assert_string_equal(system, "/usr/lib/goldseal");
	missing = find(*state, 0);
	assert_string_equal(missing, wanted);
	tree_directory(*state, "usr");
	tree_directory(*state, "usr/lib");
	tree_directory(*state, "usr/lib/goldseal");
	there = find(*state, 0);
	assert_string_equal(there, wanted);
}

/* A link of the image leads to a place in the image, also when its text is absolute. */
static void test_links(void **state)
{
	static const char *const targets[] = {"/other", "other", "../../../other"};
	_cleanup_free_ char *wanted = tree_path(*state, "other/lib/goldseal");

	tree_directory(*state, "other");
	tree_directory(*state, "other/lib");
	tree_directory(*state, "other/lib/goldseal");
	for (size_t i = 0; i < ELEMENTS(targets); i++) {
		_cleanup_free_ char *place = NULL;

		tree_link(*state, "usr", targets[i]);
		place = find(*state, 0);
		assert_string_equal(place, wanted);
		tree_remove(*state, "usr");
	}
}

/* One that leads to nothing in the image is refused, whatever lies there outside. */
static void test_outside(void **state)
{
	tree_directory(*state, "inside");
	tree_directory(*state, "outside");
	tree_directory(*state, "outside/lib");
	tree_directory(*state, "outside/lib/goldseal");
	{
		_cleanup_free_ char *root = tree_path(*state, "inside");
		_cleanup_free_ char *outside = tree_path(*state, "outside");

		tree_link(*state, "inside/usr", outside);
		assert_null(find(root, -ENOENT));
		tree_remove(*state, "inside/usr");
		tree_link(*state, "inside/usr", "../outside");
		assert_null(find(root, -ENOENT));
		tree_remove(*state, "inside/usr");
		tree_link(*state, "inside/usr", "usr");
		assert_null(find(root, -ELOOP));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_plain), TEST(test_links), TEST(test_outside)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
