/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/measure.h"
#include "scratch.h"
#include "tree.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char policy_text[] = "mutable /m\nmutable /ml\nappend /log\ngenerated /g\n"
				  "ignored /i\nignored /ifile\nfixed /o optional\n";

struct fixture {
	void *root;
	struct policy *policy;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture || scratch_setup(&fixture->root) != 0)
		return -1;
	*state = fixture;
	return policy_parse(policy_text, strlen(policy_text), "p", &fixture->policy, NULL);
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	int r = scratch_teardown(&fixture->root);

	policy_free(fixture->policy);
	free(fixture);
	return r;
}

static struct measure *start(const struct fixture *fixture, const struct manifest *manifest)
{
	const struct measure_options options = {
		.root = fixture->root,
		.policy = fixture->policy,
		.workers = 2,
		.manifest = manifest,
	};
	struct measure *measure = NULL;

	assert_int_equal(measure_new(&options, &measure, NULL), 0);
	return measure;
}

/* The entry of one path, of a walk over all; the caller frees it. */
static bool measure_one(const struct fixture *fixture, const struct manifest *manifest,
			const char *path, struct measured *ret)
{
	_cleanup_(measure_free_p) struct measure *measure = start(fixture, manifest);
	bool found = false;
	int r;

	for (;;) {
		struct measured measured = {};

		r = measure_next(measure, &measured, NULL);
		if (r <= 0)
			break;
		if (strcmp(measured.absolute, path) == 0 && !found) {
			*ret = measured;
			found = true;
		} else {
			measured_done(&measured);
		}
	}
	assert_int_equal(r, 0);
	return found;
}

/* What each class states of a file. */
static void test_classes(void **state)
{
	enum { OWNER = ENTRY_HAS_MODE | ENTRY_HAS_UID | ENTRY_HAS_GID };
	static const struct {
		const char *path;
		enum path_class class;
		unsigned has;
	} rows[] = {
		{"/f", PATH_FIXED, OWNER | ENTRY_HAS_SIZE | ENTRY_HAS_DIGEST},
		{"/o", PATH_FIXED, OWNER | ENTRY_HAS_SIZE | ENTRY_HAS_DIGEST | ENTRY_OPTIONAL},
		{"/m", PATH_MUTABLE, OWNER},
		{"/log", PATH_APPEND, OWNER},
		{"/g", PATH_GENERATED, OWNER | ENTRY_HAS_SIZE | ENTRY_HAS_DIGEST | ENTRY_OPTIONAL},
		{"/ifile", PATH_IGNORED, ENTRY_OPTIONAL},
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_measured_ struct measured measured = {};

		tree_file(fixture->root, rows[i].path + 1, "abcdef");
		assert_true(measure_one(fixture, NULL, rows[i].path, &measured));
		assert_int_equal(measured.class, rows[i].class);
		if (measured.entry.has != rows[i].has)
			fail_msg("%s states %#x", rows[i].path, measured.entry.has);
		assert_int_equal(measured.size, 6);
		assert_int_equal(measured.mode, S_IFREG | 0644);
	}
}

static void test_mutable_link(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_measured_ struct measured measured = {};

	tree_link(fixture->root, "ml", "anywhere");
	assert_true(measure_one(fixture, NULL, "/ml", &measured));
	assert_int_equal(measured.entry.has, ENTRY_HAS_UID | ENTRY_HAS_GID);
}

static void test_ignored_is_pruned(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_measured_ struct measured measured = {}, below = {};

	tree_directory(fixture->root, "i");
	tree_file(fixture->root, "i/below", "x");
	assert_true(measure_one(fixture, NULL, "/i", &measured));
	assert_true(measured.entry.has & ENTRY_IGNORE);
	assert_false(measure_one(fixture, NULL, "/i/below", &below));
}

static void expect_prefix(const struct fixture *fixture, const struct manifest *manifest,
			  const char *text)
{
	_cleanup_measured_ struct measured measured = {};
	struct digest digest;

	assert_true(measure_one(fixture, manifest, "/log", &measured));
	assert_true(measured.has_prefix);
	assert_int_equal(digest_compute(text, strlen(text), &digest), 0);
	assert_true(digest_is_equal(&measured.prefix, &digest));
	assert_int_equal(measured.size, 6);
}

static void test_append(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_json_ json_t *four = json_pack("{s:{s:i}}", "./log", "size", 4);
	_cleanup_json_ json_t *none = json_object();

	tree_file(fixture->root, "log", "abcdef");
	expect_prefix(fixture, NULL, "abcdef");
	expect_prefix(fixture, &(struct manifest){.appends = four}, "abcd");
	expect_prefix(fixture, &(struct manifest){.appends = none}, "");
}

static void test_bytes(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(measure_free_p) struct measure *measure = NULL;
	struct measure_counts counts;
	int r;

	tree_file(fixture->root, "f", "12345");
	tree_file(fixture->root, "f2", "1234567");
	tree_file(fixture->root, "m", "not read");
	measure = start(fixture, NULL);
	do {
		_cleanup_measured_ struct measured measured = {};

		r = measure_next(measure, &measured, NULL);
	} while (r > 0);
	assert_int_equal(r, 0);
	measure_count(measure, &counts);
	assert_int_equal(counts.bytes, 12);
	assert_int_equal(counts.hashed, 2);
}

static void test_name_ignored(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_coverage_ struct coverage coverage = {};

	assert_int_equal(coverage_init(&coverage), 0);
	assert_int_equal(measure_name_ignored(fixture->policy, &coverage), 0);
	assert_int_equal(json_array_size(coverage.ignored), 2);
	assert_string_equal(json_string_value(json_array_get(coverage.ignored, 0)), "/i");
}

struct mutator {
	const char *root;
	_Atomic bool stop;
	pthread_t thread;
};

/* Makes, rewrites, replaces and removes files for as long as it may. */
static void *mutate(void *argument)
{
	struct mutator *mutator = argument;

	for (unsigned i = 0; !atomic_load(&mutator->stop); i++) {
		char name[16], other[16];

		(void)snprintf(name, sizeof(name), "f%u", i % 40);
		(void)snprintf(other, sizeof(other), "f%u", (i + 20) % 40);
		tree_file(mutator->root, name, "first content");
		tree_append(mutator->root, name, "more");
		tree_rename(mutator->root, name, other);
		tree_file(mutator->root, name, "other");
		tree_remove(mutator->root, name);
		tree_directory(mutator->root, name);
		tree_file(mutator->root, "f", "x");
		tree_remove(mutator->root, name);
		tree_link(mutator->root, name, "f");
		tree_remove(mutator->root, name);
	}
	return NULL;
}

/* Order holds and each item is either whole or a problem, whatever happens meanwhile. */
static void measure_amid_changes(const struct fixture *fixture)
{
	_cleanup_(measure_free_p) struct measure *measure = start(fixture, NULL);
	_cleanup_free_ char *previous = strdup("");
	int r;

	for (;;) {
		_cleanup_measured_ struct measured measured = {};

		r = measure_next(measure, &measured, NULL);
		if (r <= 0)
			break;
		assert_true(strcmp(previous, measured.entry.path) < (measured.repeated ? 1 : 0));
		free(previous);
		previous = strdup(measured.entry.path);
		assert_non_null(previous);
		if (measured.problem == PROBLEM_NONE && measured.entry.type == ENTRY_FILE)
			assert_true(measured.entry.has & ENTRY_HAS_DIGEST);
		if (measured.problem == PROBLEM_NONE && measured.entry.type == ENTRY_LINK)
			assert_non_null(measured.entry.link);
		assert_true(measured.entry.type != 0 || measured.problem != PROBLEM_NONE);
	}
	assert_int_equal(r, 0);
}

static void test_mutation(void **state)
{
	const struct fixture *fixture = *state;
	struct mutator mutator = {.root = fixture->root};

	for (int i = 0; i < 40; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "s%d", i);
		tree_file(fixture->root, name, "still");
	}
	assert_int_equal(pthread_create(&mutator.thread, NULL, mutate, &mutator), 0);
	for (int i = 0; i < 200; i++)
		measure_amid_changes(fixture);
	atomic_store(&mutator.stop, true);
	assert_int_equal(pthread_join(mutator.thread, NULL), 0);
}

static void test_no_root(void **state)
{
	const struct fixture *fixture = *state;
	const struct measure_options options = {.root = "/nowhere/at/all",
						.policy = fixture->policy};
	_cleanup_error_ struct error error = {};
	struct measure *measure = NULL;

	assert_int_equal(measure_new(&options, &measure, &error), -ENOENT);
	assert_non_null(error.message);
	assert_null(measure);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_classes),  TEST(test_mutable_link), TEST(test_ignored_is_pruned),
		TEST(test_append),   TEST(test_bytes),	      TEST(test_name_ignored),
		TEST(test_mutation), TEST(test_no_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
