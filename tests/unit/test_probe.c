/* SPDX-License-Identifier: Apache-2.0 */
/* What is mounted below the root, and kernels without openat2(2). */
#include "measure/probe.h"
#include "scratch.h"
#include "tree.h"
#include "walked.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

/* What a child found wrong, as its exit status: the line. */
#define EXPECT(condition)                                                   \
	do {                                                                \
		if (!(condition)) {                                         \
			print_error("line %d: %s\n", __LINE__, #condition); \
			return 1;                                           \
		}                                                           \
	} while (0)

static bool enter_namespace(void)
{
	return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool bind(const char *root, const char *from, const char *to)
{
	_cleanup_free_ char *source = tree_path(root, from), *target = tree_path(root, to);

	return mount(source, target, NULL, MS_BIND, NULL) == 0;
}

static bool mount_tmpfs(const char *root, const char *to)
{
	_cleanup_free_ char *target = tree_path(root, to);

	return mount("none", target, "tmpfs", 0, NULL) == 0;
}

/*
 * Whether the item is a mount that was neither entered nor read: of `type`, with the attributes of
 * what is mounted there.
 */
static bool is_mount(const struct items *items, const char *path, enum entry_type type, mode_t mode)
{
	const struct walk_item *item = find(items, path);

	return item && item->problem == PROBLEM_MOUNT && item->error == 0 && item->fd < 0 &&
	       item->entry.type == type && item->entry.has & ENTRY_HAS_MODE &&
	       item->entry.mode == mode && !item->entry.xattrs[XATTR_CAPABILITY].data;
}

static bool is_sound(const struct items *items, const char *path)
{
	const struct walk_item *item = find(items, path);

	return item && item->problem == PROBLEM_NONE;
}

static void make_mount_points(void **state)
{
	tree_directory(*state, "dir");
	tree_file(*state, "dir/on", "x");
	tree_directory(*state, "point");
	tree_file(*state, "point/under", "x");
	tree_directory(*state, "point-tmp");
	tree_file(*state, "point-tmp/under", "x");
	tree_file(*state, "file", "content");
	tree_mode(*state, "file", 0751);
	tree_file(*state, "over", "hidden");
	tree_file(*state, "node", "hidden");
	tree_file(*state, "fifo", "hidden");
	tree_file(*state, "z", "x");
	assert_true(tree_node(*state, "real-fifo", S_IFIFO | 0644, 0));
	assert_true(tree_node(*state, "pipe", S_IFIFO | 0600, 0));
}

/* A directory and a file of the same filesystem, another filesystem, and special files. */
static bool make_mounts(const char *root)
{
	return enter_namespace() && bind(root, "dir", "point") && mount_tmpfs(root, "point-tmp") &&
	       bind(root, "file", "over") && bind(root, "real-fifo", "fifo") &&
	       bind(root, "file", "pipe");
}

static int check_mounts(const char *root, bool without_openat2)
{
	const struct walk_options options = {.root = root, .without_openat2 = without_openat2};
	_cleanup_free_ char *node = tree_path(root, "node");
	_cleanup_items_ struct items items = {};

	if (!make_mounts(root) || mount("/dev/null", node, NULL, MS_BIND, NULL) < 0)
		return 77;
	collect_with(&options, &items);
	EXPECT(items.count == 12);
	EXPECT(count_problems(&items, PROBLEM_MOUNT) == 6);
	EXPECT(is_mount(&items, "./point", ENTRY_DIRECTORY, 0755));
	EXPECT(is_mount(&items, "./point-tmp", ENTRY_DIRECTORY, 01777));
	EXPECT(is_mount(&items, "./over", ENTRY_FILE, 0751));
	EXPECT(find(&items, "./over")->entry.size == strlen("content"));
	EXPECT(is_mount(&items, "./fifo", ENTRY_FIFO, 0644));
	EXPECT(is_mount(&items, "./pipe", ENTRY_FILE, 0751));
	EXPECT(is_mount(&items, "./node", ENTRY_CHAR, 0666));
	EXPECT(is_sound(&items, "./dir/on") && is_sound(&items, "./file"));
	EXPECT(is_sound(&items, "./real-fifo") && is_sound(&items, "./z"));
	return 0;
}

static int mounts(const char *root)
{
	return check_mounts(root, false);
}

static int mounts_without_openat2(const char *root)
{
	return check_mounts(root, true);
}

static void test_mounts(void **state)
{
	make_mount_points(state);
	run_child(mounts, state);
}

static void test_mounts_without_openat2(void **state)
{
	make_mount_points(state);
	run_child(mounts_without_openat2, state);
}

/* What was asked, and what is answered. */
struct asked {
	const char *yes;
	char paths[256];
};

static bool answer(void *data, const char *absolute)
{
	struct asked *asked = data;
	size_t length = strlen(asked->paths);

	(void)snprintf(asked->paths + length, sizeof(asked->paths) - length, "%s ", absolute);
	return strstr(asked->yes, absolute) != NULL;
}

static int check_follows(const char *root, bool without_openat2)
{
	struct asked asked = {.yes = "/point /over"};
	const struct walk_options options = {
		.root = root,
		.follows = answer,
		.data = &asked,
		.without_openat2 = without_openat2,
	};
	_cleanup_items_ struct items items = {};

	if (!make_mounts(root))
		return 77;
	/* A mount inside of one that is followed is a mount again. */
	tree_directory(root, "dir/deep");
	if (!mount_tmpfs(root, "point/deep"))
		return 77;
	collect_with(&options, &items);
	check_order(&items);
	/* "-" sorts before "/". */
	EXPECT(strcmp(asked.paths, "/fifo /over /pipe /point /point-tmp /point/deep ") == 0);
	EXPECT(is_sound(&items, "./point") && is_sound(&items, "./point/on"));
	EXPECT(!find(&items, "./point/under"));
	EXPECT(is_mount(&items, "./point/deep", ENTRY_DIRECTORY, 01777));
	EXPECT(is_mount(&items, "./point-tmp", ENTRY_DIRECTORY, 01777));
	EXPECT(is_sound(&items, "./over") && find(&items, "./over")->entry.mode == 0751);
	EXPECT(is_sound(&items, "./dir/deep"));
	EXPECT(count_problems(&items, PROBLEM_MOUNT) == 4);
	return 0;
}

static int follows(const char *root)
{
	return check_follows(root, false);
}

static int follows_without_openat2(const char *root)
{
	return check_follows(root, true);
}

static void test_follows(void **state)
{
	make_mount_points(state);
	run_child(follows, state);
}

static void test_follows_without_openat2(void **state)
{
	make_mount_points(state);
	run_child(follows_without_openat2, state);
}

static bool want(void *data, const char *absolute, unsigned char type)
{
	const char *unwanted = data;
	size_t length = strlen(absolute);
	const char *at = strstr(unwanted, absolute);

	if (type == DT_DIR && strcmp(absolute, "/dir") != 0)
		return false;
	return !at || at[length] != ' ';
}

static void test_wants(void **state)
{
	char unwanted[] = "/file /dir/on /point ";
	const struct walk_options options = {.root = *state, .wants = want, .data = unwanted};
	_cleanup_items_ struct items items = {};

	make_mount_points(state);
	tree_file(*state, "dir/kept", "");
	collect_with(&options, &items);
	check_order(&items);
	assert_int_equal(items.count, 9);
	assert_null(find(&items, "./file"));
	assert_null(find(&items, "./dir/on"));
	assert_null(find(&items, "./point"));
	assert_null(find(&items, "./point-tmp"));
	assert_null(find(&items, "./point/under"));
	assert_non_null(find(&items, "./dir"));
	assert_non_null(find(&items, "./dir/kept"));
	assert_non_null(find(&items, "./z"));
}

/* A mount that appears between a directory's turn and its content's is not entered. */
static int mount_while_waiting(const char *root)
{
	_cleanup_(walk_free_p) struct walk *walk = NULL;
	size_t problems = 0;

	if (!enter_namespace())
		return 77;
	tree_file(root, "point-a", "x");
	EXPECT(walk_new(&(struct walk_options){.root = root}, &walk, NULL) == 0);
	for (;;) {
		struct walk_item item = {.fd = -EBADF};
		int r = walk_next(walk, &item);

		EXPECT(r >= 0);
		if (r == 0)
			break;
		if (strcmp(item.entry.path, "./point-a") == 0 && !mount_tmpfs(root, "point"))
			return 77;
		EXPECT(strcmp(item.entry.path, "./point/under") != 0);
		if (item.repeated) {
			EXPECT(item.problem == PROBLEM_MOUNT);
			EXPECT(strcmp(item.absolute, "/point") == 0);
			problems++;
		}
		walk_item_done(&item);
	}
	EXPECT(problems == 1);
	return 0;
}

static void test_mount_while_waiting(void **state)
{
	make_mount_points(state);
	run_child(mount_while_waiting, state);
}

/* The root itself may be a mount, and is entered. */
static int root_is_a_mount(const char *root)
{
	_cleanup_items_ struct items items = {};

	if (!enter_namespace() || mount(root, root, NULL, MS_BIND, NULL) < 0)
		return 77;
	collect(root, &items);
	EXPECT(count_problems(&items, PROBLEM_NONE) == items.count);
	EXPECT(find(&items, "./point/under"));
	return 0;
}

static void test_root_is_a_mount(void **state)
{
	make_mount_points(state);
	run_child(root_is_a_mount, state);
}

static bool items_are_equal(const struct items *a, const struct items *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct entry *x = &a->items[i].entry, *y = &b->items[i].entry;

		if (strcmp(x->path, y->path) != 0 || x->type != y->type || x->has != y->has ||
		    x->mode != y->mode || x->uid != y->uid || x->gid != y->gid ||
		    x->size != y->size || x->device != y->device ||
		    a->items[i].problem != b->items[i].problem ||
		    a->items[i].st.st_dev != b->items[i].st.st_dev ||
		    a->items[i].st.st_ino != b->items[i].st.st_ino ||
		    a->items[i].st.st_nlink != b->items[i].st.st_nlink ||
		    a->items[i].st.st_ctim.tv_nsec != b->items[i].st.st_ctim.tv_nsec)
			return false;
	}
	return true;
}

/* Both ways of asking say the same. */
static void test_without_openat2(void **state)
{
	_cleanup_items_ struct items with = {}, without = {};
	_cleanup_close_ int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	make_mount_points(state);
	tree_link(*state, "link", "/etc");
	tree_socket(*state, "socket");
	tree_owner(*state, "dir/on", 12, 34);
	if (!tree_node(*state, "null", S_IFCHR | 0666, makedev(1, 3)))
		print_message("device nodes are not allowed here\n");
	collect(*state, &with);
	collect_with(&(struct walk_options){.root = *state, .without_openat2 = true}, &without);
	assert_true(items_are_equal(&with, &without));
	if (!probe_has_openat2(fd)) {
		print_message("openat2 is not allowed here\n");
		skip();
	}
}

static void test_open(void **state)
{
	_cleanup_close_ int root = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	tree_file(*state, "file", "x");
	tree_directory(*state, "dir");
	tree_link(*state, "link", "file");
	tree_link(*state, "out", "/");
	assert_true(tree_node(*state, "fifo", S_IFIFO | 0644, 0));
	for (int i = 0; i < 2; i++) {
		const struct probe_place place = {
			.fd = root,
			.has_openat2 = i == 0 && probe_has_openat2(root),
		};
		_cleanup_close_ int file = probe_open(&place, "file", 0);
		_cleanup_close_ int dir = probe_open(&place, "dir", O_DIRECTORY);
		/* It does not wait for somebody to write. */
		_cleanup_close_ int fifo = probe_open(&place, "fifo", 0);

		assert_true(file >= 0 && dir >= 0 && fifo >= 0);
		assert_int_equal(probe_open(&place, "none", 0), -ENOENT);
		assert_int_equal(probe_open(&place, "link", 0), -ELOOP);
		assert_true(probe_open(&place, "out", O_DIRECTORY) < 0);
		assert_int_equal(probe_open(&place, "file", O_DIRECTORY), -ENOTDIR);
		if (place.has_openat2)
			assert_int_equal(probe_open(&place, "..", O_DIRECTORY), -EXDEV);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mounts),
		TEST(test_mounts_without_openat2),
		TEST(test_follows),
		TEST(test_follows_without_openat2),
		TEST(test_wants),
		TEST(test_mount_while_waiting),
		TEST(test_root_is_a_mount),
		TEST(test_without_openat2),
		TEST(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
