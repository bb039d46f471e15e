/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/root.h"
#include "scratch.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

static int setup(void **state)
{
	if (scratch_setup(state) != 0)
		return -1;
	tree_directory(*state, "root");
	tree_file(*state, "outside", "secret");
	tree_file(*state, "root/file", "0123456789");
	return 0;
}

static int open_root(void **state)
{
	_cleanup_free_ char *root = tree_path(*state, "root");
	int fd = root_open(root);

	assert_true(fd >= 0);
	return fd;
}

static void test_read(void **state)
{
	static const struct {
		size_t limit, size;
		int r;
	} rows[] = {{100, 10, 0}, {11, 10, 0}, {10, 10, 0}, {9, 9, 1}, {0, 0, 1}};
	_cleanup_close_ int fd = open_root(state);

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *data = NULL;
		size_t size;

		assert_int_equal(root_read(fd, "/file", rows[i].limit, &data, &size), rows[i].r);
		assert_int_equal(size, rows[i].size);
		assert_memory_equal(data, "0123456789", size);
		assert_int_equal(data[size], 0);
	}
}

/* No link leads out: an absolute one begins at the root, and .. stops there. */
static void test_links_stay_inside(void **state)
{
	static const char *const targets[] = {"/outside", "../outside", "../../outside",
					      "/../outside", "loop"};
	_cleanup_close_ int fd = open_root(state);
	_cleanup_free_ char *outside = tree_path(*state, "outside");
	size_t size;

	for (size_t i = 0; i < ELEMENTS(targets); i++) {
		char *data = NULL;
		int r;

		tree_link(*state, i == 4 ? "root/loop" : "root/link", targets[i]);
		r = root_read(fd, i == 4 ? "/loop" : "/link", 100, &data, &size);
		assert_int_equal(r, i == 4 ? -ELOOP : -ENOENT);
		assert_null(data);
		if (i < 4)
			tree_remove(*state, "root/link");
	}
	tree_link(*state, "root/link", outside);
	{
		char *data = NULL;

		assert_int_equal(root_read(fd, "/link", 100, &data, &size), -ENOENT);
		assert_int_equal(root_read(fd, "/../outside", 100, &data, &size), -ENOENT);
		assert_null(data);
	}
	{
		_cleanup_free_ char *data = NULL;

		tree_link(*state, "root/good", "/file");
		assert_int_equal(root_read(fd, "/good", 100, &data, &size), 0);
		assert_int_equal(size, 10);
	}
}

static void test_magic_links(void **state)
{
	_cleanup_close_ int fd = root_open("/");
	char path[64], *data = NULL;
	size_t size;

	(void)state;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(root_read(fd, path, 100, &data, &size), -ELOOP);
	assert_null(data);
}

static void test_not_regular(void **state)
{
	_cleanup_close_ int fd = open_root(state);
	char *data = NULL;
	size_t size;

	tree_directory(*state, "root/dir");
	assert_true(tree_node(*state, "root/fifo", S_IFIFO | 0644, 0));
	assert_int_equal(root_read(fd, "/dir", 100, &data, &size), -EINVAL);
	assert_int_equal(root_read(fd, "/fifo", 100, &data, &size), -EINVAL);
	assert_int_equal(root_read(fd, "/none", 100, &data, &size), -ENOENT);
	assert_int_equal(root_read(fd, "/file/none", 100, &data, &size), -ENOTDIR);
	assert_null(data);
}

/* No driver has the number, so an open would say that; none is tried. */
static void test_device_is_not_opened(void **state)
{
	_cleanup_close_ int fd = open_root(state);
	_cleanup_free_ char *path = tree_path(*state, "root/device");
	char *data = NULL;
	size_t size;

	if (!tree_node(*state, "root/device", S_IFCHR | 0644, makedev(511, 77))) {
		print_message("device nodes are not allowed here\n");
		skip();
	}
	assert_int_equal(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), -1);
	assert_int_equal(errno, ENXIO);
	assert_int_equal(root_read(fd, "/device", 100, &data, &size), -EINVAL);
	tree_link(*state, "root/to-device", "device");
	assert_int_equal(root_read(fd, "/to-device", 100, &data, &size), -EINVAL);
	assert_null(data);
}

/* A link up and down again is no way out. */
static void test_up_and_down(void **state)
{
	_cleanup_close_ int fd = open_root(state);
	_cleanup_free_ char *data = NULL;
	size_t size;

	tree_directory(*state, "root/dir");
	tree_link(*state, "root/dir/up", "../../../file");
	assert_int_equal(root_read(fd, "/dir/up", 100, &data, &size), 0);
	assert_int_equal(size, 10);
}

/* A small tree with links of all kinds. */
static void make_links(void **state)
{
	tree_directory(*state, "root/a");
	tree_directory(*state, "root/a/b");
	tree_file(*state, "root/a/b/deep", "x");
	tree_link(*state, "root/abs", "/a/b");
	tree_link(*state, "root/a/up", "..");
	tree_link(*state, "root/a/far", "../../../../outside");
	tree_link(*state, "root/a/b/self", "../b/./deep");
	tree_link(*state, "root/chain", "abs");
	tree_link(*state, "root/loop1", "loop2");
	tree_link(*state, "root/loop2", "loop1");
	tree_link(*state, "root/rootdir", "/");
	tree_link(*state, "root/dangling", "/none");
}

/* Both ways to open lead to the same, or fail with the same. */
static void test_stepwise(void **state)
{
	static const char *const paths[] = {
		"/",
		"",
		".",
		"..",
		"/..",
		"/file",
		"file",
		"/file/",
		"/file/x",
		"/none",
		"/none/x",
		"/a/b/deep",
		"/abs/deep",
		"/chain/deep",
		"/a/up/file",
		"/a/far",
		"/a/b/self",
		"/a/b/../b/deep",
		"/loop1",
		"/loop1/x",
		"/rootdir/a/b",
		"/rootdir",
		"/dangling",
		"/abs/../b/deep",
		"//a//b//deep",
		"/../../file",
		"/chain",
		"/a/up/a/up/a/b/self",
	};
	_cleanup_close_ int fd = open_root(state);
	const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	size_t opened = 0;

	make_links(state);
	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		const char *path = paths[i][0] ? paths[i] : "/";
		_cleanup_close_ int a = (int)syscall(SYS_openat2, fd, path, &how, sizeof(how));
		int expected = a < 0 ? -errno : 0;
		_cleanup_close_ int b = root_open_stepwise(fd, paths[i], O_RDONLY | O_CLOEXEC);
		struct stat x, y;

		if (expected == -ENOSYS || expected == -EPERM) {
			print_message("openat2 is not allowed here\n");
			return;
		}
		/* A '/' behind a file is not looked at. */
		if (strcmp(paths[i], "/file/") == 0) {
			assert_true(b >= 0);
			continue;
		}
		if ((b < 0 ? b : 0) != expected)
			fail_msg("%s: %d is not %d", paths[i], b, expected);
		if (a < 0)
			continue;
		assert_true(fstat(a, &x) == 0 && fstat(b, &y) == 0);
		assert_true(x.st_ino == y.st_ino && x.st_dev == y.st_dev);
		opened++;
	}
	assert_true(opened > 15);
}

static void test_stepwise_is_bounded(void **state)
{
	_cleanup_close_ int fd = open_root(state);
	char path[4096] = "";

	for (int i = 0; i < 200; i++) {
		(void)snprintf(path + strlen(path), sizeof(path) - strlen(path), "/d");
		{
			_cleanup_free_ char *whole = NULL;

			assert_true(asprintf(&whole, "root%s", path) > 0);
			tree_directory(*state, whole);
		}
	}
	assert_int_equal(root_open_stepwise(fd, path, O_RDONLY | O_CLOEXEC), -ENAMETOOLONG);
	path[2 * 100] = '\0';
	{
		_cleanup_close_ int deep = root_open_stepwise(fd, path, O_RDONLY | O_CLOEXEC);

		assert_true(deep >= 0);
	}
}

static void test_directory(void **state)
{
	_cleanup_close_ int fd = open_root(state), good = -EBADF;

	tree_directory(*state, "elsewhere");
	tree_directory(*state, "root/dir");
	tree_link(*state, "root/out", "/elsewhere");
	tree_link(*state, "root/in", "/dir");
	assert_int_equal(root_open_directory(fd, "/out"), -ENOENT);
	assert_int_equal(root_open_directory(fd, "/file"), -ENOTDIR);
	good = root_open_directory(fd, "/in");
	assert_true(good >= 0);
}

static void test_open(void **state)
{
	_cleanup_free_ char *file = tree_path(*state, "outside");

	assert_int_equal(root_open(file), -ENOTDIR);
	assert_int_equal(root_open("/nowhere/at/all"), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_read),	TEST(test_links_stay_inside),	 TEST(test_magic_links),
		TEST(test_not_regular), TEST(test_device_is_not_opened), TEST(test_up_and_down),
		TEST(test_stepwise),	TEST(test_stepwise_is_bounded),	 TEST(test_directory),
		TEST(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
