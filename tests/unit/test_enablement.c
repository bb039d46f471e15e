/* SPDX-License-Identifier: Apache-2.0 */
#include "check/enablement.h"
#include "trial.h"

#define LIB "usr/lib/systemd/system"

static void make_root(const char *root)
{
	static const char *const directories[] = {
		"etc", "etc/systemd", "etc/systemd/system", "etc/init.d", "etc/rc2.d",
		"usr", "usr/lib",     "usr/lib/systemd",    LIB,	  "opt",
		"tmp",
	};

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(root, directories[i]);
	tree_link(root, "lib", "usr/lib");
	tree_file(root, LIB "/a.service",
		  "[Service]\nExecStart=/bin/a\n[Install]\nWantedBy=multi-user.target\n"
		  "RequiredBy=x.target\nAlias=dbus-org.a.service %p-alias.service\n");
	tree_file(root, LIB "/reset.service", "[Install]\nWantedBy=a.target\nWantedBy=\n");
	tree_file(root, LIB "/getty@.service", "[Install]\nWantedBy=getty.target\n");
	tree_file(root, LIB "/debug-shell.service", "[Install]\nWantedBy=sysinit.target\n");
	tree_file(root, "opt/a.service", "[Install]\nWantedBy=multi-user.target\n");
	tree_link(root, LIB "/other.service", "/opt/a.service");
	tree_file(root, "etc/init.d/cron", "#!/bin/sh\n");
	tree_link(root, "etc/init.d/evil", "/opt/a.service");
}

static const struct {
	const char *path, *link;
	bool declared;
} rows[] = {
	{"multi-user.target.wants/a.service", "/lib/systemd/system/a.service", true},
	{"multi-user.target.wants/a.service", "/usr/lib/systemd/system/a.service", true},
	{"multi-user.target.wants/a.service", "../../../../lib/systemd/system/a.service", true},
	{"x.target.requires/a.service", "/lib/systemd/system/a.service", true},
	{"dbus-org.a.service", "/lib/systemd/system/a.service", true},
	{"a-alias.service", "/lib/systemd/system/a.service", true},
	{"getty.target.wants/getty@tty9.service", "/lib/systemd/system/getty@.service", true},
	{"other.service", "/lib/systemd/system/a.service", false},
	{"sysinit.target.wants/a.service", "/lib/systemd/system/a.service", false},
	{"multi-user.target.upholds/a.service", "/lib/systemd/system/a.service", false},
	{"multi-user.target.wants/b.service", "/lib/systemd/system/a.service", false},
	{"a.target.wants/reset.service", "/lib/systemd/system/reset.service", false},
	{"sysinit.target.wants/debug-shell.service", "/lib/systemd/system/debug-shell.service",
	 false},
	{"multi-user.target.wants/a.service", "/opt/a.service", false},
	{"multi-user.target.wants/other.service", "/lib/systemd/system/other.service", false},
	{"multi-user.target.wants/none.service", "/lib/systemd/system/none.service", false},
	{"multi-user.target.wants/a.service", "", false},
	{".wants/a.service", "/lib/systemd/system/a.service", false},
	{"multi-user.target.wants/a.service", "../../../../../../../..", false},
};

static int root_of(struct trial *trial)
{
	int fd = root_open(trial->root);

	assert_true(fd >= 0);
	return fd;
}

static void test_units(void **state)
{
	struct trial *trial = *state;
	_cleanup_close_ int fd = root_of(trial);

	make_root(trial->root);
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *path = NULL;

		assert_true(asprintf(&path, "/etc/systemd/system/%s", rows[i].path) > 0);
		if (unit_is_enabled_as_declared(fd, NULL, path, rows[i].link) != rows[i].declared)
			fail_msg("%s -> %s", path, rows[i].link);
	}
	assert_false(unit_is_enabled_as_declared(fd, NULL, "/opt/dbus-org.a.service",
						 "/lib/systemd/system/a.service"));
}

static void test_init_scripts(void **state)
{
	struct trial *trial = *state;
	_cleanup_close_ int fd = root_of(trial);

	make_root(trial->root);
	assert_true(unit_is_enabled_as_declared(fd, NULL, "/etc/rc2.d/S01cron", "../init.d/cron"));
	assert_true(
		unit_is_enabled_as_declared(fd, NULL, "/etc/rcS.d/K20cron", "/etc/init.d/cron"));
	assert_false(
		unit_is_enabled_as_declared(fd, NULL, "/etc/rc2.d/S01other", "../init.d/cron"));
	assert_false(unit_is_enabled_as_declared(fd, NULL, "/etc/rc2.d/S01evil", "../init.d/evil"));
	assert_false(unit_is_enabled_as_declared(fd, NULL, "/etc/rc2.d/S01none", "../init.d/none"));
	assert_false(unit_is_enabled_as_declared(fd, NULL, "/etc/rc2.d/cron", "../init.d/cron"));
}

/* A unit that differs itself, or that others can write, vouches for nothing. */
static void test_suspects(void **state)
{
	static const char *const path = "/etc/systemd/system/multi-user.target.wants/a.service";
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_suspects_ struct suspects suspects = {};
	_cleanup_close_ int fd = root_of(trial);

	make_root(trial->root);
	trial_seal(trial, "");
	tree_append(trial->root, LIB "/a.service", "# more\n");
	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(suspects_init(&comparison, &suspects), 0);
	assert_false(
		unit_is_enabled_as_declared(fd, &suspects, path, "/lib/systemd/system/a.service"));
	assert_true(unit_is_enabled_as_declared(fd, NULL, path, "/lib/systemd/system/a.service"));
	tree_mode(trial->root, LIB "/a.service", 0666);
	assert_false(unit_is_enabled_as_declared(fd, NULL, path, "/lib/systemd/system/a.service"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_units),
		TEST(test_init_scripts),
		TEST(test_suspects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
