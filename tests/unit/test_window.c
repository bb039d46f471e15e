/* SPDX-License-Identifier: Apache-2.0 */
#include "check/window.h"

#include "measure/root.h"
#include "scratch.h"
#include "tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define GIB (1ULL << 30)

static void open_window(const char *root, const char *path, struct window *ret)
{
	_cleanup_close_ int root_fd = root_open(root);

	assert_true(root_fd >= 0);
	assert_int_equal(window_open(ret, root_fd, path), 0);
}

static int try_open(const char *root, const char *path)
{
	_cleanup_window_ struct window window = {.fd = -EBADF};
	_cleanup_close_ int root_fd = root_open(root);

	assert_true(root_fd >= 0);
	return window_open(&window, root_fd, path);
}

static void only_regular_files_open(void **state)
{
	const char *root = *state;

	tree_directory(root, "d");
	tree_link(root, "out", "/etc/passwd");
	tree_link(root, "round", "round");
	assert_true(tree_node(root, "fifo", S_IFIFO | 0600, 0));
	assert_int_equal(try_open(root, "/d"), -EINVAL);
	assert_int_equal(try_open(root, "/fifo"), -EINVAL);
	assert_int_equal(try_open(root, "/out"), -ENOENT);
	assert_int_equal(try_open(root, "/round"), -ELOOP);
	assert_int_equal(try_open(root, "/none"), -ENOENT);
}

static void empty_files_have_no_block(void **state)
{
	_cleanup_window_ struct window window = {.fd = -EBADF};

	tree_file(*state, "empty", "");
	open_window(*state, "/empty", &window);
	assert_int_equal(window_first(&window), 0);
	assert_int_equal(window_next(&window), 0);
}

/* Each byte comes, in order, and the overlap is what the former block ended with. */
static void blocks_overlap(void **state)
{
	size_t size = 3 * WINDOW_BLOCK + 17, seen = 0;
	_cleanup_window_ struct window window = {.fd = -EBADF};
	_cleanup_free_ uint8_t *bytes = malloc(size);
	int r, blocks = 0;

	assert_non_null(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 2654435761U >> 13);
	tree_bytes(*state, "x", bytes, size);
	open_window(*state, "/x", &window);
	for (r = window_first(&window); r == 1; r = window_next(&window), blocks++) {
		assert_int_equal(window.offset + window.overlap, seen);
		assert_memory_equal(window.data, bytes + window.offset, window.size);
		assert_int_equal(window.overlap, blocks ? WINDOW_OVERLAP : 0);
		seen = window.offset + window.size;
	}
	assert_int_equal(r, 0);
	assert_int_equal(seen, size);
	assert_int_equal(window.left_out, 0);
	assert_int_equal(window_first(&window), 1);
	assert_int_equal(window.offset, 0);
}

/* Of 64 GiB of holes only what is stored is read. */
static void holes_cost_nothing(void **state)
{
	_cleanup_free_ char *path = tree_path(*state, "sparse");
	_cleanup_window_ struct window window = {.fd = -EBADF};
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	bool found = false;
	int r, blocks = 0;

	assert_int_equal(ftruncate(fd, (off_t)(64 * GIB)), 0);
	assert_int_equal(pwrite(fd, "needle", 6, (off_t)(40 * GIB)), 6);
	open_window(*state, "/sparse", &window);
	for (r = window_first(&window); r == 1; r = window_next(&window), blocks++)
		found |= memmem(window.data, window.size, "needle", 6) != NULL;
	assert_int_equal(r, 0);
	if (blocks > 200)
		skip(); /* a filesystem that does not tell of its holes */
	assert_true(found);
	assert_int_equal(window.left_out, 0);
}

/* Of a file that is too large the ends are read, and how much was not. */
static void the_middle_is_left_out(void **state)
{
	uint64_t size = WINDOW_HEAD_MAX + WINDOW_TAIL_MAX + 16 * WINDOW_BLOCK, seen = 0;
	_cleanup_free_ char *path = tree_path(*state, "large");
	_cleanup_window_ struct window window = {.fd = -EBADF};
	_cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int r;

	/* Each page is stored, so that nothing is a hole. */
	for (uint64_t at = 0; at < size; at += 4096)
		assert_int_equal(pwrite(fd, "x", 1, (off_t)at), 1);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	open_window(*state, "/large", &window);
	for (r = window_first(&window); r == 1; r = window_next(&window))
		seen = window.offset + window.size;
	assert_int_equal(r, 0);
	assert_int_equal(seen, size);
	assert_true(window.left_out > 0);
	assert_true(window.done + window.left_out >= size);
	assert_true(window.done < WINDOW_HEAD_MAX + WINDOW_TAIL_MAX + 4 * WINDOW_BLOCK);
}

/* A file that becomes shorter under our hands ends there, without a signal. */
static void shrinking_files_end(void **state)
{
	_cleanup_free_ char *path = tree_path(*state, "x");
	_cleanup_free_ uint8_t *bytes = calloc(1, 4 * WINDOW_BLOCK);
	_cleanup_window_ struct window window = {.fd = -EBADF};

	assert_non_null(bytes);
	tree_bytes(*state, "x", bytes, 4 * WINDOW_BLOCK);
	open_window(*state, "/x", &window);
	assert_int_equal(window_first(&window), 1);
	assert_int_equal(truncate(path, 10), 0);
	assert_int_equal(window_next(&window), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_regular_files_open, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(empty_files_have_no_block, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(blocks_overlap, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(holes_cost_nothing, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(the_middle_is_left_out, scratch_setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(shrinking_files_end, scratch_setup,
						scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
