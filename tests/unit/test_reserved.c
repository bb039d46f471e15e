/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/reserved.h"
#include "scratch.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static int init(void **state, const char *out, const char *policy_text, struct reserved *ret,
		struct error *error)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	_cleanup_free_ char *root = tree_path(*state, "root"), *where = tree_path(*state, out);

	assert_int_equal(policy_parse(policy_text, strlen(policy_text), "p", &policy, NULL), 0);
	return reserved_init(ret, root, where, policy, error);
}

/* Requires exactly these, separated by blanks. */
static void expect(void **state, const char *out, const char *policy, const char *paths)
{
	_cleanup_reserved_ struct reserved reserved = {};
	char found[1024] = "";
	const struct entry *entry;

	assert_int_equal(init(state, out, policy, &reserved, NULL), 0);
	while ((entry = reserved_next(&reserved, NULL))) {
		assert_true(entry->has == ENTRY_OPTIONAL);
		(void)strncat(found, found[0] ? " " : "", sizeof(found) - strlen(found) - 1);
		(void)strncat(found, entry->path, sizeof(found) - strlen(found) - 1);
	}
	assert_string_equal(found, paths);
}

#define FILES(where) where "/manifest.json " where "/manifest.mtree"

static int setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	tree_directory(*state, "root");
	tree_directory(*state, "rooted");
	tree_directory(*state, "out");
	return 0;
}

static void make_usr(void **state)
{
	tree_directory(*state, "root/usr");
	tree_directory(*state, "root/usr/lib");
}

static void test_places(void **state)
{
	expect(state, "out", "", "");
	/* A name that only begins like the root's. */
	expect(state, "rooted", "", "");
	make_usr(state);
	expect(state, "out", "", "./usr/lib/goldseal " FILES("./usr/lib/goldseal"));
	tree_directory(*state, "root/usr/lib/goldseal");
	expect(state, "out", "", FILES("./usr/lib/goldseal"));
	expect(state, "root/usr/lib/goldseal", "", FILES("./usr/lib/goldseal"));
	tree_directory(*state, "root/a b");
	expect(state, "root/a b", "", FILES("./a\\040b") " " FILES("./usr/lib/goldseal"));
	tree_link(*state, "link", "root/a b");
	expect(state, "link", "", FILES("./a\\040b") " " FILES("./usr/lib/goldseal"));
}

static void test_ignored(void **state)
{
	tree_directory(*state, "root/var");
	tree_directory(*state, "root/var/out");
	expect(state, "root/var/out", "", FILES("./var/out"));
	expect(state, "root/var/out", "ignored /var\n", "");
	expect(state, "root/var/out", "ignored /var/out\n", "");
	expect(state, "root/var/out", "ignored /va?\n", "");
	expect(state, "root/var/out", "fixed /var/out\nignored /var\n", "");
	make_usr(state);
	expect(state, "out", "ignored /usr/lib/goldseal\n", "");
	expect(state, "out", "ignored /usr\n", "");
}

/* A line for something else under this name would stand twice in the body. */
static void test_not_a_file(void **state)
{
	_cleanup_reserved_ struct reserved reserved = {};
	_cleanup_error_ struct error error = {};

	make_usr(state);
	tree_directory(*state, "root/usr/lib/goldseal");
	tree_link(*state, "root/usr/lib/goldseal/manifest.json", "/etc/passwd");
	assert_int_equal(init(state, "out", "", &reserved, &error), -EEXIST);
	assert_non_null(error.message);
	assert_int_equal(reserved.count, 0);
	tree_remove(*state, "root/usr/lib/goldseal/manifest.json");
	tree_directory(*state, "root/usr/lib/goldseal/manifest.mtree");
	assert_int_equal(init(state, "out", "", &reserved, NULL), -EEXIST);
}

static void test_not_a_directory(void **state)
{
	make_usr(state);
	tree_file(*state, "root/usr/lib/goldseal", "");
	expect(state, "out", "", "");
	tree_remove(*state, "root/usr/lib/goldseal");
	tree_link(*state, "root/usr/lib/goldseal", "/tmp");
	expect(state, "out", "", "");
}

/* Links of the image are not followed to the host's directories. */
static void test_usr_is_a_link(void **state)
{
	tree_link(*state, "root/usr", "/usr");
	expect(state, "out", "", "");
}

static void test_next(void **state)
{
	_cleanup_reserved_ struct reserved reserved = {};
	struct entry file = {.path = (char *)"./usr/lib/goldseal/manifest.json",
			     .type = ENTRY_FILE};
	struct entry directory = file;

	make_usr(state);
	assert_int_equal(init(state, "out", "", &reserved, NULL), 0);
	directory.type = ENTRY_DIRECTORY;
	assert_true(reserved_has(&reserved, &file));
	assert_false(reserved_has(&reserved, &directory));
	file.path = (char *)"./usr/lib/goldseal";
	assert_false(reserved_has(&reserved, &file));

	assert_null(reserved_next(&reserved, "./usr/lib"));
	assert_string_equal(reserved_next(&reserved, "./usr/lib/z")->path, "./usr/lib/goldseal");
	assert_null(reserved_next(&reserved, "./usr/lib/goldseal/a"));
	assert_non_null(reserved_next(&reserved, "./usr/lib/goldseal/manifest.json"));
	assert_null(reserved_next(&reserved, "./usr/lib/goldseal/manifest.json"));
	assert_non_null(reserved_next(&reserved, NULL));
	assert_null(reserved_next(&reserved, NULL));
}

static void test_missing(void **state)
{
	_cleanup_reserved_ struct reserved reserved = {};
	_cleanup_error_ struct error error = {};

	assert_int_equal(init(state, "nowhere", "", &reserved, &error), -ENOENT);
	assert_non_null(error.message);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_places),	    TEST(test_ignored),	      TEST(test_not_a_file),
		TEST(test_not_a_directory), TEST(test_usr_is_a_link), TEST(test_next),
		TEST(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
