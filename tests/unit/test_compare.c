/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#define ANY PHASE_IMAGE

/* A tree with each type, sealed without classes. */
static void make_tree(struct trial *trial)
{
	tree_directory(trial->root, "etc");
	tree_file(trial->root, "etc/passwd", "root:x:0:0::/:/bin/sh\n");
	tree_file(trial->root, "etc/empty", "");
	tree_directory(trial->root, "bin");
	tree_file(trial->root, "bin/sh", "#!");
	tree_mode(trial->root, "bin/sh", 0755);
	tree_link(trial->root, "bin/ash", "sh");
	assert_true(tree_node(trial->root, "fifo", S_IFIFO | 0600, 0));
}

static void test_same(void **state)
{
	struct trial *trial = *state;

	make_tree(trial);
	trial_seal(trial, "");
	trial_expect_none(trial, PHASE_IMAGE);
	trial_expect_none(trial, PHASE_BOOT);
}

/* One change each, and undone by the next seal. */
static void test_fixed(void **state)
{
	struct trial *trial = *state;

	make_tree(trial);
	trial_seal(trial, "");
	tree_file(trial->root, "etc/passwd", "evil:x:0:0::/:/bin/sh\n");
	trial_expect(trial, ANY, "/etc/passwd", DIFFERENCE_CHANGED, ATTRIBUTE_DIGEST);
	tree_append(trial->root, "etc/passwd", "x");
	trial_expect(trial, ANY, "/etc/passwd", DIFFERENCE_CHANGED,
		     ATTRIBUTE_DIGEST | ATTRIBUTE_SIZE);
	trial_seal(trial, "");
	tree_mode(trial->root, "bin/sh", 04755);
	trial_expect(trial, ANY, "/bin/sh", DIFFERENCE_CHANGED, ATTRIBUTE_MODE);
	trial_seal(trial, "");
	tree_owner(trial->root, "etc", 7, 0);
	trial_expect(trial, ANY, "/etc", DIFFERENCE_CHANGED, ATTRIBUTE_UID);
	trial_seal(trial, "");
	tree_owner(trial->root, "bin/ash", 0, 7);
	trial_expect(trial, ANY, "/bin/ash", DIFFERENCE_CHANGED, ATTRIBUTE_GID);
	trial_seal(trial, "");
	tree_remove(trial->root, "bin/ash");
	tree_link(trial->root, "bin/ash", "/bin/evil");
	tree_owner(trial->root, "bin/ash", 0, 7);
	trial_expect(trial, ANY, "/bin/ash", DIFFERENCE_CHANGED, ATTRIBUTE_LINK);
	tree_remove(trial->root, "bin/ash");
	trial_expect(trial, ANY, "/bin/ash", DIFFERENCE_MISSING, 0);
	tree_file(trial->root, "bin/ash", "");
	trial_expect(trial, ANY, "/bin/ash", DIFFERENCE_CHANGED, ATTRIBUTE_TYPE);
	trial_seal(trial, "");
	tree_file(trial->root, "etc/.new", "");
	trial_expect(trial, ANY, "/etc/.new", DIFFERENCE_UNEXPECTED, 0);
}

static void test_device(void **state)
{
	struct trial *trial = *state;

	if (!tree_node(trial->root, "null", S_IFCHR | 0666, makedev(1, 3))) {
		print_message("device nodes are not allowed here\n");
		skip();
	}
	trial_seal(trial, "");
	trial_expect_none(trial, ANY);
	tree_remove(trial->root, "null");
	assert_true(tree_node(trial->root, "null", S_IFCHR | 0666, makedev(1, 1)));
	trial_expect(trial, ANY, "/null", DIFFERENCE_CHANGED, ATTRIBUTE_DEVICE);
}

static void test_xattrs(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "f", "x");
	tree_directory(trial->root, "d");
	trial_seal(trial, "");
	if (!tree_capability(trial->root, "f", 0x400)) {
		print_message("no capabilities on this filesystem\n");
		skip();
	}
	trial_expect(trial, ANY, "/f", DIFFERENCE_CHANGED, ATTRIBUTE_CAPABILITY);
	trial_seal(trial, "");
	trial_expect_none(trial, ANY);
	assert_true(tree_capability(trial->root, "f", 0x200000));
	trial_expect(trial, ANY, "/f", DIFFERENCE_CHANGED, ATTRIBUTE_CAPABILITY);
	trial_seal(trial, "");
	if (!tree_acl(trial->root, "f", false, 33) || !tree_acl(trial->root, "d", true, 33)) {
		print_message("no ACLs on this filesystem\n");
		skip();
	}
	trial_seal(trial, "");
	assert_true(tree_acl(trial->root, "f", false, 34));
	trial_expect(trial, ANY, "/f", DIFFERENCE_CHANGED, ATTRIBUTE_ACL);
	trial_seal(trial, "");
	assert_true(tree_acl(trial->root, "d", true, 34));
	trial_expect(trial, ANY, "/d", DIFFERENCE_CHANGED, ATTRIBUTE_ACL);
}

static void test_mutable(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "m", "one");
	tree_link(trial->root, "l", "one");
	trial_seal(trial, "mutable /m\nmutable /l\n");
	tree_file(trial->root, "m", "another");
	tree_remove(trial->root, "l");
	tree_link(trial->root, "l", "another");
	trial_expect_none(trial, ANY);
	tree_mode(trial->root, "m", 0666);
	trial_expect(trial, ANY, "/m", DIFFERENCE_CHANGED, ATTRIBUTE_MODE);
	tree_mode(trial->root, "m", 0644);
	tree_owner(trial->root, "m", 1, 2);
	trial_expect(trial, ANY, "/m", DIFFERENCE_CHANGED, ATTRIBUTE_UID | ATTRIBUTE_GID);
	tree_remove(trial->root, "m");
	trial_expect(trial, ANY, "/m", DIFFERENCE_MISSING, 0);
	tree_link(trial->root, "m", "x");
	trial_expect(trial, ANY, "/m", DIFFERENCE_CHANGED, ATTRIBUTE_TYPE);
}

static void test_optional(void **state)
{
	struct trial *trial = *state;
	static const char policy[] = "mutable /m optional mode=0644 uid=0\nfixed /f optional\n";

	tree_file(trial->root, "m", "one");
	tree_file(trial->root, "f", "one");
	trial_seal(trial, policy);
	tree_remove(trial->root, "m");
	tree_remove(trial->root, "f");
	trial_expect_none(trial, ANY);
	trial_seal(trial, policy);
	tree_file(trial->root, "m", "made");
	trial_expect_none(trial, ANY);
	tree_mode(trial->root, "m", 0600);
	trial_expect(trial, ANY, "/m", DIFFERENCE_UNEXPECTED, 0);
	tree_remove(trial->root, "m");
	/* What is fixed has a content, and here the manifest has none for it. */
	tree_file(trial->root, "f", "made");
	trial_expect(trial, ANY, "/f", DIFFERENCE_UNEXPECTED, 0);
}

static void test_append(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "log", "first line\n");
	trial_seal(trial, "append /log\nappend /new optional mode=0640\n");
	trial_expect_none(trial, ANY);
	tree_append(trial->root, "log", "second line\n");
	trial_expect_none(trial, ANY);
	trial_expect_none(trial, PHASE_BOOT);
	tree_file(trial->root, "log", "First line\nsecond line\n");
	trial_expect(trial, ANY, "/log", DIFFERENCE_CHANGED, ATTRIBUTE_BEGINNING);
	tree_file(trial->root, "log", "first line");
	trial_expect(trial, PHASE_BOOT, "/log", DIFFERENCE_CHANGED, ATTRIBUTE_BEGINNING);
	tree_file(trial->root, "log", "");
	trial_expect(trial, ANY, "/log", DIFFERENCE_CHANGED, ATTRIBUTE_BEGINNING);
	tree_file(trial->root, "log", "first line\n");
	tree_mode(trial->root, "log", 0755);
	trial_expect(trial, ANY, "/log", DIFFERENCE_CHANGED, ATTRIBUTE_MODE);
	tree_mode(trial->root, "log", 0644);
	tree_file(trial->root, "new", "begun\n");
	tree_mode(trial->root, "new", 0640);
	trial_expect_none(trial, ANY);
	tree_mode(trial->root, "new", 0750);
	trial_expect(trial, ANY, "/new", DIFFERENCE_UNEXPECTED, 0);
}

static void test_append_empty(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "log", "");
	trial_seal(trial, "append /log\n");
	tree_file(trial->root, "log", "anything");
	trial_expect_none(trial, ANY);
}

/* What may appear, and how. */
static void test_generated_appears(void **state)
{
	static const struct {
		mode_t mode;
		uid_t uid;
		bool allowed;
	} rows[] = {
		{0600, 0, true},  {0644, 0, false},  {0600, 5, false},
		{0700, 0, false}, {04600, 0, false}, {0601, 0, false},
	};
	struct trial *trial = *state;

	trial_seal(trial, "generated /key mode=0600 uid=0 gid=0\n");
	trial_expect_none(trial, ANY);
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		tree_file(trial->root, "key", "secret");
		tree_owner(trial->root, "key", rows[i].uid, 0);
		tree_mode(trial->root, "key", rows[i].mode);
		for (enum phase phase = PHASE_IMAGE; phase <= PHASE_BOOT; phase++) {
			if (rows[i].allowed)
				trial_expect_none(trial, phase);
			else
				trial_expect(trial, phase, "/key", DIFFERENCE_UNEXPECTED, 0);
		}
		tree_remove(trial->root, "key");
	}
	tree_link(trial->root, "key", "/etc/shadow");
	trial_expect(trial, ANY, "/key", DIFFERENCE_UNEXPECTED, 0);
	tree_remove(trial->root, "key");
	assert_true(tree_node(trial->root, "key", S_IFIFO | 0600, 0));
	trial_expect(trial, ANY, "/key", DIFFERENCE_UNEXPECTED, 0);
}

/* Without stated attributes a program is refused all the same. */
static void test_generated_program(void **state)
{
	struct trial *trial = *state;

	trial_seal(trial, "generated /cache\ngenerated /cache/*\n");
	tree_directory(trial->root, "cache");
	tree_file(trial->root, "cache/data", "x");
	trial_expect_none(trial, ANY);
	tree_mode(trial->root, "cache/data", 0755);
	trial_expect(trial, ANY, "/cache/data", DIFFERENCE_UNEXPECTED, 0);
	tree_mode(trial->root, "cache/data", 02644);
	trial_expect(trial, ANY, "/cache/data", DIFFERENCE_UNEXPECTED, 0);
}

static void test_generated_was_there(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "g", "baked in");
	trial_seal(trial, "generated /g mode=0644\n");
	tree_file(trial->root, "g", "made anew, longer");
	trial_expect(trial, PHASE_IMAGE, "/g", DIFFERENCE_CHANGED,
		     ATTRIBUTE_SIZE | ATTRIBUTE_DIGEST);
	trial_expect_none(trial, PHASE_BOOT);
	tree_mode(trial->root, "g", 0755);
	trial_expect(trial, PHASE_BOOT, "/g", DIFFERENCE_CHANGED, ATTRIBUTE_MODE);
	tree_remove(trial->root, "g");
	trial_expect_none(trial, PHASE_IMAGE);
}

static void test_ignored(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};

	tree_directory(trial->root, "run");
	tree_file(trial->root, "run/x", "x");
	tree_file(trial->root, "lock", "x");
	trial_seal(trial, "ignored /run\nignored /lock\n");
	tree_file(trial->root, "run/y", "y");
	tree_mode(trial->root, "run/y", 04755);
	tree_remove(trial->root, "run/x");
	tree_file(trial->root, "lock", "other");
	tree_mode(trial->root, "lock", 0600);
	trial_expect_none(trial, ANY);
	tree_remove(trial->root, "lock");
	trial_expect_none(trial, ANY);
	trial_compare(trial, ANY, &comparison);
	assert_int_equal(json_array_size(comparison.coverage.ignored), 2);
	assert_string_equal(json_string_value(json_array_get(comparison.coverage.ignored, 0)),
			    "/run");
}

/* Files of the manifest itself: any content and owner, but data, and nothing else than a file. */
static void test_own_files(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, "usr");
	tree_directory(trial->root, "usr/lib");
	trial_seal(trial, "");
	trial_expect_none(trial, ANY);
	tree_directory(trial->root, "usr/lib/goldseal");
	tree_file(trial->root, "usr/lib/goldseal/manifest.json", "{}");
	tree_file(trial->root, "usr/lib/goldseal/manifest.mtree", "x");
	trial_expect_none(trial, ANY);
	tree_mode(trial->root, "usr/lib/goldseal/manifest.mtree", 04755);
	trial_expect(trial, ANY, "/usr/lib/goldseal/manifest.mtree", DIFFERENCE_CHANGED,
		     ATTRIBUTE_MODE);
	tree_remove(trial->root, "usr/lib/goldseal/manifest.mtree");
	tree_link(trial->root, "usr/lib/goldseal/manifest.mtree", "x");
	trial_expect(trial, ANY, "/usr/lib/goldseal/manifest.mtree", DIFFERENCE_CHANGED,
		     ATTRIBUTE_TYPE);
	tree_remove(trial->root, "usr/lib/goldseal/manifest.mtree");
	tree_file(trial->root, "usr/lib/goldseal/more", "x");
	trial_expect(trial, ANY, "/usr/lib/goldseal/more", DIFFERENCE_UNEXPECTED, 0);
}

static void test_wrong_body(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};
	const struct compare_options options = {
		.root = trial->root,
		.manifest_directory = trial->out,
		.phase = ANY,
	};
	struct compare_options with = options;

	trial_seal(trial, "");
	with.manifest = trial->manifest;
	tree_append(trial->out, MANIFEST_BODY_NAME, "./x type=file\n");
	assert_int_equal(compare_root(&with, &comparison, NULL), -EBADMSG);
	assert_int_equal(comparison.count, 0);
}

static void test_no_root(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_error_ struct error error = {};
	struct compare_options options = {.root = "/nowhere/at/all", .phase = ANY};

	trial_seal(trial, "");
	options.manifest = trial->manifest;
	options.manifest_directory = trial->out;
	assert_int_equal(compare_root(&options, &comparison, &error), -ENOENT);
	assert_non_null(strstr(error.message, "/nowhere/at/all"));
}

/* Beyond the limit they are counted. */
static void test_many(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};

	trial_seal(trial, "");
	for (int i = 0; i < DIFFERENCES_MAX + 50; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "n%06d", i);
		tree_link(trial->root, name, "x");
	}
	trial_compare(trial, ANY, &comparison);
	assert_int_equal(comparison.count, DIFFERENCES_MAX);
	assert_int_equal(comparison.dropped, 50);
	assert_int_equal(comparison.coverage.entries, DIFFERENCES_MAX + 51);
}

static int compare_child(struct trial *trial, const char *policy, const char *path,
			 enum problem problem)
{
	struct comparison comparison = {};
	const struct difference *difference;

	trial_compare(trial, ANY, &comparison);
	difference = trial_find(&comparison, path);
	if (!policy)
		return comparison.count == 0 ? 0 : 1;
	if (comparison.count != 1 || !difference)
		return 2;
	return difference->kind == DIFFERENCE_PROBLEM && difference->problem == problem &&
			       comparison.coverage.unreadable == 1
		       ? 0
		       : 3;
}

static void in_child(struct trial *trial, int (*run)(struct trial *trial))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run(trial));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("not permitted here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int mount_there(struct trial *trial)
{
	_cleanup_free_ char *point = tree_path(trial->root, "mnt");

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", point, "tmpfs", 0, "mode=0700") < 0)
		return 77;
	return 0;
}

static int run_mounted(struct trial *trial)
{
	int r = mount_there(trial);

	return r ? r : compare_child(trial, "", "/mnt", PROBLEM_MOUNT);
}

static int run_mounted_ignored(struct trial *trial)
{
	int r = mount_there(trial);

	return r ? r : compare_child(trial, NULL, "/mnt", PROBLEM_MOUNT);
}

static void test_mount(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, "mnt");
	trial_seal(trial, "");
	in_child(trial, run_mounted);
	trial_seal(trial, "ignored /mnt\n");
	in_child(trial, run_mounted_ignored);
}

static int run_unprivileged(struct trial *trial)
{
	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 77;
	return compare_child(trial, "", "/secret", PROBLEM_UNREADABLE);
}

/* A file that cannot be read is a problem and not a change. */
static void test_unreadable(void **state)
{
	struct trial *trial = *state;

	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	assert_int_equal(chmod(trial->directory, 0755), 0);
	tree_file(trial->root, "secret", "x");
	tree_mode(trial->root, "secret", 0600);
	trial_seal(trial, "");
	in_child(trial, run_unprivileged);
}

static void test_fixed_digest(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};

	make_tree(trial);
	tree_file(trial->root, "m", "x");
	tree_directory(trial->root, "usr");
	tree_directory(trial->root, "usr/lib");
	trial_seal(trial, "mutable /m\n");
	tree_file(trial->root, "m", "yy");
	tree_directory(trial->root, "usr/lib/goldseal");
	tree_file(trial->root, "usr/lib/goldseal/manifest.json", "{}");
	trial_compare(trial, ANY, &comparison);
	assert_int_equal(comparison.count, 0);
	assert_int_equal(comparison.fixed_entries, trial->manifest->fixed_entries);
	assert_true(digest_is_equal(&comparison.fixed_digest, &trial->manifest->fixed_digest));
	tree_mode(trial->root, "etc/empty", 0600);
	trial_compare(trial, ANY, &comparison);
	assert_false(digest_is_equal(&comparison.fixed_digest, &trial->manifest->fixed_digest));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same),
		TEST(test_fixed),
		TEST(test_device),
		TEST(test_xattrs),
		TEST(test_mutable),
		TEST(test_optional),
		TEST(test_append),
		TEST(test_append_empty),
		TEST(test_generated_appears),
		TEST(test_generated_program),
		TEST(test_generated_was_there),
		TEST(test_ignored),
		TEST(test_own_files),
		TEST(test_wrong_body),
		TEST(test_no_root),
		TEST(test_many),
		TEST(test_mount),
		TEST(test_unreadable),
		TEST(test_fixed_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
