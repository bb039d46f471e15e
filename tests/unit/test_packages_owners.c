/* SPDX-License-Identifier: Apache-2.0 */
#include "check/packages.h"
#include "measure/root.h"
#include "scratch.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void make_database(const char *root)
{
	tree_directory(root, "var");
	tree_directory(root, "var/lib");
	tree_directory(root, "var/lib/dpkg");
	tree_directory(root, "var/lib/dpkg/info");
	tree_file(root, "var/lib/dpkg/info/bash.list", "/.\n/bin\n/bin/bash\n/etc/bash.bashrc\n");
	tree_file(root, "var/lib/dpkg/info/libc6:amd64.list",
		  "/.\n/lib/x86_64-linux-gnu/libc.so.6\n/usr/lib/locale\n/usr/sbin/zic\n");
	tree_file(root, "var/lib/dpkg/info/bash.md5sums", "0  etc/passwd\n");
	tree_file(root, "var/lib/dpkg/info/noend.list", "/opt/noend");
}

static int setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	tree_directory(*state, "root");
	return 0;
}

static int open_root(void **state)
{
	_cleanup_free_ char *root = tree_path(*state, "root");
	int fd = root_open(root);

	assert_true(fd >= 0);
	return fd;
}

static void test_owners(void **state)
{
	static const struct {
		const char *path, *package;
	} rows[] = {
		{"/usr/bin/bash", "bash"},
		{"/bin/bash", "bash"},
		{"/usr/bin/bash", "bash"}, /* twice, as two findings may ask */
		{"/etc/bash.bashrc", "bash"},
		{"/usr/lib/x86_64-linux-gnu/libc.so.6", "libc6"},
		{"/lib/x86_64-linux-gnu/libc.so.6", "libc6"},
		{"/lib/locale", "libc6"},
		{"/sbin/zic", "libc6"},
		{"/opt/noend", "noend"},
		{"/etc/passwd", NULL},
		{"/usr/bin/bas", NULL},
		{"/usr/bin/bashx", NULL},
		{"", NULL},
	};
	struct package_query queries[ELEMENTS(rows)] = {};
	_cleanup_close_ int fd = -EBADF;
	_cleanup_free_ char *root = tree_path(*state, "root");

	make_database(root);
	fd = open_root(state);
	for (size_t i = 0; i < ELEMENTS(rows); i++)
		queries[i].path = rows[i].path;
	assert_int_equal(package_find_owners(fd, queries, ELEMENTS(rows)), 0);
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		if (rows[i].package ? !queries[i].package ||
					      strcmp(queries[i].package, rows[i].package) != 0
				    : queries[i].package != NULL)
			fail_msg("%s: %s", rows[i].path,
				 queries[i].package ? queries[i].package : "(none)");
		free(queries[i].package);
	}
}

static void test_no_database(void **state)
{
	_cleanup_close_ int fd = open_root(state);
	struct package_query query = {.path = "/bin/sh"};

	assert_int_equal(package_find_owners(fd, &query, 1), -ENOENT);
	assert_null(query.package);
	assert_int_equal(package_find_owners(fd, NULL, 0), 0);
}

/* A link in the image does not lead to another database outside. */
static void test_links_stay_inside(void **state)
{
	_cleanup_close_ int fd = open_root(state);
	_cleanup_free_ char *outside = tree_path(*state, "outside/var");
	_cleanup_free_ char *directory = tree_path(*state, "outside");
	struct package_query query = {.path = "/bin/bash"};

	tree_directory(*state, "outside");
	make_database(directory);
	tree_link(*state, "root/var", outside);
	assert_int_equal(package_find_owners(fd, &query, 1), -ENOENT);
	assert_null(query.package);
	tree_remove(*state, "root/var");
	tree_link(*state, "root/var", "../outside/var");
	assert_int_equal(package_find_owners(fd, &query, 1), -ENOENT);
	assert_null(query.package);
}

static void test_hostile_lists(void **state)
{
	_cleanup_free_ char *root = tree_path(*state, "root"), *slashes = malloc(1 << 20);
	struct package_query query = {.path = "/bin/bash"};
	_cleanup_close_ int fd = -EBADF;

	assert_non_null(slashes);
	memset(slashes, '/', 1 << 20);
	make_database(root);
	tree_bytes(root, "var/lib/dpkg/info/aaa.list", slashes, 1 << 20);
	tree_bytes(root, "var/lib/dpkg/info/zero.list", "\0\0\0", 3);
	tree_link(root, "var/lib/dpkg/info/link.list", "/etc/passwd");
	tree_directory(root, "var/lib/dpkg/info/dir.list");
	fd = open_root(state);
	assert_int_equal(package_find_owners(fd, &query, 1), 0);
	assert_string_equal(query.package, "bash");
	free(query.package);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_owners),
		TEST(test_no_database),
		TEST(test_links_stay_inside),
		TEST(test_hostile_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
