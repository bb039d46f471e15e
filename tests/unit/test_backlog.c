/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/backlog.h"
#include "scratch.h"
#include "tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

struct fixture {
	void *root;
	struct pool *pool;
	struct backlog *backlog;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || scratch_setup(&fixture->root) != 0)
		return -1;
	*state = fixture;
	tree_file(fixture->root, "large", "content");
	return pool_new(&(struct pool_options){.workers = 1}, &fixture->pool, NULL) < 0 ||
	       backlog_new(&fixture->backlog) < 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	int r;

	backlog_free(fixture->backlog);
	pool_free(fixture->pool);
	r = scratch_teardown(&fixture->root);
	free(fixture);
	return r;
}

/* An item with something in each member that has memory of its own. */
static struct pool_item make_item(unsigned number)
{
	struct pool_item item = {.item.fd = -EBADF, .has_expected = true};
	char text[32];

	(void)snprintf(text, sizeof(text), "./%06u", number);
	item.item.entry = (struct entry){.path = strdup(text), .link = strdup("target")};
	item.item.absolute = strdup(text + 1);
	item.item.st.st_size = number;
	item.expected = (struct entry){.path = strdup(text), .size = number};
	item.expected.xattrs[XATTR_ACL_ACCESS].data = calloc(1, 1);
	item.expected.xattrs[XATTR_CAPABILITY].data = (uint8_t *)strdup("abc");
	item.expected.xattrs[XATTR_CAPABILITY].size = 3;
	return item;
}

static void check_item(struct pool_item *item, unsigned number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "./%06u", number);
	assert_string_equal(item->item.entry.path, text);
	assert_string_equal(item->item.entry.link, "target");
	assert_string_equal(item->item.absolute, text + 1);
	assert_int_equal(item->item.st.st_size, number);
	assert_int_equal(item->item.fd, -EBADF);
	assert_true(item->has_expected);
	assert_string_equal(item->expected.path, text);
	assert_null(item->expected.link);
	assert_memory_equal(item->expected.xattrs[XATTR_CAPABILITY].data, "abc", 3);
	assert_non_null(item->expected.xattrs[XATTR_ACL_ACCESS].data);
	assert_int_equal(item->expected.xattrs[XATTR_ACL_ACCESS].size, 0);
	assert_null(item->expected.xattrs[XATTR_ACL_DEFAULT].data);
	pool_item_done(item);
}

/* A file that is in the pool and out of its order. */
static struct task *set_aside(struct fixture *fixture)
{
	_cleanup_free_ char *path = tree_path(fixture->root, "large");
	struct pool_item item = {.hash = true, .prefix = UINT64_MAX};

	item.item.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(item.item.fd, &item.item.st), 0);
	item.item.entry.path = strdup("./large");
	item.item.absolute = strdup("/large");
	pool_put(fixture->pool, &item);
	return pool_set_aside(fixture->pool);
}

static void expect_task(struct fixture *fixture)
{
	struct pool_item item;

	assert_int_equal(backlog_get(fixture->backlog, fixture->pool, &item), 0);
	assert_string_equal(item.item.entry.path, "./large");
	assert_true(item.item.entry.has & ENTRY_HAS_DIGEST);
	pool_item_done(&item);
}

static void expect_items(struct fixture *fixture, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++) {
		struct pool_item item;

		assert_int_equal(backlog_get(fixture->backlog, fixture->pool, &item), 0);
		check_item(&item, i);
	}
}

static void put_items(struct fixture *fixture, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++) {
		struct pool_item item = make_item(i);

		assert_true(backlog_has_room(fixture->backlog));
		backlog_put(fixture->backlog, &item);
		assert_null(item.item.entry.path);
	}
}

/* Out comes what went in, in order, also with several large files and after it was empty. */
static void test_order(void **state)
{
	struct fixture *fixture = *state;

	for (int round = 0; round < 3; round++) {
		assert_true(backlog_is_empty(fixture->backlog));
		backlog_put_task(fixture->backlog, set_aside(fixture));
		put_items(fixture, 0, 1000);
		backlog_put_task(fixture->backlog, set_aside(fixture));
		backlog_put_task(fixture->backlog, set_aside(fixture));
		put_items(fixture, 1000, 1500);
		expect_task(fixture);
		expect_items(fixture, 0, 700);
		put_items(fixture, 1500, 1600);
		expect_items(fixture, 700, 1000);
		expect_task(fixture);
		expect_task(fixture);
		assert_false(backlog_is_waiting(fixture->backlog));
		expect_items(fixture, 1000, 1600);
	}
	assert_true(backlog_is_empty(fixture->backlog));
}

static void test_places(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < POOL_ASIDE_MAX; i++) {
		assert_true(backlog_has_place(fixture->backlog));
		backlog_put_task(fixture->backlog, set_aside(fixture));
	}
	assert_false(backlog_has_place(fixture->backlog));
	for (unsigned i = 0; i < POOL_ASIDE_MAX; i++)
		expect_task(fixture);
	assert_true(backlog_is_empty(fixture->backlog));
}

/* Where nothing can be written, nothing is lost either. */
static void test_no_room(void **state)
{
	struct fixture *fixture = *state;
	const struct rlimit none = {0, RLIM_INFINITY};
	struct rlimit before;
	struct pool_item item = make_item(0);

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	backlog_put_task(fixture->backlog, set_aside(fixture));
	backlog_put(fixture->backlog, &item);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(backlog_has_room(fixture->backlog));
	assert_false(backlog_has_place(fixture->backlog));
	expect_task(fixture);
	assert_false(backlog_is_empty(fixture->backlog));
	expect_items(fixture, 0, 1);
	assert_true(backlog_is_empty(fixture->backlog));
}

static void test_free_with_items(void **state)
{
	struct fixture *fixture = *state;

	backlog_put_task(fixture->backlog, set_aside(fixture));
	put_items(fixture, 0, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order),
		TEST(test_places),
		TEST(test_no_room),
		TEST(test_free_with_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
