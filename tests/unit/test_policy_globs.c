/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct policy *parse(const char *text)
{
	_cleanup_error_ struct error error = {0};
	struct policy *policy = NULL;

	if (policy_parse(text, strlen(text), "test", &policy, &error) < 0)
		fail_msg("%s", error_text(&error, -EINVAL));
	return policy;
}

static void expect_critical(const struct policy *policy, const char *path, bool critical,
			    bool leads)
{
	if (policy_is_critical(policy, path) != critical)
		fail_msg("%s is %scritical", path, critical ? "not " : "");
	if (policy_leads_to_critical(policy, path) != leads)
		fail_msg("%s leads %sto something critical", path, leads ? "not " : "");
}

static void reads_critical_and_follow(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	const struct policy_glob *globs;
	size_t count;

	(void)state;
	policy = parse("follow /srv/data # why\n"
		       "critical /usr/lib/*/libc.so*\n"
		       "critical /boot/**\n"
		       "mutable /m\n"
		       "follow /home\n"
		       "critical /boot\n");
	globs = policy_list_critical(policy, &count);
	assert_int_equal(count, 3);
	assert_string_equal(globs[0].glob, "/boot");
	assert_string_equal(globs[1].glob, "/boot/**");
	assert_string_equal(globs[2].glob, "/usr/lib/*/libc.so*");
	globs = policy_list_follows(policy, &count);
	assert_int_equal(count, 2);
	assert_string_equal(globs[0].glob, "/srv/data");
	assert_string_equal(globs[1].glob, "/home");
	(void)policy_list_rules(policy, &count);
	assert_int_equal(count, 1);
	assert_null(policy_match(policy, "/boot"));

	assert_true(policy_follows(policy, "/home"));
	assert_true(policy_follows(policy, "/srv/data"));
	assert_false(policy_follows(policy, "/srv/data/x"));
	assert_false(policy_follows(policy, "/"));
	assert_false(policy_follows(policy, "/boot"));
}

static void critical_paths_and_what_leads_there(void **state)
{
	static const struct {
		const char *path;
		bool critical, leads;
	} table[] = {
		{"/", false, true},
		{"/boot", true, true},
		{"/boot/x", true, true},
		{"/boot/x/y", true, true},
		{"/boo", false, false},
		{"/boot2", false, false},
		{"/usr", false, true},
		{"/usr/lib", false, true},
		{"/usr/libx", false, false},
		{"/usr/lib/x", false, true},
		{"/usr/lib/x/y", false, false},
		{"/usr/lib/libc.so.6", false, true},
		{"/usr/lib/x/libc.so.6", true, false},
		{"/usr/lib/x/y/libc.so.6", false, false},
		{"/usr/bin", false, true},
		{"/usr/bin/su", true, false},
		{"/usr/bin/su/x", false, false},
		{"/usr/bin/sudo", true, false},
		{"/usr/bin/s", false, false},
		{"/h", false, true},
		{"/h/a", false, true},
		{"/h/a/.ssh", false, true},
		{"/h/a/.ssh/k", true, true},
		{"/h/a/.ssi", false, false},
		{"/h/a/b/.ssh/k", false, false},
		{"/a b", true, false},
		{"/d", false, true},
		{"/d/e", false, true},
		{"/d/e/key", true, true},
		{"/r1", true, false},
		{"/rx", false, false},
		{"/\377", true, false},
		{"/s/x", true, false},
		{"/s", false, true},
		{"", false, true},
	};
	_cleanup_(policy_free_p) struct policy *policy = NULL, *none = NULL;

	(void)state;
	policy = parse("critical /boot\ncritical /boot/**\ncritical /usr/lib/*/libc.so*\n"
		       "critical /usr/bin/su\ncritical /usr/bin/sudo\ncritical /usr/bin/su\n"
		       "critical /h/*/.ssh/**\ncritical /a\\040b\ncritical /d/**/key\n"
		       "critical /r[0-9]\ncritical /\\377\ncritical /s\\057x\n");
	for (size_t i = 0; i < ELEMENTS(table); i++)
		expect_critical(policy, table[i].path, table[i].critical, table[i].leads);

	none = parse("fixed /boot\nfollow /usr\n");
	expect_critical(none, "/", false, false);
	expect_critical(none, "/boot", false, false);
	expect_critical(none, "/usr", false, false);
}

/* A glob or a path of few different bytes, so that they meet. */
static void random_text(char *text, const char *bytes, size_t count, size_t length)
{
	*text++ = '/';
	*text++ = 'a';
	for (size_t i = 2; i < length; i++)
		*text++ = bytes[(size_t)random() % count];
	*text = '\0';
}

/* What the two questions mean: one glob after the other, and each directory above a match. */
static void critical_agrees_with_globs(void **state)
{
	enum { ROUNDS = 300, GLOBS = 12, PATHS = 60 };
	size_t matches = 0;

	(void)state;
	srandom(11);
	for (int round = 0; round < ROUNDS; round++) {
		_cleanup_(policy_free_p) struct policy *policy = NULL;
		const struct policy_glob *globs;
		char text[1024] = "critical /a/b\n", word[32], path[64], *end = strchr(text, '\0');
		size_t count;

		for (int i = 0; i < GLOBS; i++) {
			struct policy *one = NULL;

			random_text(word, "ab/*?[", 5 + (round % 2), 2 + (size_t)random() % 8);
			(void)snprintf(path, sizeof(path), "critical %s\n", word);
			if (policy_parse(path, strlen(path), "t", &one, NULL) < 0)
				continue;
			policy_free(one);
			assert_true((size_t)(end - text) + strlen(path) < sizeof(text));
			end = stpcpy(end, path);
		}
		policy = parse(text);
		globs = policy_list_critical(policy, &count);
		for (int i = 0; i < PATHS; i++) {
			bool expected = false;

			random_text(path, "ab/", 3, 2 + (size_t)random() % 8);
			for (size_t k = 0; k < count; k++)
				expected |= glob_match(globs[k].glob, path);
			assert_int_equal(policy_is_critical(policy, path), expected);
			matches += expected;
			for (char *slash = path; expected && (slash = strchr(slash + 1, '/'));) {
				*slash = '\0';
				assert_true(policy_leads_to_critical(policy, path));
				*slash = '/';
			}
		}
	}
	assert_true(matches > ROUNDS);
}

static const char *const critical_paths[] = {
	"/boot/vmlinuz-6.1",
	"/boot/efi/EFI/debian/grubx64.efi",
	"/boot/grub/grub.cfg",
	"/efi/loader/loader.conf",
	"/usr/lib/modules/6.1/kernel/x.ko",
	"/etc/modules-load.d/x.conf",
	"/usr/lib/modprobe.d/x.conf",
	"/etc/systemd/system/x.service",
	"/etc/systemd/system/multi-user.target.wants/x.service",
	"/usr/lib/systemd/system/x.service",
	"/usr/lib/systemd/system-generators/x",
	"/usr/local/lib/systemd/system/x.service",
	"/usr/lib/systemd/systemd",
	"/usr/sbin/init",
	"/etc/pam.d/sshd",
	"/usr/lib/x86_64-linux-gnu/security/pam_unix.so",
	"/usr/lib/aarch64-linux-gnu/libpam.so.0",
	"/usr/lib/x86_64-linux-gnu/libc.so.6",
	"/usr/lib/x86_64-linux-gnu/libcrypt.so.1.1.0",
	"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
	"/usr/lib64/ld-linux-x86-64.so.2",
	"/etc/ld.so.preload",
	"/etc/ld.so.conf.d/x.conf",
	"/lib",
	"/lib64",
	"/etc/ssh/sshd_config.d/x.conf",
	"/usr/sbin/sshd",
	"/root/.ssh/authorized_keys",
	"/home/u/.ssh/authorized_keys2",
	"/etc/sudoers.d/x",
	"/etc/polkit-1/rules.d/x.rules",
	"/usr/bin/sudo",
	"/usr/bin/su",
	"/usr/bin/passwd",
	"/usr/lib/dbus-1.0/dbus-daemon-launch-helper",
	"/usr/bin/bash",
	"/etc/profile.d/x.sh",
	"/etc/cloud/cloud.cfg.d/x.cfg",
	"/usr/lib/python3/dist-packages/cloudinit/sources/__init__.py",
	"/usr/bin/cloud-init",
	"/var/lib/cloud/scripts/per-boot/x",
	"/etc/crontab",
	"/etc/cron.d/x",
	"/var/spool/cron/crontabs/root",
	"/etc/passwd",
	"/etc/shadow",
	"/usr/bin/goldseal",
	"/etc/goldseal/trust.d/x.pem",
};

static const char *const other_paths[] = {
	"/",
	"/usr",
	"/usr/lib",
	"/usr/share/doc/x",
	"/usr/bin/x",
	"/usr/lib/x",
	"/var/log/x",
	"/usr/lib/x86_64-linux-gnu/libx.so",
	"/usr/lib/python3/dist-packages/x.py",
	"/home/u/x",
	"/etc/hostname",
	"/tmp/x",
};

static void default_knows_what_is_critical(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	size_t count;

	(void)state;
	assert_int_equal(policy_new_default(&policy, NULL), 0);
	for (size_t i = 0; i < ELEMENTS(critical_paths); i++)
		if (!policy_is_critical(policy, critical_paths[i]))
			fail_msg("%s is not critical", critical_paths[i]);
	for (size_t i = 0; i < ELEMENTS(other_paths); i++)
		if (policy_is_critical(policy, other_paths[i]))
			fail_msg("%s is critical", other_paths[i]);
	assert_true(policy_leads_to_critical(policy, "/usr/lib"));
	assert_false(policy_leads_to_critical(policy, "/usr/share/doc"));
	assert_false(policy_leads_to_critical(policy, "/var/log"));
	/* No mount is gone into unless somebody says so. */
	(void)policy_list_follows(policy, &count);
	assert_int_equal(count, 0);
}

/* What is left out cannot be measured first. */
static void default_ignores_nothing_critical(void **state)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;
	const struct policy_glob *globs;
	size_t count;

	(void)state;
	assert_int_equal(policy_new_default(&policy, NULL), 0);
	globs = policy_list_critical(policy, &count);
	assert_true(count > 100);
	for (size_t i = 0; i < count; i++) {
		const struct policy_rule *rule = policy_match(policy, globs[i].glob);

		if (rule && rule->class == PATH_IGNORED)
			fail_msg("\"%s\" is ignored by \"%s\"", globs[i].glob, rule->glob);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_critical_and_follow),
		cmocka_unit_test(critical_paths_and_what_leads_there),
		cmocka_unit_test(critical_agrees_with_globs),
		cmocka_unit_test(default_knows_what_is_critical),
		cmocka_unit_test(default_ignores_nothing_critical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
