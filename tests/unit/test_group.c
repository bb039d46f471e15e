/* SPDX-License-Identifier: Apache-2.0 */
#include "check/group.h"
#include "measure/root.h"
#include "trial.h"

#include <time.h>

#define UNITS "etc/systemd/system"

/* A sealed tree with the usual places. */
static int setup(void **state)
{
	static const char *const directories[] = {
		"etc", "etc/systemd", UNITS,	    UNITS "/multi-user.target.wants",
		"usr", "usr/bin",     "usr/local",  "usr/local/bin",
		"opt", "root",	      "etc/cron.d",
	};
	static const char *const files[] = {"etc/passwd", "etc/shadow", "etc/group"};
	struct trial *trial;

	if (trial_setup(state) != 0)
		return -1;
	trial = *state;
	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(trial->root, directories[i]);
	for (size_t i = 0; i < ELEMENTS(files); i++)
		tree_file(trial->root, files[i], "root\n");
	trial_seal(trial, "");
	return 0;
}

struct grouping {
	struct comparison comparison;
	struct group_set set;
};

static void grouping_done(struct grouping *grouping)
{
	group_set_done(&grouping->set);
	comparison_done(&grouping->comparison);
}

#define _cleanup_grouping_ _cleanup_(grouping_done)

static void group(struct trial *trial, struct grouping *ret)
{
	_cleanup_close_ int fd = root_open(trial->root);

	trial_compare(trial, PHASE_IMAGE, &ret->comparison);
	assert_int_equal(group_differences(&ret->comparison, fd, &ret->set), 0);
	assert_int_equal(ret->set.count, ret->comparison.count);
}

static size_t count_heads(const struct grouping *grouping)
{
	size_t heads = 0;

	for (size_t i = 0; i < grouping->set.count; i++) {
		size_t head = grouping->set.candidates[i].head;

		assert_int_equal(grouping->set.candidates[head].head, head);
		heads += head == i;
	}
	return heads;
}

static const char *head_of(const struct grouping *grouping, const char *path)
{
	for (size_t i = 0; i < grouping->set.count; i++)
		if (strcmp(grouping->set.candidates[i].difference->path, path) == 0)
			return grouping->set.candidates[grouping->set.candidates[i].head]
				.difference->path;
	fail_msg("%s does not differ", path);
	return NULL;
}

/* Requires `n` groups, and that `path` is in the group of `head`. */
static void expect(struct trial *trial, size_t n, const char *path, const char *head)
{
	_cleanup_grouping_ struct grouping grouping = {};

	group(trial, &grouping);
	if (count_heads(&grouping) != n)
		fail_msg("%zu groups, expected %zu", count_heads(&grouping), n);
	assert_string_equal(head_of(&grouping, path), head);
}

static void test_nothing(void **state)
{
	_cleanup_grouping_ struct grouping grouping = {};

	group(*state, &grouping);
	assert_int_equal(grouping.set.count, 0);
}

/* One planted service is one thing. */
static void test_service(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, UNITS "/evil.service", "[Service]\nExecStart=/usr/bin/evil --go\n");
	expect(trial, 1, "/" UNITS "/evil.service", "/" UNITS "/evil.service");
	tree_link(trial->root, UNITS "/multi-user.target.wants/evil.service",
		  "/" UNITS "/evil.service");
	tree_file(trial->root, "usr/bin/evil", "ELF");
	tree_mode(trial->root, "usr/bin/evil", 0755);
	expect(trial, 1, "/usr/bin/evil", "/" UNITS "/evil.service");
	expect(trial, 1, "/" UNITS "/multi-user.target.wants/evil.service",
	       "/" UNITS "/evil.service");
	/* Another thing stays another. */
	tree_file(trial->root, "opt/other", "x");
	expect(trial, 2, "/opt/other", "/opt/other");
}

/* As the unit spells it, /bin is /usr/bin; a relative link is read from its place. */
static void test_spellings(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, UNITS "/evil.service", "[Service]\nExecStart=-/bin/evil\n");
	tree_file(trial->root, "usr/bin/evil", "ELF");
	tree_link(trial->root, UNITS "/multi-user.target.wants/evil.service", ".././/evil.service");
	expect(trial, 1, "/usr/bin/evil", "/" UNITS "/evil.service");
}

static void test_timer(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, UNITS "/evil.timer", "[Timer]\nOnBootSec=1\n");
	tree_file(trial->root, UNITS "/evil.service", "[Service]\nExecStart=/opt/evil\n");
	tree_file(trial->root, "opt/evil", "#!");
	expect(trial, 1, "/opt/evil", "/" UNITS "/evil.timer");
}

static void test_cron(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "etc/cron.d/evil", "* * * * * root sh -c \"/opt/evil;true\"\n");
	tree_file(trial->root, "opt/evil", "#!");
	expect(trial, 1, "/opt/evil", "/etc/cron.d/evil");
}

/* A new directory is one thing with what is in it, named by what tells most. */
static void test_directory(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, "opt/kit");
	expect(trial, 1, "/opt/kit", "/opt/kit");
	tree_directory(trial->root, "opt/kit/sub");
	tree_file(trial->root, "opt/kit/sub/a", "x");
	tree_file(trial->root, "opt/kit/b", "x");
	tree_mode(trial->root, "opt/kit/b", 04755);
	tree_file(trial->root, "opt/kit-not", "x");
	expect(trial, 2, "/opt/kit/sub/a", "/opt/kit/b");
	expect(trial, 2, "/opt/kit", "/opt/kit/b");
}

static void test_accounts(void **state)
{
	struct trial *trial = *state;

	tree_append(trial->root, "etc/passwd", "evil:x:0:0::/:/bin/sh\n");
	tree_append(trial->root, "etc/shadow", "evil::::::::\n");
	tree_append(trial->root, "etc/group", "sudo:x:27:evil\n");
	expect(trial, 1, "/etc/shadow", "/etc/passwd");
	expect(trial, 1, "/etc/group", "/etc/passwd");
}

/* Links and units that name each other end somewhere. */
static void test_cycles(void **state)
{
	struct trial *trial = *state;

	tree_link(trial->root, "opt/a", "b");
	tree_link(trial->root, "opt/b", "c");
	tree_link(trial->root, "opt/c", "/opt/a");
	tree_link(trial->root, "opt/self", "self");
	expect(trial, 2, "/opt/self", "/opt/self");
	tree_file(trial->root, "etc/cron.d/x", "/etc/cron.d/y\n");
	tree_file(trial->root, "etc/cron.d/y", "/etc/cron.d/x\n");
	tree_link(trial->root, UNITS "/p.service", "p.timer");
	tree_link(trial->root, UNITS "/p.timer", "p.service");
	expect(trial, 4, "/etc/cron.d/y", "/etc/cron.d/x");
}

static void test_odd_links(void **state)
{
	static const char *const targets[] = {"..", "../../../../..", "/",  "//", "/../..",
					      ".",  "a/../",	      "./."};
	struct trial *trial = *state;
	_cleanup_grouping_ struct grouping grouping = {};

	for (size_t i = 0; i < ELEMENTS(targets); i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "l%zu", i);
		tree_link(trial->root, name, targets[i]);
	}
	group(trial, &grouping);
	assert_int_equal(count_heads(&grouping), ELEMENTS(targets));
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* Contents made to be slow or to overrun: only the beginning is read, and quickly. */
static void test_hostile_contents(void **state)
{
	struct trial *trial = *state;
	_cleanup_grouping_ struct grouping grouping = {};
	_cleanup_free_ char *text = malloc(200000);
	struct timespec start;

	assert_non_null(text);
	for (int i = 0; i < 100; i++) {
		char name[32];

		memset(text, '/', 200000);
		for (int k = 0; k < 200000 && i % 3; k += 2)
			text[k] = i % 3 == 1 ? ' ' : '\0';
		(void)snprintf(name, sizeof(name), "etc/cron.d/%d", i);
		tree_bytes(trial->root, name, text, 200000);
	}
	memset(text, 'x', 200000);
	text[0] = '/';
	tree_bytes(trial->root, UNITS "/long.service", text, 200000);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &start), 0);
	group(trial, &grouping);
	assert_true(seconds_since(&start) < 30);
	assert_true(grouping.set.content_total <= CONTENT_TOTAL_MAX + CONTENT_MAX);
	assert_true(grouping.set.unread > 0);
	for (size_t i = 0; i < grouping.set.count; i++)
		assert_true(grouping.set.candidates[i].content_size <= CONTENT_MAX);
	assert_int_equal(count_heads(&grouping), 101);
}

/* A chain of as many links as are kept does not take the square of its length. */
static void test_long_chain(void **state)
{
	struct trial *trial = *state;
	_cleanup_grouping_ struct grouping grouping = {};
	struct timespec start;

	for (int i = 0; i < DIFFERENCES_MAX; i++) {
		char name[32], target[32];

		(void)snprintf(name, sizeof(name), "opt/%06d", i);
		(void)snprintf(target, sizeof(target), "%06d", i + 1);
		tree_link(trial->root, name, target);
	}
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &start), 0);
	group(trial, &grouping);
	assert_true(seconds_since(&start) < 60);
	assert_int_equal(count_heads(&grouping), 1);
}

/* A link out of the root is not followed when a unit's words are read. */
static void test_content_stays_inside(void **state)
{
	struct trial *trial = *state;
	_cleanup_grouping_ struct grouping grouping = {};

	tree_link(trial->root, "etc/cron.d/out", "/etc/passwd");
	tree_file(trial->root, "etc/cron.d/in", "/opt/x\n");
	group(trial, &grouping);
	for (size_t i = 0; i < grouping.set.count; i++) {
		const struct candidate *candidate = &grouping.set.candidates[i];

		if (strcmp(candidate->difference->path, "/etc/cron.d/out") == 0)
			assert_null(candidate->content);
		else
			assert_non_null(candidate->content);
	}
}

/* What has the same name and the same content in several places is one thing. */
static void test_copies(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, "etc/cron.daily");
	tree_directory(trial->root, "etc/cron.weekly");
	trial_seal(trial, "");
	tree_file(trial->root, "etc/cron.daily/x", "#!/bin/sh\ntrue\n");
	tree_file(trial->root, "etc/cron.weekly/x", "#!/bin/sh\ntrue\n");
	expect(trial, 1, "/etc/cron.weekly/x", "/etc/cron.daily/x");
	tree_file(trial->root, "etc/cron.weekly/x", "#!/bin/sh\nfalse\n");
	expect(trial, 2, "/etc/cron.weekly/x", "/etc/cron.weekly/x");
}

/* Two things that were planted in one directory stay two, and so do two mechanisms in a new one. */
static void test_apart(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "etc/cron.d/a", "* * * * * root /usr/bin/a\n");
	tree_file(trial->root, "etc/cron.d/b", "* * * * * root /usr/bin/b\n");
	expect(trial, 2, "/etc/cron.d/b", "/etc/cron.d/b");
	tree_directory(trial->root, "opt/new");
	tree_file(trial->root, "opt/new/x.ko", "module");
	tree_file(trial->root, "opt/new/key.pem", "key");
	tree_file(trial->root, "opt/new/readme", "text");
	expect(trial, 4, "/opt/new/readme", "/opt/new/x.ko");
	expect(trial, 4, "/opt/new/key.pem", "/opt/new/key.pem");
}

/* What was sealed and is altered is not hidden behind a job that names it. */
static void test_altered(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "usr/bin/sh", "ELF");
	trial_seal(trial, "");
	tree_file(trial->root, "usr/bin/sh", "ELF!");
	tree_file(trial->root, "etc/cron.d/a", "* * * * * root /bin/sh -c true\n");
	expect(trial, 2, "/usr/bin/sh", "/usr/bin/sh");
}

/* The original put aside, by its content or by its name; a program beside it is another thing. */
static void test_put_aside(void **state)
{
	struct trial *trial = *state;

	tree_file(trial->root, "usr/bin/cat", "ELF");
	trial_seal(trial, "");
	tree_file(trial->root, "usr/bin/cat", "#!/bin/sh\n");
	tree_file(trial->root, "usr/bin/cat-x", "ELF");
	expect(trial, 1, "/usr/bin/cat-x", "/usr/bin/cat");
	tree_file(trial->root, "usr/bin/cat-x", "other");
	expect(trial, 2, "/usr/bin/cat-x", "/usr/bin/cat-x");
	tree_remove(trial->root, "usr/bin/cat-x");
	tree_file(trial->root, "usr/bin/cat.bak", "other");
	expect(trial, 1, "/usr/bin/cat.bak", "/usr/bin/cat");
}

/* An interpreter's script, the library beside it and a directory of data with the unit's name. */
static void test_bundle(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, "usr/share");
	trial_seal(trial, "");
	tree_file(trial->root, UNITS "/agentd.service", "[Service]\nExecStart=/opt/k/run -d\n");
	tree_directory(trial->root, "opt/k");
	tree_file(trial->root, "opt/k/a", "data");
	tree_file(trial->root, "opt/k/run", "#!/bin/sh\nexec /root/core\n");
	tree_file(trial->root, "root/core", "ELF");
	tree_directory(trial->root, "usr/share/agentd");
	tree_file(trial->root, "usr/share/agentd/pool", "data");
	expect(trial, 1, "/root/core", "/" UNITS "/agentd.service");
	expect(trial, 1, "/usr/share/agentd/pool", "/" UNITS "/agentd.service");
	expect(trial, 1, "/opt/k/a", "/" UNITS "/agentd.service");
}

/* A timer that is redirected starts a unit by its name. */
static void test_unit_names(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, UNITS "/x.timer.d");
	tree_file(trial->root, UNITS "/x.timer.d/a.conf", "[Timer]\nUnit=report.service\n");
	tree_file(trial->root, UNITS "/report.service", "[Service]\nExecStart=/usr/bin/a\n");
	expect(trial, 1, "/" UNITS "/report.service", "/" UNITS "/x.timer.d/a.conf");
	tree_file(trial->root, UNITS "/x.timer.d/a.conf", "[Timer]\nAfter=report.service\n");
	expect(trial, 2, "/" UNITS "/report.service", "/" UNITS "/report.service");
}

/* A home that useradd made goes with the account; a key in it is a thing of its own. */
static void test_home(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, "etc/skel");
	tree_directory(trial->root, "home");
	tree_file(trial->root, "etc/skel/.profile", "skeleton\n");
	trial_seal(trial, "");
	tree_append(trial->root, "etc/passwd", "u:x:1000:1000::/home/u:/bin/sh\n");
	tree_directory(trial->root, "home/u");
	tree_file(trial->root, "home/u/.profile", "skeleton\n");
	expect(trial, 1, "/home/u/.profile", "/etc/passwd");
	tree_file(trial->root, "home/u/.profile", "skeleton\n/opt/x\n");
	expect(trial, 2, "/home/u/.profile", "/home/u/.profile");
	tree_file(trial->root, "home/u/.profile", "skeleton\n");
	tree_directory(trial->root, "home/u/.ssh");
	tree_file(trial->root, "home/u/.ssh/authorized_keys", "ssh-ed25519 AAAA x\n");
	expect(trial, 2, "/etc/passwd", "/etc/passwd");
}

/* What dpkg wrote down of a new package, by its script; records of a program follow the program. */
static void test_package(void **state)
{
	static const char *const directories[] = {"var", "var/lib", "var/lib/dpkg",
						  "var/lib/dpkg/info"};
	struct trial *trial = *state;

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(trial->root, directories[i]);
	tree_file(trial->root, "var/lib/dpkg/status", "old\n");
	trial_seal(trial, "");
	tree_file(trial->root, "var/lib/dpkg/status", "new\n");
	tree_file(trial->root, "var/lib/dpkg/info/x.list", "/.\n/usr\n/usr/bin\n");
	tree_file(trial->root, "var/lib/dpkg/info/x.postinst", "#!/bin/sh\ntrue\n");
	tree_file(trial->root, "var/lib/dpkg/info/y.md5sums", "0123  usr/bin/y\n");
	tree_file(trial->root, "usr/bin/y", "ELF");
	expect(trial, 2, "/var/lib/dpkg/info/x.list", "/var/lib/dpkg/info/x.postinst");
	expect(trial, 2, "/var/lib/dpkg/status", "/var/lib/dpkg/info/x.postinst");
	expect(trial, 2, "/var/lib/dpkg/info/y.md5sums", "/usr/bin/y");
}

/* A unit of a home with the mark that its owner lingers; a name on the bus with its permission. */
static void test_pairs(void **state)
{
	static const char *const directories[] = {"var",
						  "var/lib",
						  "var/lib/systemd",
						  "var/lib/systemd/linger",
						  "usr/share",
						  "usr/share/dbus-1",
						  "usr/share/dbus-1/system-services",
						  "etc/dbus-1",
						  "root/.config",
						  "root/.config/systemd",
						  "root/.config/systemd/user"};
	struct trial *trial = *state;

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(trial->root, directories[i]);
	trial_seal(trial, "");
	tree_file(trial->root, "root/.config/systemd/user/a.service", "[Service]\nExecStart=/a\n");
	tree_file(trial->root, "var/lib/systemd/linger/root", "");
	expect(trial, 1, "/var/lib/systemd/linger/root", "/root/.config/systemd/user/a.service");
	tree_file(trial->root, "usr/share/dbus-1/system-services/org.x.service", "Exec=/b\n");
	tree_file(trial->root, "etc/dbus-1/org.x.conf", "<busconfig/>\n");
	expect(trial, 2, "/etc/dbus-1/org.x.conf",
	       "/usr/share/dbus-1/system-services/org.x.service");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),    TEST(test_service),
		TEST(test_spellings),  TEST(test_timer),
		TEST(test_cron),       TEST(test_directory),
		TEST(test_accounts),   TEST(test_cycles),
		TEST(test_odd_links),  TEST(test_hostile_contents),
		TEST(test_long_chain), TEST(test_content_stays_inside),
		TEST(test_copies),     TEST(test_apart),
		TEST(test_altered),    TEST(test_put_aside),
		TEST(test_bundle),     TEST(test_unit_names),
		TEST(test_home),       TEST(test_package),
		TEST(test_pairs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
