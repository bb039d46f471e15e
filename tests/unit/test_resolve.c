/* SPDX-License-Identifier: Apache-2.0 */
#include "check/resolve.h"
#include "measure/root.h"
#include "scratch.h"
#include "text.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
	static const char *const directories[] = {
		"root", "root/usr", "root/usr/bin", "root/opt", "root/tmp", "outside",
	};

	if (scratch_setup(state) != 0)
		return -1;
	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(*state, directories[i]);
	tree_file(*state, "outside/secret", "x");
	tree_file(*state, "root/usr/bin/sh", "x");
	tree_link(*state, "root/bin", "usr/bin");
	tree_link(*state, "root/usr/bin/ash", "sh");
	tree_link(*state, "root/usr/bin/abs", "/bin/ash");
	tree_link(*state, "root/opt/up", "../../../../../../usr/./bin//");
	tree_link(*state, "root/opt/out", "../../outside/secret");
	tree_link(*state, "root/opt/loop", "loop");
	tree_link(*state, "root/opt/gone", "/nothing");
	return 0;
}

static int open_root(void **state)
{
	_cleanup_free_ char *root = tree_path(*state, "root");
	int fd = root_open(root);

	assert_true(fd >= 0);
	return fd;
}

static void test_paths(void **state)
{
	static const struct {
		const char *path, *resolved;
		int r;
	} rows[] = {
		{"/usr/bin/sh", "/usr/bin/sh", 0},
		{"/bin/sh", "/usr/bin/sh", 0},
		{"/bin/ash", "/usr/bin/sh", 0},
		{"/bin/abs", "/usr/bin/sh", 0},
		{"/opt/up/../bin/abs", "/usr/bin/sh", 0},
		{"/", "/", 0},
		{"//usr/.//bin/../..", "/", 0},
		{"/../..", "/", 0},
		{"/opt/out", NULL, -ENOENT},
		{"/opt/loop", NULL, -ELOOP},
		{"/opt/gone", NULL, -ENOENT},
		{"/usr/bin/sh/x", NULL, -ENOTDIR},
		{"/none/x", NULL, -ENOENT},
	};
	_cleanup_close_ int fd = open_root(state);

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_resolved_ struct resolved resolved = {};
		int r = path_resolve(fd, rows[i].path, &resolved);

		if (r != rows[i].r)
			fail_msg("%s: %d", rows[i].path, r);
		if (r == 0)
			assert_string_equal(resolved.path, rows[i].resolved);
		assert_null(resolved.writable);
	}
}

static void expect_writable(void **state, const char *path, const char *writable)
{
	_cleanup_close_ int fd = open_root(state);
	_cleanup_resolved_ struct resolved resolved = {};

	assert_int_equal(path_resolve(fd, path, &resolved), 0);
	if (writable)
		assert_string_equal(resolved.writable, writable);
	else
		assert_null(resolved.writable);
}

static void test_writable(void **state)
{
	expect_writable(state, "/bin/ash", NULL);
	tree_mode(*state, "root/usr/bin/sh", 0757);
	expect_writable(state, "/bin/ash", "/usr/bin/sh");
	tree_mode(*state, "root/usr/bin/sh", 0775);
	expect_writable(state, "/bin/ash", NULL); /* root's group */
	tree_owner(*state, "root/usr/bin/sh", 0, 50);
	tree_mode(*state, "root/usr/bin/sh", 0775);
	expect_writable(state, "/bin/ash", "/usr/bin/sh");
	tree_owner(*state, "root/usr/bin/sh", 50, 50);
	tree_mode(*state, "root/usr/bin/sh", 0775);
	expect_writable(state, "/bin/ash", NULL); /* the owner's own group */
	tree_mode(*state, "root/usr", 0777);
	expect_writable(state, "/bin/ash", "/usr");
	tree_mode(*state, "root/usr", 01777);
	expect_writable(state, "/bin/ash", NULL);
}

static void test_limits(void **state)
{
	_cleanup_close_ int fd = open_root(state);
	_cleanup_resolved_ struct resolved resolved = {};
	_cleanup_buffer_ struct buffer up = {}, deep = {};

	for (int i = 0; i < 1000; i++)
		assert_int_equal(buffer_append_text(&up, "/.."), 0);
	assert_int_equal(path_resolve(fd, up.data, &resolved), 0);
	assert_string_equal(resolved.path, "/");
	assert_int_equal(buffer_append_text(&deep, "root/opt"), 0);
	for (int i = 0; i < 280; i++) {
		assert_int_equal(buffer_append_text(&deep, "/d"), 0);
		tree_directory(*state, deep.data);
	}
	assert_int_equal(path_resolve(fd, deep.data + strlen("root"), &resolved), -ENAMETOOLONG);
}

static void test_links_as_text(void **state)
{
	static const struct {
		const char *path, *target, *absolute;
	} rows[] = {
		{"/etc/a", "b", "/etc/b"},
		{"/etc/a", "../b", "/b"},
		{"/etc/a", "../../../b/./c", "/b/c"},
		{"/etc/a", "/x//y/", "/x/y"},
		{"/etc/a", "", "/etc"},
		{"/a", "..", ""},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *absolute = path_of_link(rows[i].path, rows[i].target);

		assert_string_equal(absolute, rows[i].absolute);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_paths),
		TEST(test_writable),
		TEST(test_limits),
		cmocka_unit_test(test_links_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
