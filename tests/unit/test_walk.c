/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"
#include "tree.h"
#include "walked.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <cmocka.h>

static void test_order_is_exact(void **state)
{
	static const char *const expected[] = {
		".",	   "./A",     "./\\001", "./\\012", "./\\040", "./\\052",
		"./\\134", "./\\177", "./\\200", "./\\377", "./a",     "./a\\040b",
		"./a+",	   "./a+/z",  "./a,",	 "./a-b",   "./a-b/c", "./a.d",
		"./a/b",   "./a/b-",  "./a/b/c", "./a0",    "./aa",    "./b",
	};
	static const char *const directories[] = {"a", "a+", "a-b", "a/b"};
	static const char *const files[] = {"A",    "\001",  "\n",  " ",    "*",  "\\",	   "\177",
					    "\200", "\377",  "a b", "a+/z", "a,", "a-b/c", "a.d",
					    "a/b-", "a/b/c", "a0",  "aa",   "b"};
	_cleanup_items_ struct items items = {};
	size_t found = 0;

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(*state, directories[i]);
	for (size_t i = 0; i < ELEMENTS(files); i++)
		tree_file(*state, files[i], "x");
	collect(*state, &items);
	check_order(&items);
	assert_int_equal(items.count, ELEMENTS(expected));
	for (size_t i = 0; i < ELEMENTS(expected); i++)
		found += find(&items, expected[i]) != NULL;
	assert_int_equal(found, ELEMENTS(expected));
}

/* Asks sort(1) whether the lines are in order. */
static void check_sort(const struct items *items)
{
	FILE *lines = tmpfile();
	pid_t pid;
	int status;

	assert_non_null(lines);
	for (size_t i = 0; i < items->count; i++)
		assert_true(fprintf(lines, "%s type=x\n", items->items[i].entry.path) > 0);
	rewind(lines);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(fileno(lines), STDIN_FILENO) < 0 || setenv("LC_ALL", "C", 1) < 0)
			_exit(126);
		execlp("sort", "sort", "-c", NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(fclose(lines), 0);
}

/* What LC_ALL=C sort takes for sorted. */
static void test_order_is_sorts(void **state)
{
	_cleanup_items_ struct items items = {};
	char name[256];

	srandom(7);
	for (int i = 0; i < 400; i++) {
		size_t length = 1 + (size_t)random() % 3;

		for (size_t k = 0; k < length; k++)
			name[k] = "ab-/+.0 \n\\*\377~"[random() % 13];
		name[length] = '\0';
		for (char *slash = name; (slash = strchr(slash, '/'));)
			*slash = '!';
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		{
			_cleanup_free_ char *path = tree_path(*state, name);

			if (mkdir(path, 0755) < 0)
				continue;
			tree_file(path, "-", "");
			tree_file(path, "z", "");
		}
	}
	memset(name, 'n', 255);
	name[255] = '\0';
	tree_file(*state, name, "");
	memset(name, '\001', 255);
	tree_file(*state, name, "");
	collect(*state, &items);
	assert_true(items.count > 300);
	check_sort(&items);
}

static void test_types(void **state)
{
	_cleanup_items_ struct items items = {};
	bool nodes;

	tree_directory(*state, "dir");
	tree_mode(*state, "dir", 03711);
	tree_file(*state, "file", "12345");
	tree_owner(*state, "file", 12, 34);
	tree_mode(*state, "file", 04751);
	tree_link(*state, "dangling", "/does/not/exist");
	tree_link(*state, "loop", "loop");
	tree_link(*state, "up", "..");
	tree_link(*state, "root", "/");
	assert_true(tree_node(*state, "fifo", S_IFIFO | 0640, 0));
	tree_socket(*state, "socket");
	nodes = tree_node(*state, "null", S_IFCHR | 0666, makedev(1, 3)) &&
		tree_node(*state, "disk", S_IFBLK | 0660, makedev(259, 70000));
	collect(*state, &items);
	check_order(&items);
	for (size_t i = 0; i < items.count; i++)
		assert_int_equal(items.items[i].problem, PROBLEM_NONE);

	assert_int_equal(find(&items, "./dir")->entry.mode, 03711);
	assert_int_equal(find(&items, "./dir")->entry.has & ENTRY_HAS_SIZE, 0);
	assert_int_equal(find(&items, "./file")->entry.mode, 04751);
	assert_int_equal(find(&items, "./file")->entry.uid, 12);
	assert_int_equal(find(&items, "./file")->entry.gid, 34);
	assert_int_equal(find(&items, "./file")->entry.size, 5);
	assert_string_equal(find(&items, "./dangling")->entry.link, "/does/not/exist");
	assert_string_equal(find(&items, "./loop")->entry.link, "loop");
	assert_int_equal(find(&items, "./loop")->entry.has & ENTRY_HAS_MODE, 0);
	assert_string_equal(find(&items, "./up")->entry.link, "..");
	assert_int_equal(find(&items, "./fifo")->entry.type, ENTRY_FIFO);
	assert_int_equal(find(&items, "./socket")->entry.type, ENTRY_SOCKET);
	assert_int_equal(items.count, nodes ? 11 : 9);
	if (!nodes) {
		print_message("device nodes are not allowed here\n");
		skip();
	}
	assert_int_equal(find(&items, "./null")->entry.device, makedev(1, 3));
	assert_int_equal(find(&items, "./disk")->entry.device, makedev(259, 70000));
	assert_int_equal(find(&items, "./disk")->entry.type, ENTRY_BLOCK);
}

static void test_xattrs(void **state)
{
	_cleanup_items_ struct items items = {};
	const struct walk_item *file, *directory;

	tree_file(*state, "file", "");
	tree_directory(*state, "dir");
	if (!tree_capability(*state, "file", 0x400) || !tree_acl(*state, "file", false, 33) ||
	    !tree_acl(*state, "dir", true, 33)) {
		print_message("no capabilities or ACLs on this filesystem\n");
		skip();
	}
	for (int i = 0; i < 60; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "user.a-name-that-takes-room-%d", i);
		(void)tree_xattr(*state, "file", name, "", 0);
	}
	collect(*state, &items);
	file = find(&items, "./file");
	directory = find(&items, "./dir");
	assert_int_equal(file->problem, PROBLEM_NONE);
	assert_int_equal(file->entry.xattrs[XATTR_CAPABILITY].size, 20);
	assert_int_equal(file->entry.xattrs[XATTR_ACL_ACCESS].size, 44);
	assert_null(file->entry.xattrs[XATTR_ACL_DEFAULT].data);
	assert_int_equal(directory->entry.xattrs[XATTR_ACL_DEFAULT].size, 44);
	assert_null(directory->entry.xattrs[XATTR_ACL_ACCESS].data);
}

static void make_chain(void **state, int depth)
{
	int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < depth; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		assert_int_equal(close(fd), 0);
		fd = next;
	}
	assert_int_equal(mkdirat(fd, "end", 0755), 0);
	assert_int_equal(close(fd), 0);
}

/* Beyond the limit nothing is entered, and that is said. */
static void test_depth(void **state)
{
	_cleanup_items_ struct items items = {};
	struct rlimit old, limit;
	size_t limits;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = old.rlim_max < 4096 ? old.rlim_max : 4096;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	make_chain(state, 1500);
	collect(*state, &items);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	check_order(&items);
	limits = count_problems(&items, PROBLEM_LIMIT) + count_problems(&items, PROBLEM_UNREADABLE);
	assert_int_equal(limits, 1);
	assert_true(items.items[items.count - 1].repeated);
	if (limit.rlim_cur > WALK_DEPTH_MAX + 100)
		assert_int_equal(items.count, WALK_DEPTH_MAX + 2);
}

/* Out of descriptors half way: that is said as well. */
static void test_few_descriptors(void **state)
{
	_cleanup_items_ struct items items = {};
	struct rlimit old, limit;

	make_chain(state, 100);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	limit = old;
	limit.rlim_cur = 50;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	collect(*state, &items);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_true(count_problems(&items, PROBLEM_UNREADABLE) >= 1);
	assert_true(items.count < 60);
}

static void test_prune(void **state)
{
	_cleanup_(walk_free_p) struct walk *walk = NULL;
	size_t count = 0;

	tree_directory(*state, "a");
	tree_file(*state, "a/below", "");
	tree_file(*state, "b", "");
	assert_int_equal(walk_new(&(struct walk_options){.root = *state}, &walk, NULL), 0);
	for (;;) {
		struct walk_item item = {.fd = -EBADF};
		int r = walk_next(walk, &item);

		if (r == 0)
			break;
		assert_int_equal(r, 1);
		count++;
		assert_string_not_equal(item.entry.path, "./a/below");
		if (strcmp(item.entry.path, "./a") == 0)
			walk_prune(walk);
		walk_item_done(&item);
	}
	assert_int_equal(count, 3);
}

static void test_prune_root(void **state)
{
	_cleanup_(walk_free_p) struct walk *walk = NULL;
	struct walk_item item = {.fd = -EBADF};

	tree_file(*state, "a", "");
	assert_int_equal(walk_new(&(struct walk_options){.root = *state}, &walk, NULL), 0);
	assert_int_equal(walk_next(walk, &item), 1);
	walk_item_done(&item);
	walk_prune(walk);
	assert_int_equal(walk_next(walk, &item), 0);
	assert_int_equal(walk_next(walk, &item), 0);
}

/* Walks up to "./a", lets `change` act, and gives what comes then. */
static void walk_across(void **state, void (*change)(void **state), struct items *ret)
{
	_cleanup_(walk_free_p) struct walk *walk = NULL;
	bool changed = false;

	assert_int_equal(walk_new(&(struct walk_options){.root = *state}, &walk, NULL), 0);
	for (;;) {
		struct walk_item item = {.fd = -EBADF};
		int r = walk_next(walk, &item);

		assert_true(r >= 0);
		if (r == 0)
			break;
		if (changed)
			items_add(ret, &item);
		if (!changed && strcmp(item.entry.path, "./a") == 0) {
			change(state);
			changed = true;
		}
		if (!changed || ret->count == 0)
			walk_item_done(&item);
	}
	assert_true(changed);
}

static void file_to_directory(void **state)
{
	tree_remove(*state, "b");
	tree_directory(*state, "b");
	tree_file(*state, "b/hidden", "x");
}

/* What was listed as a file and is a directory now is not passed over. */
static void test_file_becomes_directory(void **state)
{
	_cleanup_items_ struct items items = {};

	tree_file(*state, "a", "");
	tree_file(*state, "b", "");
	walk_across(state, file_to_directory, &items);
	assert_true(find(&items, "./b/hidden") != NULL ||
		    count_problems(&items, PROBLEM_CHANGED) == 1);
}

static void directory_to_link(void **state)
{
	tree_remove(*state, "b");
	tree_link(*state, "b", "/etc");
}

static void test_directory_becomes_link(void **state)
{
	_cleanup_items_ struct items items = {};

	tree_file(*state, "a", "");
	tree_directory(*state, "b");
	walk_across(state, directory_to_link, &items);
	assert_int_equal(items.count, 1);
	assert_int_equal(items.items[0].entry.type, ENTRY_LINK);
	assert_string_equal(items.items[0].entry.link, "/etc");
}

static void remove_rest(void **state)
{
	tree_remove(*state, "b");
	tree_remove(*state, "c");
}

static void test_vanished(void **state)
{
	_cleanup_items_ struct items items = {};

	tree_file(*state, "a", "");
	tree_file(*state, "b", "");
	tree_directory(*state, "c");
	walk_across(state, remove_rest, &items);
	assert_true(items.count >= 2);
	for (size_t i = 0; i < items.count; i++)
		assert_int_equal(items.items[i].problem, PROBLEM_VANISHED);
}

static void swap_directory(void **state)
{
	tree_rename(*state, "a", "old");
	tree_directory(*state, "a");
	tree_file(*state, "a/new", "x");
}

/* Another directory under the name of the one that was just seen: what is below the one that was
 * seen is what comes, and never the other's. */
static void test_directory_is_swapped(void **state)
{
	_cleanup_items_ struct items items = {};

	tree_directory(*state, "a");
	tree_file(*state, "a/old", "x");
	walk_across(state, swap_directory, &items);
	assert_int_equal(items.count, 1);
	assert_string_equal(items.items[0].entry.path, "./a/old");
	assert_int_equal(items.items[0].problem, PROBLEM_NONE);
}

/* The same, but with a name in between, so that it must be opened again. */
static void test_waiting_directory_is_swapped(void **state)
{
	_cleanup_items_ struct items items = {};

	tree_directory(*state, "a");
	tree_file(*state, "a/old", "x");
	tree_file(*state, "a-b", "x");
	walk_across(state, swap_directory, &items);
	assert_int_equal(items.count, 2);
	assert_string_equal(items.items[0].entry.path, "./a-b");
	assert_string_equal(items.items[1].entry.path, "./a");
	assert_int_equal(items.items[1].problem, PROBLEM_CHANGED);
	assert_true(items.items[1].repeated);
}

static void remove_waiting(void **state)
{
	tree_remove(*state, "a");
}

static void test_waiting_directory_vanishes(void **state)
{
	_cleanup_items_ struct items items = {};

	tree_directory(*state, "a");
	tree_file(*state, "a-b", "x");
	walk_across(state, remove_waiting, &items);
	assert_int_equal(items.count, 2);
	assert_string_equal(items.items[1].entry.path, "./a");
	assert_int_equal(items.items[1].problem, PROBLEM_VANISHED);
	assert_true(items.items[1].repeated);
}

static int walk_unprivileged(const char *root)
{
	struct items items = {};

	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 77;
	collect(root, &items);
	if (items.count != 5 || count_problems(&items, PROBLEM_UNREADABLE) != 2)
		return 1;
	if (!find(&items, "./secret") || find(&items, "./secret")->problem != PROBLEM_UNREADABLE)
		return 2;
	if (find(&items, "./secret")->error != -EACCES || find(&items, "./locked/in"))
		return 3;
	if (!(find(&items, "./secret")->entry.has & ENTRY_HAS_MODE) ||
	    find(&items, "./open")->problem != PROBLEM_NONE)
		return 4;
	items_done(&items);
	return 0;
}

static void test_unreadable(void **state)
{
	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	tree_mode(*state, "", 0755);
	tree_file(*state, "open", "x");
	tree_file(*state, "other", "x");
	tree_file(*state, "secret", "x");
	tree_mode(*state, "secret", 0600);
	tree_directory(*state, "locked");
	tree_file(*state, "locked/in", "x");
	tree_mode(*state, "locked", 0700);
	run_child(walk_unprivileged, state);
}

static void test_bad_roots(void **state)
{
	_cleanup_free_ char *missing = tree_path(*state, "missing");
	_cleanup_free_ char *file = tree_path(*state, "file");
	_cleanup_error_ struct error error = {};
	struct walk *walk = NULL;

	tree_file(*state, "file", "");
	assert_int_equal(walk_new(&(struct walk_options){.root = missing}, &walk, &error), -ENOENT);
	assert_non_null(strstr(error.message, missing));
	assert_int_equal(walk_new(&(struct walk_options){.root = file}, &walk, &error), -ENOTDIR);
	assert_null(walk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order_is_exact),
		TEST(test_order_is_sorts),
		TEST(test_types),
		TEST(test_xattrs),
		TEST(test_depth),
		TEST(test_few_descriptors),
		TEST(test_prune),
		TEST(test_prune_root),
		TEST(test_file_becomes_directory),
		TEST(test_directory_becomes_link),
		TEST(test_vanished),
		TEST(test_directory_is_swapped),
		TEST(test_waiting_directory_is_swapped),
		TEST(test_waiting_directory_vanishes),
		TEST(test_unreadable),
		TEST(test_bad_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
