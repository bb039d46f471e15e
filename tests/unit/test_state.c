/* SPDX-License-Identifier: Apache-2.0 */
#include "cleanup.h"
#include "measure/state.h"
#include "scratch.h"
#include "tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct digest manifest = {{1, 2, 3}};

static struct state_scope make_scope(void **state)
{
	return (struct state_scope){
		.directory = *state,
		.boot_id = "boot",
		.manifest = &manifest,
		.root = {.st_dev = 3, .st_ino = 2},
	};
}

static struct stat make_stat(ino_t inode)
{
	return (struct stat){
		.st_ino = inode, .st_size = 10, .st_ctim = {.tv_sec = 1000, .tv_nsec = 5}};
}

static const char *const paths[] = {"./a", "./a/b", "./etc/passwd", "./etc/passwd-", "./zz"};

/* Each path with its index as inode and as digest's first byte. */
static void write_state(const struct state_scope *scope)
{
	_cleanup_(state_writer_free_p) struct state_writer *writer = NULL;

	assert_int_equal(state_writer_open(scope, &writer, NULL), 0);
	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		struct stat st = make_stat(i + 1);
		struct digest digest = {{(uint8_t)i}};

		state_writer_add(writer, paths[i], &st, &digest);
	}
	assert_int_equal(state_writer_commit(writer, NULL), 0);
}

static void expect_all(struct state_reader *reader)
{
	for (size_t i = 0; i < ELEMENTS(paths); i++) {
		struct stat st = make_stat(i + 1);
		struct digest digest;

		assert_int_equal(state_reader_find(reader, paths[i], &st, &digest), 1);
		assert_int_equal(digest.bytes[0], i);
	}
}

static void test_both_ways(void **state)
{
	const struct state_scope scope = make_scope(state);
	_cleanup_(state_reader_free_p) struct state_reader *reader = NULL;

	write_state(&scope);
	assert_int_equal(state_reader_open(&scope, &reader, NULL), 0);
	expect_all(reader);
	assert_int_equal(state_reader_rewind(reader), 0);
	expect_all(reader);
}

/* Paths that came or went since are no hindrance. */
static void test_other_paths(void **state)
{
	static const char *const asked[] = {"./0", "./a/b", "./a/c", "./etc/passwd-", "./zzz"};
	static const int expected[] = {0, 1, 0, 1, 0};
	static const ino_t inodes[] = {1, 2, 2, 4, 5};
	const struct state_scope scope = make_scope(state);
	_cleanup_(state_reader_free_p) struct state_reader *reader = NULL;

	write_state(&scope);
	assert_int_equal(state_reader_open(&scope, &reader, NULL), 0);
	for (size_t i = 0; i < ELEMENTS(asked); i++) {
		struct stat st = make_stat(inodes[i]);
		struct digest digest;

		assert_int_equal(state_reader_find(reader, asked[i], &st, &digest), expected[i]);
	}
}

static void test_changed_file(void **state)
{
	const struct state_scope scope = make_scope(state);
	struct stat rows[4];

	for (size_t i = 0; i < ELEMENTS(rows); i++)
		rows[i] = make_stat(1);
	rows[0].st_ino = 99;
	rows[1].st_size = 11;
	rows[2].st_ctim.tv_sec++;
	rows[3].st_ctim.tv_nsec++;
	write_state(&scope);
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_(state_reader_free_p) struct state_reader *reader = NULL;
		struct digest digest;

		assert_int_equal(state_reader_open(&scope, &reader, NULL), 0);
		assert_int_equal(state_reader_find(reader, "./a", &rows[i], &digest), 0);
	}
}

/* A file that was changed a moment ago may still be written without a new change time. */
static void test_recent(void **state)
{
	const struct state_scope scope = make_scope(state);
	_cleanup_(state_writer_free_p) struct state_writer *writer = NULL;
	_cleanup_(state_reader_free_p) struct state_reader *reader = NULL;
	struct stat st = make_stat(1);
	struct digest digest = {};

	st.st_ctim.tv_sec = time(NULL);
	assert_int_equal(state_writer_open(&scope, &writer, NULL), 0);
	state_writer_add(writer, "./a", &st, &digest);
	assert_int_equal(state_writer_commit(writer, NULL), 0);
	assert_int_equal(state_reader_open(&scope, &reader, NULL), 0);
	assert_int_equal(state_reader_find(reader, "./a", &st, &digest), 0);
}

static void expect_refused(const struct state_scope *scope, int r)
{
	_cleanup_(state_reader_free_p) struct state_reader *reader = NULL;

	assert_int_equal(state_reader_open(scope, &reader, NULL), r);
	assert_null(reader);
}

static void test_other_scope(void **state)
{
	static const struct digest other_manifest = {{9}};
	const struct state_scope scope = make_scope(state);
	struct state_scope boot = scope, signed_by = scope, device = scope, inode = scope;

	expect_refused(&scope, -ENOENT);
	write_state(&scope);
	boot.boot_id = "next boot";
	signed_by.manifest = &other_manifest;
	device.root.st_dev = 4;
	inode.root.st_ino = 3;
	expect_refused(&boot, -ESTALE);
	expect_refused(&signed_by, -ESTALE);
	expect_refused(&device, -ESTALE);
	expect_refused(&inode, -ESTALE);
}

/* One byte anywhere, or an end that is missing. */
static void test_damaged(void **state)
{
	const struct state_scope scope = make_scope(state);
	_cleanup_free_ char *path = scratch_path(state, STATE_NAME);
	struct stat st;

	write_state(&scope);
	assert_int_equal(stat(path, &st), 0);
	for (off_t i = 0; i < st.st_size; i += 3) {
		_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
		_cleanup_(state_reader_free_p) struct state_reader *reader = NULL;
		unsigned char byte;

		assert_int_equal(pread(fd, &byte, 1, i), 1);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, i), 1);
		assert_true(state_reader_open(&scope, &reader, NULL) < 0);
		byte ^= 0x10;
		assert_int_equal(pwrite(fd, &byte, 1, i), 1);
	}
	for (off_t size = st.st_size - 1; size >= 0; size -= 7) {
		assert_int_equal(truncate(path, size), 0);
		expect_refused(&scope, -EBADMSG);
	}
}

static void test_readable_by_others(void **state)
{
	const struct state_scope scope = make_scope(state);

	write_state(&scope);
	tree_mode(*state, STATE_NAME, 0622);
	expect_refused(&scope, -EBADMSG);
}

static void test_without_commit(void **state)
{
	const struct state_scope scope = make_scope(state);
	_cleanup_(state_reader_free_p) struct state_reader *reader = NULL;
	struct state_writer *writer = NULL;

	write_state(&scope);
	assert_int_equal(state_writer_open(&scope, &writer, NULL), 0);
	state_writer_free(writer);
	assert_int_equal(state_reader_open(&scope, &reader, NULL), 0);
	expect_all(reader);
	assert_int_equal(scratch_count(state), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_both_ways),	       TEST(test_other_paths),
		TEST(test_changed_file),       TEST(test_recent),
		TEST(test_other_scope),	       TEST(test_damaged),
		TEST(test_readable_by_others), TEST(test_without_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
