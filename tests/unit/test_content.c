/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/content.h"
#include "scratch.h"
#include "tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/uio.h>

#include <cmocka.h>

#define MIB (1024 * 1024)

static int open_file(void **state, struct stat *ret)
{
	_cleanup_free_ char *path = tree_path(*state, "f");
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, ret), 0);
	return fd;
}

static int hash(int fd, const struct stat *st, uint64_t limit, const atomic_bool *cancel,
		struct digest *ret, uint64_t *ret_read)
{
	const struct content content = {.fd = fd, .st = st, .limit = limit, .cancel = cancel};
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	static char block[CONTENT_BLOCK_SIZE];

	assert_int_equal(hasher_new(&hasher), 0);
	return content_hash(&content, hasher, block, ret, ret_read);
}

/* The digest of a file as read() gives it, and as content_hash() does. */
static void expect_same(void **state, uint64_t limit)
{
	struct digest wanted, found;
	uint64_t size;
	struct stat st;
	_cleanup_close_ int fd = open_file(state, &st);
	size_t end = (uint64_t)st.st_size < limit ? (size_t)st.st_size : (size_t)limit;
	_cleanup_free_ char *data = malloc(end + 1);

	assert_non_null(data);
	assert_int_equal(pread(fd, data, end, 0), end);
	assert_int_equal(digest_compute(data, end, &wanted), 0);
	assert_int_equal(hash(fd, &st, limit, NULL, &found, &size), 0);
	assert_true(digest_is_equal(&wanted, &found));
	assert_int_equal(size, end);
}

static void write_at(void **state, off_t offset, const char *text)
{
	struct stat st;
	_cleanup_close_ int fd = open_file(state, &st);

	assert_int_equal(pwrite(fd, text, strlen(text), offset), strlen(text));
}

static void set_size(void **state, off_t size)
{
	_cleanup_free_ char *path = tree_path(*state, "f");

	assert_int_equal(truncate(path, size), 0);
}

/* Holes at the beginning, in the middle and at the end, and none. */
static void test_holes(void **state)
{
	static const uint64_t limits[] = {0,	   5,		CONTENT_BLOCK_SIZE,
					  3 * MIB, 3 * MIB + 2, UINT64_MAX};

	tree_file(*state, "f", "");
	set_size(state, 8 * MIB);
	for (size_t i = 0; i < ELEMENTS(limits); i++)
		expect_same(state, limits[i]);
	write_at(state, 3 * MIB, "middle");
	for (size_t i = 0; i < ELEMENTS(limits); i++)
		expect_same(state, limits[i]);
	write_at(state, 0, "beginning");
	write_at(state, 8 * MIB - 3, "end");
	for (size_t i = 0; i < ELEMENTS(limits); i++)
		expect_same(state, limits[i]);
}

static void test_small(void **state)
{
	tree_file(*state, "f", "");
	expect_same(state, UINT64_MAX);
	tree_file(*state, "f", "abc");
	expect_same(state, UINT64_MAX);
	expect_same(state, 2);
}

/* It ends where the file ended when it was opened. */
static void test_other_size(void **state)
{
	struct digest wanted, found;
	uint64_t size;
	struct stat st;
	_cleanup_close_ int fd = -EBADF;

	tree_file(*state, "f", "abcdef");
	fd = open_file(state, &st);
	tree_append(*state, "f", "more");
	assert_int_equal(hash(fd, &st, UINT64_MAX, NULL, &found, &size), 0);
	assert_int_equal(digest_compute("abcdef", 6, &wanted), 0);
	assert_true(digest_is_equal(&wanted, &found));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	set_size(state, 2);
	assert_int_equal(hash(fd, &st, UINT64_MAX, NULL, &found, &size), -EAGAIN);
	assert_int_equal(size, 2);
}

static void test_cancel(void **state)
{
	atomic_bool cancel = true;
	struct digest digest;
	uint64_t size;
	struct stat st;
	_cleanup_close_ int fd = -EBADF;

	tree_file(*state, "f", "abcdef");
	fd = open_file(state, &st);
	assert_int_equal(hash(fd, &st, UINT64_MAX, &cancel, &digest, &size), -ECANCELED);
	set_size(state, 8 * MIB);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(hash(fd, &st, UINT64_MAX, &cancel, &digest, &size), -ECANCELED);
	assert_int_equal(size, 0);
}

/* Whether the kernel would have to wait for the file's first byte. Not every filesystem can say. */
static bool must_wait(int fd)
{
	char byte;
	const struct iovec one = {&byte, 1};

	return preadv2(fd, &one, 1, 0, RWF_NOWAIT) < 0 && errno == EAGAIN;
}

static unsigned hash_cold(int fd, const struct stat *st, const struct digest *wanted)
{
	atomic_uint cold = 0;
	const struct content content = {.fd = fd, .st = st, .limit = UINT64_MAX, .cold = &cold};
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	static char block[CONTENT_BLOCK_SIZE];
	struct digest found;
	uint64_t size;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(hasher_new(&hasher), 0);
	assert_int_equal(content_hash(&content, hasher, block, &found, &size), 0);
	assert_true(digest_is_equal(wanted, &found));
	assert_int_equal(size, st->st_size);
	return atomic_load(&cold);
}

/* The same digest from the disk as from the page cache, and it is told where it came from. */
static void test_cold(void **state)
{
	struct digest wanted;
	struct stat st;
	uint64_t size;
	bool waits;

	tree_file(*state, "f", "");
	set_size(state, 5 * CONTENT_BLOCK_SIZE + 1);
	write_at(state, CONTENT_BLOCK_SIZE, "in the second block");
	_cleanup_close_ int fd = open_file(state, &st);

	assert_int_equal(hash(fd, &st, UINT64_MAX, NULL, &wanted, &size), 0);
	assert_int_equal(fsync(fd), 0);
	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	waits = must_wait(fd);
	assert_int_equal(hash_cold(fd, &st, &wanted), waits ? CONTENT_COLD_FILES : 0);
	assert_int_equal(hash_cold(fd, &st, &wanted), 0);

	assert_int_equal(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	content_expect(fd, (uint64_t)st.st_size);
	(void)hash_cold(fd, &st, &wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_holes, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_small, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_other_size, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_cancel, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_cold, scratch_setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
