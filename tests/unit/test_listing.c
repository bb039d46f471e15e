/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/listing.h"

#include "entry.h"
#include "scratch.h"
#include "tree.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Names as a directory has them, with what they are in the manifest. */
struct expected {
	char *raw, *escaped;
};

static int compare_escaped(const void *a, const void *b)
{
	const struct expected *x = a, *y = b;

	return strcmp(x->escaped, y->escaped);
}

/* A name of the bytes 1 to 255, or of few bytes so that names begin alike. */
static void random_name(char *name, size_t longest)
{
	static const char few[] = "ab-.+0 \\\n~\377";
	size_t length = 1 + (size_t)random() % longest;
	bool any = random() % 2;

	for (size_t i = 0; i < length; i++) {
		char c = (char)(any ? 1 + random() % 255
				    : few[(size_t)random() % (sizeof(few) - 1)]);

		name[i] = (char)(c == '/' ? '!' : c);
	}
	name[length] = '\0';
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		name[0] = 'x';
}

static int open_scratch(void **state)
{
	int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static size_t make_names(void **state, size_t count, size_t longest, struct expected *ret)
{
	_cleanup_close_ int fd = open_scratch(state);
	char name[256];
	size_t n = 0;

	while (n < count) {
		random_name(name, longest);
		if (random() % 8 == 0 ? mkdirat(fd, name, 0755) < 0
				      : mknodat(fd, name, S_IFREG | 0644, 0) < 0) {
			assert_int_equal(errno, EEXIST);
			continue;
		}
		ret[n].raw = strdup(name);
		ret[n].escaped = entry_escape(name, strlen(name));
		assert_true(ret[n].raw && ret[n].escaped);
		n++;
	}
	qsort(ret, n, sizeof(*ret), compare_escaped);
	return n;
}

static void expected_done(struct expected *expected, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(expected[i].raw);
		free(expected[i].escaped);
	}
	free(expected);
}

/* Whether the next name comes before NAME/. */
static bool is_inside(const struct expected *expected, size_t count, size_t i, const char *name)
{
	_cleanup_free_ char *escaped = entry_escape(name, strlen(name)), *below = NULL;

	assert_true(escaped && asprintf(&below, "%s/", escaped) > 0);
	return i + 1 < count && strcmp(expected[i + 1].escaped, below) < 0;
}

static void check_listing(void **state, const struct expected *expected, size_t count)
{
	_cleanup_(lister_free_p) struct lister *lister = NULL;
	_cleanup_(listing_done) struct listing listing = {};
	_cleanup_close_ int fd = open_scratch(state);
	unsigned char type;

	assert_int_equal(lister_new(&lister), 0);
	assert_int_equal(listing_read(lister, fd, &listing), 0);
	for (size_t i = 0; i < count; i++) {
		struct stat st;

		assert_true(listing_next(&listing, &type));
		if (strcmp(listing.last, expected[i].raw) != 0)
			fail_msg("%s is not %s", listing.last, expected[i].escaped);
		assert_int_equal(listing.last_length, strlen(expected[i].raw));
		assert_int_equal(fstatat(fd, listing.last, &st, AT_SYMLINK_NOFOLLOW), 0);
		assert_true(type == DT_UNKNOWN || type == IFTODT(st.st_mode));
		assert_int_equal(listing_is_inside(&listing, listing.last_length),
				 is_inside(expected, count, i, expected[i].raw));
	}
	assert_false(listing_next(&listing, &type));
	assert_false(listing_next(&listing, &type));
}

static void test_random_names(void **state)
{
	enum { COUNT = 2000 };
	struct expected *expected = calloc(COUNT, sizeof(*expected));
	size_t count;

	assert_non_null(expected);
	srandom(23);
	count = make_names(state, COUNT, 12, expected);
	check_listing(state, expected, count);
	expected_done(expected, count);
}

/* So many that they come in several runs. */
static void test_many_names(void **state)
{
	enum { COUNT = 9000 };
	struct expected *expected = calloc(COUNT, sizeof(*expected));
	size_t count;

	assert_non_null(expected);
	srandom(29);
	count = make_names(state, COUNT, 6, expected);
	check_listing(state, expected, count);
	expected_done(expected, count);
}

static void test_long_names(void **state)
{
	enum { COUNT = 1500 };
	struct expected *expected = calloc(COUNT, sizeof(*expected));
	size_t count;

	assert_non_null(expected);
	srandom(31);
	count = make_names(state, COUNT, 255, expected);
	check_listing(state, expected, count);
	expected_done(expected, count);
}

/* Each single byte that a name can have, so every place in the order. */
static void test_each_byte(void **state)
{
	struct expected *expected = calloc(255, sizeof(*expected));
	_cleanup_close_ int fd = open_scratch(state);
	size_t count = 0;

	assert_non_null(expected);
	for (int c = 1; c < 256; c++) {
		char name[2] = {(char)c, '\0'};

		if (c == '/' || c == '.')
			continue;
		assert_int_equal(mknodat(fd, name, S_IFREG | 0644, 0), 0);
		expected[count].raw = strdup(name);
		expected[count].escaped = entry_escape(name, 1);
		assert_true(expected[count].raw && expected[count].escaped);
		count++;
	}
	qsort(expected, count, sizeof(*expected), compare_escaped);
	check_listing(state, expected, count);
	expected_done(expected, count);
}

static void test_empty(void **state)
{
	check_listing(state, NULL, 0);
}

static void test_not_a_directory(void **state)
{
	_cleanup_(lister_free_p) struct lister *lister = NULL;
	_cleanup_free_ char *file = scratch_file(state, "file", "", 0644);
	_cleanup_close_ int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct listing listing = {};

	assert_int_equal(lister_new(&lister), 0);
	assert_int_equal(listing_read(lister, fd, &listing), -ENOTDIR);
	assert_null(listing.data);
}

/* Names that begin alike, as most do, take less room than their bytes. */
static void test_size(void **state)
{
	enum { COUNT = 3000 };
	_cleanup_(lister_free_p) struct lister *lister = NULL;
	_cleanup_(listing_done) struct listing listing = {};
	_cleanup_close_ int fd = open_scratch(state);
	char name[32];

	for (int i = 0; i < COUNT; i++) {
		(void)snprintf(name, sizeof(name), "a-name-like-others-%06d", i);
		assert_int_equal(mknodat(fd, name, S_IFREG | 0644, 0), 0);
	}
	assert_int_equal(lister_new(&lister), 0);
	assert_int_equal(listing_read(lister, fd, &listing), 0);
	assert_true(listing.size < COUNT * 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_random_names), TEST(test_many_names), TEST(test_long_names),
		TEST(test_each_byte),	 TEST(test_empty),	TEST(test_not_a_directory),
		TEST(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
