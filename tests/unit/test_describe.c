/* SPDX-License-Identifier: Apache-2.0 */
#include "check/describe.h"
#include "measure/root.h"
#include "trial.h"

#include <sys/stat.h>

/* Compares, groups and describes the group of one path. */
static void describe(struct trial *trial, const char *path, struct finding *ret)
{
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_group_set_ struct group_set set = {};
	_cleanup_close_ int fd = root_open(trial->root);
	size_t head = SIZE_MAX;

	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(group_differences(&comparison, fd, &set), 0);
	for (size_t i = 0; i < set.count; i++)
		if (strcmp(set.candidates[i].difference->path, path) == 0)
			head = i;
	assert_true(head != SIZE_MAX);
	finding_done(ret);
	assert_int_equal(describe_group(&set, head, ret), 0);
}

static void expect(struct trial *trial, const char *path, const char *title, const char *expected,
		   const char *actual)
{
	_cleanup_(finding_done) struct finding finding = {};

	describe(trial, path, &finding);
	assert_string_equal(finding.title, title);
	if (expected)
		assert_string_equal(finding.expected, expected);
	if (actual)
		assert_string_equal(finding.actual, actual);
}

static void test_changed(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "opt", "x");
	tree_link(trial->root, "link", "one");
	trial_seal(trial, "");
	tree_mode(trial->root, "opt", 0600);
	expect(trial, "/opt", "File opt differs from the manifest: mode", "mode=0644", "mode=0600");
	tree_owner(trial->root, "opt", 5, 6);
	expect(trial, "/opt", "File opt differs from the manifest: mode, owner, group",
	       "mode=0644 uid=0 gid=0", "mode=0600 uid=5 gid=6");
	tree_file(trial->root, "opt", "yy");
	expect(trial, "/opt", "File opt differs from the manifest: content, size, owner, group",
	       NULL, NULL);
	tree_remove(trial->root, "opt");
	tree_directory(trial->root, "opt");
	expect(trial, "/opt", "Directory opt differs from the manifest: type", "file", "dir");
	tree_remove(trial->root, "link");
	tree_link(trial->root, "link", "two");
	expect(trial, "/link", "Link link differs from the manifest: link target", "link to one",
	       "link to two");
}

static void test_missing(void **state)
{
	struct trial *trial = *state;

	tree_link(trial->root, "gone", "target");
	trial_seal(trial, "");
	tree_remove(trial->root, "gone");
	expect(trial, "/gone", "Link gone is missing", "link to target", "absent");
}

static void test_append(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "log", "one");
	trial_seal(trial, "append /log\n");
	tree_file(trial->root, "log", "two");
	expect(trial, "/log", "File log differs from the manifest: sealed beginning",
	       "begins as sealed", "its sealed beginning was changed or cut");
}

/* An authorized key is told by type and comment. */
static void test_key(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, "root");
	tree_directory(trial->root, "root/.ssh");
	trial_seal(trial, "");
	tree_file(trial->root, "root/.ssh/authorized_keys",
		  "# mine\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5 evil@example\n");
	expect(trial, "/root/.ssh/authorized_keys",
	       "SSH key file authorized_keys is not in the manifest", "absent",
	       "ssh-ed25519 ... evil@example");
}

/* Lines without an end, of NULs, of brackets alone: short and whole. */
static void test_hostile_contents(void **state)
{
	struct trial *trial = *state;
	_cleanup_free_ char *text = malloc(100000);
	static const char fills[] = {'x', '/', '[', '\n', '\0', '#', ' ', '='};

	assert_non_null(text);
	tree_directory(trial->root, "etc");
	tree_directory(trial->root, "etc/cron.d");
	trial_seal(trial, "");
	for (size_t i = 0; i < ELEMENTS(fills); i++) {
		_cleanup_(finding_done) struct finding finding = {};

		memset(text, fills[i], 100000);
		tree_bytes(trial->root, "etc/cron.d/x", text, 100000);
		describe(trial, "/etc/cron.d/x", &finding);
		assert_non_null(finding.actual);
		assert_true(strlen(finding.actual) > 0);
		assert_true(strlen(finding.actual) < 400);
	}
}

static void test_problems(void **state)
{
	(void)state;
	for (int problem = PROBLEM_UNREADABLE; problem < _PROBLEM_MAX; problem++) {
		const struct difference difference = {
			.kind = DIFFERENCE_PROBLEM,
			.path = (char *)"/a/b",
			.problem = (enum problem)problem,
			.error = problem == PROBLEM_UNREADABLE ? -EACCES : 0,
		};
		_cleanup_(finding_done) struct finding finding = {};

		assert_int_equal(describe_problem(&difference, &finding), 0);
		assert_int_equal(strncmp(finding.code, "coverage.", 9), 0);
		assert_string_equal(finding.path, "/a/b");
		assert_int_equal(strncmp(finding.title, "b ", 2), 0);
		assert_true(strlen(finding.actual) > 0);
		if (problem == PROBLEM_UNREADABLE)
			assert_string_equal(finding.actual, "Permission denied");
	}
}

/* The title says what is odd about a name or a place. */
static void test_oddities(void **state)
{
	static const struct {
		const char *path, *title;
	} rows[] = {
		{"usr/bin/l\xd1\x95", "Hidden file l\xd1\x95 is not in the manifest; it looks like "
				      "\"ls\" but has the letter U+0455"},
		{"usr/bin/1s", "Hidden file 1s is not in the manifest; it looks like /usr/bin/ls"},
		{"usr/bin/kworkerds", "Hidden file kworkerds is not in the manifest; it is named "
				      "like a thread of the kernel"},
		{"usr/bin/x ", "Hidden file x  is not in the manifest; dots or blanks hide its "
			       "name"},
		{"usr/bin/x\n", "Hidden file x\n is not in the manifest; its name has the control "
				"character U+000A"},
		{"usr/bin/x\xe2\x80\x8b", "Hidden file x\xe2\x80\x8b is not in the manifest; its "
					  "name has U+200B, which is not seen"},
		{"tmp/run.sh", "Hidden file run.sh is not in the manifest; a program where "
			       "everybody may write"},
		{"dev/x", "Hidden file x is not in the manifest; a regular file among the devices"},
		{"usr/bin/x1", "Program x1 is not in the manifest"},
	};
	struct trial *trial = *state;

	tree_directory(trial->root, "usr");
	tree_directory(trial->root, "usr/bin");
	tree_directory(trial->root, "tmp");
	tree_directory(trial->root, "dev");
	tree_file(trial->root, "usr/bin/ls", "ELF");
	trial_seal(trial, "");
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *path = NULL;

		assert_true(asprintf(&path, "/%s", rows[i].path) > 0);
		tree_file(trial->root, rows[i].path, "x");
		expect(trial, path, rows[i].title, "absent", NULL);
		tree_remove(trial->root, rows[i].path);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_changed),  TEST(test_missing),	  TEST(test_append),
		TEST(test_key),	     TEST(test_hostile_contents), TEST(test_problems),
		TEST(test_oddities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
