/* SPDX-License-Identifier: Apache-2.0 */
/* What is read and what is not, by what a comparison says of it. */
#include "clock.h"
#include "measure/plan.h"
#include "trial.h"

#include <fcntl.h>
#include <sys/stat.h>

#define MIB (UINT64_C(1) << 20)

static void make_sized(const struct trial *trial, const char *path, uint64_t size)
{
	_cleanup_free_ char *full = tree_path(trial->root, path);

	tree_file(trial->root, path, "");
	assert_int_equal(truncate(full, (off_t)size), 0);
}

static void make_link(const struct trial *trial, const char *from, const char *to)
{
	_cleanup_free_ char *old = tree_path(trial->root, from);
	_cleanup_free_ char *new = tree_path(trial->root, to);

	assert_int_equal(link(old, new), 0);
}

static void make_links(const struct trial *trial, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "link%04u", i);
		make_link(trial, "file", name);
	}
}

/* However many names a file has, it is read once, also when it is still being read. */
static void test_links(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};

	make_sized(trial, "file", 20 * MIB);
	make_links(trial, 1000);
	trial_seal(trial, "");
	assert_int_equal(trial->sealed.coverage.hashed, 1);
	assert_int_equal(trial->sealed.coverage.linked, 1000);
	assert_int_equal(trial->sealed.coverage.bytes, 20 * MIB);
	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(comparison.count, 0);
	assert_int_equal(comparison.coverage.hashed, 1);
	assert_int_equal(comparison.coverage.linked, 1000);
}

/* A change under one name is one under each. */
static void test_changed_links(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};

	tree_file(trial->root, "file", "before");
	make_links(trial, 50);
	trial_seal(trial, "");
	tree_file(trial->root, "link0007", "after!");
	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(comparison.count, 51);
	for (size_t i = 0; i < comparison.count; i++)
		assert_int_equal(comparison.differences[i].attributes, ATTRIBUTE_DIGEST);
}

/* A large file does not hold up those behind it, and the order stays. */
static void test_behind_large(void **state)
{
	enum { N = 3000 };
	struct trial *trial = *state;

	make_sized(trial, "0large", 400 * MIB);
	make_sized(trial, "0larger", 500 * MIB);
	for (unsigned i = 0; i < N; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "small%04u", i);
		tree_file(trial->root, name, name);
	}
	make_sized(trial, "zlarge", 100 * MIB);
	trial_seal(trial, "");
	trial_expect_none(trial, PHASE_IMAGE);
	tree_file(trial->root, "small1500", "Small1500");
	trial_expect(trial, PHASE_IMAGE, "/small1500", DIFFERENCE_CHANGED, ATTRIBUTE_DIGEST);
}

/* What differs anyway is not read at any length. */
static void test_unread(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};

	tree_file(trial->root, "grown", "text");
	trial_seal(trial, "");
	make_sized(trial, "grown", MEASURE_UNSEALED_MAX + 1);
	make_sized(trial, "new", UINT64_C(1) << 43);
	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(comparison.count, 2);
	assert_int_equal(comparison.differences[0].attributes, ATTRIBUTE_SIZE | ATTRIBUTE_DIGEST);
	assert_int_equal(comparison.differences[1].kind, DIFFERENCE_UNEXPECTED);
	assert_int_equal(comparison.coverage.hashed, 0);
	assert_int_equal(comparison.coverage.unreadable, 0);
}

/* At the seal there is nothing that it could differ from: it is too large to be sealed. */
static void test_too_large(void **state)
{
	struct trial *trial = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));

	make_sized(trial, "huge", UINT64_C(1) << 43);
	assert_non_null(manifest);
	assert_int_equal(policy_parse("", 0, "p", &manifest->policy, NULL), 0);
	assert_int_equal(trial_measure(trial, manifest->policy, manifest, NULL), 0);
	assert_int_equal(trial->sealed.coverage.unreadable, 1);
	assert_int_equal(trial->sealed.findings.count, 1);
	assert_string_equal(trial->sealed.findings.items[0].code, "coverage.limit");
}

/* Only critical paths, and what lies elsewhere is neither missing nor unexpected. */
static void test_critical(void **state)
{
	struct trial *trial = *state;
	struct compare_options options = {.phase = PHASE_IMAGE, .tier = COVERAGE_CRITICAL};
	_cleanup_comparison_ struct comparison comparison = {};

	tree_directory(trial->root, "etc");
	tree_file(trial->root, "etc/passwd", "root");
	tree_file(trial->root, "other", "x");
	trial_seal(trial, "critical /etc/**\n");
	tree_file(trial->root, "etc/passwd", "ROOT");
	tree_file(trial->root, "etc/new", "");
	tree_file(trial->root, "unexpected", "");
	tree_remove(trial->root, "other");
	trial_compare_with(trial, &options, &comparison);
	assert_int_equal(comparison.count, 2);
	assert_non_null(trial_find(&comparison, "/etc/passwd"));
	assert_non_null(trial_find(&comparison, "/etc/new"));
	assert_int_equal(comparison.coverage.tier, COVERAGE_CRITICAL);
}

/* What the first pass has read the second does not read again. */
static void test_second_pass(void **state)
{
	struct trial *trial = *state;
	struct compare_options options = {.phase = PHASE_IMAGE, .tier = COVERAGE_CRITICAL};
	_cleanup_comparison_ struct comparison first = {}, second = {};
	struct known *known;

	tree_directory(trial->root, "etc");
	tree_file(trial->root, "etc/passwd", "root");
	tree_file(trial->root, "other", "x");
	trial_seal(trial, "critical /etc/**\n");
	assert_int_equal(known_new(64, &known), 0);
	options.known = known;
	trial_compare_with(trial, &options, &first);
	assert_int_equal(first.coverage.hashed, 1);
	options.tier = COVERAGE_ALL;
	trial_compare_with(trial, &options, &second);
	known_free(known);
	assert_int_equal(second.count, 0);
	assert_int_equal(second.coverage.hashed, 1);
	assert_int_equal(second.coverage.linked, 0);
	assert_true(digest_is_equal(&second.fixed_digest, &trial->manifest->fixed_digest));
}

/* After the deadline nothing is missing: it was not looked for. */
static void test_deadline(void **state)
{
	struct trial *trial = *state;
	struct compare_options options = {.phase = PHASE_IMAGE};
	_cleanup_comparison_ struct comparison comparison = {};

	tree_file(trial->root, "a", "x");
	tree_file(trial->root, "b", "x");
	trial_seal(trial, "");
	tree_remove(trial->root, "b");
	options.deadline_ms = clock_monotonic_ms();
	trial_compare_with(trial, &options, &comparison);
	assert_true(comparison.late);
	assert_int_equal(comparison.count, 0);
	assert_int_equal(comparison.coverage.unexamined, 3);
	options.deadline_ms = clock_monotonic_ms() + 60000;
	trial_compare_with(trial, &options, &comparison);
	assert_false(comparison.late);
	assert_int_equal(comparison.count, 1);
	assert_int_equal(comparison.coverage.unexamined, 0);
}

/* In the middle of a large file: what was read so far counts, the rest is counted. */
static void test_deadline_in_file(void **state)
{
	struct trial *trial = *state;
	struct compare_options options = {.phase = PHASE_IMAGE};
	_cleanup_comparison_ struct comparison comparison = {};

	tree_file(trial->root, "a", "x");
	trial_seal(trial, "");
	tree_file(trial->root, "a", "y");
	make_sized(trial, "large", MEASURE_UNSEALED_MAX);
	tree_file(trial->root, "z", "x");
	options.deadline_ms = clock_monotonic_ms() + 250;
	trial_compare_with(trial, &options, &comparison);
	assert_true(comparison.late);
	assert_non_null(comparison.late_path);
	assert_string_equal(comparison.late_path, "/large");
	assert_non_null(trial_find(&comparison, "/a"));
	assert_true(comparison.coverage.unexamined >= 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_links),	TEST(test_changed_links), TEST(test_behind_large),
		TEST(test_unread),	TEST(test_too_large),	  TEST(test_critical),
		TEST(test_second_pass), TEST(test_deadline),	  TEST(test_deadline_in_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
