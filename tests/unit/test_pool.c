/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/pool.h"
#include "scratch.h"
#include "tree.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#include <cmocka.h>

/* An item as the walk makes it of an open file; hash says whether there is work. */
static struct pool_item make_item(const char *root, const char *name, bool hash)
{
	_cleanup_free_ char *path = tree_path(root, name);
	struct pool_item item = {.item.fd = -EBADF, .prefix = UINT64_MAX, .hash = hash};

	item.item.entry.path = strdup(name);
	assert_non_null(item.item.entry.path);
	if (!hash)
		return item;
	item.item.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(item.item.fd >= 0);
	assert_int_equal(fstat(item.item.fd, &item.item.st), 0);
	item.item.entry.size = (uint64_t)item.item.st.st_size;
	return item;
}

static void check_item(const struct pool_item *item, int number)
{
	char name[16], text[32];
	struct digest digest;

	(void)snprintf(name, sizeof(name), "%04d", number);
	assert_string_equal(item->item.entry.path, name);
	assert_int_equal(item->item.problem, PROBLEM_NONE);
	assert_int_equal(item->item.fd, -EBADF);
	if (number == 0 || number % 5 == 4)
		return;
	assert_true(item->item.entry.has & ENTRY_HAS_DIGEST);
	(void)snprintf(text, sizeof(text), "content %d", number);
	assert_int_equal(digest_compute(text, strlen(text), &digest), 0);
	assert_true(digest_is_equal(&item->item.entry.digest, &digest));
}

/* One huge file first, then many small ones and some without work: out comes what went in. */
static void run_order(const char *root, unsigned workers)
{
	enum { N = 1000 };
	_cleanup_(pool_free_p) struct pool *pool = NULL;
	int in = 0, out = 0;

	assert_int_equal(pool_new(&(struct pool_options){.workers = workers}, &pool, NULL), 0);
	while (out < N) {
		struct pool_item item;

		while (in < N && !pool_is_full(pool)) {
			char name[16];

			(void)snprintf(name, sizeof(name), "%04d", in);
			item = make_item(root, name, in % 5 != 4);
			pool_put(pool, &item);
			assert_int_equal(item.item.fd, -EBADF);
			in++;
		}
		assert_false(pool_is_empty(pool));
		assert_int_equal(pool_get(pool, &item), 0);
		check_item(&item, out++);
		pool_item_done(&item);
	}
	assert_true(pool_is_empty(pool));
	assert_true(pool_get_bytes(pool) > 16 * 1024 * 1024);
}

static void test_order(void **state)
{
	static const unsigned workers[] = {1, 2, 8, 0, 1000};
	_cleanup_free_ char *path = tree_path(*state, "0000");

	for (int i = 1; i < 1000; i++) {
		char name[16], text[32];

		(void)snprintf(name, sizeof(name), "%04d", i);
		(void)snprintf(text, sizeof(text), "content %d", i);
		tree_file(*state, name, text);
	}
	tree_file(*state, "0000", "");
	assert_int_equal(truncate(path, 16 * 1024 * 1024), 0);
	for (size_t i = 0; i < ELEMENTS(workers); i++)
		run_order(*state, workers[i]);
}

static void hash_one(struct pool_item *item)
{
	_cleanup_(pool_free_p) struct pool *pool = NULL;

	assert_int_equal(pool_new(&(struct pool_options){.workers = 1}, &pool, NULL), 0);
	pool_put(pool, item);
	assert_int_equal(pool_get(pool, item), 0);
}

static void test_prefix(void **state)
{
	static const struct {
		uint64_t prefix;
		const char *text;
	} rows[] = {{0, ""}, {3, "abc"}, {6, "abcdef"}, {7, "abcdef"}, {UINT64_MAX, "abcdef"}};

	tree_file(*state, "f", "abcdef");
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		struct pool_item item = make_item(*state, "f", true);
		struct digest digest;

		item.prefix = rows[i].prefix;
		hash_one(&item);
		assert_int_equal(item.item.problem, PROBLEM_NONE);
		assert_int_equal(digest_compute(rows[i].text, strlen(rows[i].text), &digest), 0);
		assert_true(digest_is_equal(&item.item.entry.digest, &digest));
		pool_item_done(&item);
	}
}

static void grow(void **state)
{
	tree_append(*state, "f", "more");
}

static void shrink(void **state)
{
	_cleanup_free_ char *path = tree_path(*state, "f");

	assert_int_equal(truncate(path, 2), 0);
}

static void rewrite(void **state)
{
	usleep(10000); /* the kernel's clock ticks in these */
	tree_file(*state, "f", "ABCDEF");
}

/* What is no longer what it was when it was opened has no digest. */
static void test_changed(void **state)
{
	static void (*const changes[])(void **state) = {grow, shrink, rewrite};

	for (size_t i = 0; i < ELEMENTS(changes); i++) {
		struct pool_item item;

		tree_file(*state, "f", "abcdef");
		item = make_item(*state, "f", true);
		changes[i](state);
		hash_one(&item);
		assert_int_equal(item.item.problem, PROBLEM_CHANGED);
		assert_int_equal(item.item.entry.has & ENTRY_HAS_DIGEST, 0);
		pool_item_done(&item);
	}
}

/* A file that may grow may do so while it is read; it may not shrink. */
static void test_prefix_grows(void **state)
{
	struct pool_item item;

	tree_file(*state, "f", "abcdef");
	item = make_item(*state, "f", true);
	item.prefix = 3;
	grow(state);
	hash_one(&item);
	assert_int_equal(item.item.problem, PROBLEM_NONE);
	pool_item_done(&item);

	item = make_item(*state, "f", true);
	item.prefix = 3;
	shrink(state);
	hash_one(&item);
	assert_int_equal(item.item.problem, PROBLEM_CHANGED);
	pool_item_done(&item);
}

struct writer {
	const char *root;
	_Atomic bool stop;
	pthread_t thread;
};

static void *write_on(void *argument)
{
	struct writer *writer = argument;
	_cleanup_free_ char *path = tree_path(writer->root, "f");
	_cleanup_close_ int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	static const char block[65536];

	while (fd >= 0 && !atomic_load(&writer->stop) && lseek(fd, 0, SEEK_END) < 256 << 20)
		if (write(fd, block, sizeof(block)) < 0)
			break;
	return NULL;
}

/* A file that grows without end is given up at the size that it had. */
static void test_growing(void **state)
{
	struct writer writer = {.root = *state};
	_cleanup_free_ char *big = calloc(1, 4 << 20);
	struct pool_item item;
	struct stat st = {};

	assert_non_null(big);
	tree_bytes(*state, "f", big, 4 << 20);
	item = make_item(*state, "f", true);
	assert_int_equal(pthread_create(&writer.thread, NULL, write_on, &writer), 0);
	for (int i = 0; i < 5000 && st.st_size <= item.item.st.st_size; i++) {
		usleep(1000);
		assert_int_equal(fstat(item.item.fd, &st), 0);
	}
	assert_true(st.st_size > item.item.st.st_size);
	hash_one(&item);
	atomic_store(&writer.stop, true);
	assert_int_equal(pthread_join(writer.thread, NULL), 0);
	assert_int_equal(item.item.problem, PROBLEM_CHANGED);
	assert_int_equal(item.item.entry.has & ENTRY_HAS_DIGEST, 0);
	pool_item_done(&item);
}

static void test_read_error(void **state)
{
	struct pool_item item = {
		.item.fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.prefix = UINT64_MAX,
		.hash = true,
	};

	item.item.st.st_size = 1;
	hash_one(&item);
	assert_int_equal(item.item.problem, PROBLEM_UNREADABLE);
	assert_int_equal(item.item.error, -EISDIR);
	pool_item_done(&item);
}

/* What was not taken out is freed, descriptors and all. */
static void test_free_with_items(void **state)
{
	struct pool *pool = NULL;
	int before = dup(0), after;

	assert_int_equal(close(before), 0);
	tree_file(*state, "f", "abcdef");
	assert_int_equal(pool_new(&(struct pool_options){.workers = 2}, &pool, NULL), 0);
	while (!pool_is_full(pool)) {
		struct pool_item item = make_item(*state, "f", true);

		pool_put(pool, &item);
	}
	pool_free(pool);
	pool_free(NULL);
	after = dup(0);
	assert_int_equal(after, before);
	assert_int_equal(close(after), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order),	    TEST(test_prefix),	TEST(test_changed),
		TEST(test_prefix_grows),    TEST(test_growing), TEST(test_read_error),
		TEST(test_free_with_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
