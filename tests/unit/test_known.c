/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/known.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct stat make_stat(ino_t inode)
{
	return (struct stat){.st_dev = 7,
			     .st_ino = inode,
			     .st_size = 100,
			     .st_ctim = {.tv_sec = 5, .tv_nsec = 6}};
}

static struct digest make_digest(unsigned char fill)
{
	struct digest digest;

	memset(digest.bytes, fill, sizeof(digest.bytes));
	return digest;
}

static int setup(void **state)
{
	struct known *known;
	int r = known_new(16, &known);

	*state = known;
	return r;
}

static int teardown(void **state)
{
	known_free(*state);
	return 0;
}

static void test_other_name(void **state)
{
	struct stat st = make_stat(1);
	struct digest digest = make_digest(1), found;
	int error = 0;

	assert_false(known_link(*state, &st));
	known_expect(*state, &st);
	assert_true(known_link(*state, &st));
	known_set(*state, &st, &digest, PROBLEM_NONE, 0);
	assert_true(known_link(*state, &st));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(known_take(*state, &st, &found, &error), PROBLEM_NONE);
		assert_true(digest_is_equal(&found, &digest));
	}
}

/* What cannot be read under one name cannot under another. */
static void test_problem(void **state)
{
	struct stat st = make_stat(1);
	struct digest found;
	int error = 0;

	known_expect(*state, &st);
	assert_true(known_link(*state, &st));
	known_set(*state, &st, NULL, PROBLEM_UNREADABLE, -EIO);
	assert_int_equal(known_take(*state, &st, &found, &error), PROBLEM_UNREADABLE);
	assert_int_equal(error, -EIO);
	assert_false(known_link(*state, &st));
}

/* A file that changed since is another one. */
static void test_changed(void **state)
{
	struct stat st = make_stat(1), sizes = st, times = st, device = st;
	struct digest digest = make_digest(1);

	known_set(*state, &st, &digest, PROBLEM_NONE, 0);
	sizes.st_size++;
	times.st_ctim.tv_nsec++;
	device.st_dev++;
	assert_false(known_link(*state, &sizes));
	assert_false(known_link(*state, &times));
	assert_false(known_link(*state, &device));
	assert_true(known_link(*state, &st));
}

/* While somebody waits for a digest it is kept, whatever else comes. */
static void test_kept(void **state)
{
	struct stat st = make_stat(1), other;
	struct digest digest = make_digest(1), found;
	int error = 0;

	known_expect(*state, &st);
	assert_true(known_link(*state, &st));
	for (ino_t inode = 2; inode < 500; inode++) {
		struct digest filler = make_digest((unsigned char)inode);

		other = make_stat(inode);
		known_set(*state, &other, &filler, PROBLEM_NONE, 0);
	}
	/* Its own inode, changed meanwhile, does not take its place either. */
	other = make_stat(1);
	other.st_size = 1;
	known_set(*state, &other, &digest, PROBLEM_NONE, 0);
	known_set(*state, &st, &digest, PROBLEM_NONE, 0);
	assert_int_equal(known_take(*state, &st, &found, &error), PROBLEM_NONE);
	assert_true(digest_is_equal(&found, &digest));
}

/* It forgets rather than grows, and what it says is always right. */
static void test_full(void **state)
{
	unsigned remembered = 0;

	for (ino_t inode = 1; inode <= 1000; inode++) {
		struct stat st = make_stat(inode);
		struct digest digest = make_digest((unsigned char)inode);

		known_set(*state, &st, &digest, PROBLEM_NONE, 0);
	}
	for (ino_t inode = 1; inode <= 1000; inode++) {
		struct stat st = make_stat(inode);
		struct digest digest = make_digest((unsigned char)inode), found;
		int error;

		if (!known_link(*state, &st))
			continue;
		remembered++;
		assert_int_equal(known_take(*state, &st, &found, &error), PROBLEM_NONE);
		assert_true(digest_is_equal(&found, &digest));
	}
	assert_in_range(remembered, 1, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_other_name, setup, teardown),
		cmocka_unit_test_setup_teardown(test_problem, setup, teardown),
		cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
