/* SPDX-License-Identifier: Apache-2.0 */
#include "check/sudo.h"

#include "judged.h"

static const char stock[] =
	"# This file MUST be edited with the 'visudo' command as root.\n"
	"Defaults\tenv_reset\nDefaults\tmail_badpass\n"
	"Defaults\tsecure_path=\"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"\n"
	"Defaults\tuse_pty\nroot\tALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\n"
	"@includedir /etc/sudoers.d\n";

static void is_silent_about_debian(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/sudoers", stock);
	judged_file(trial, "etc/sudoers.d/README", "# As of Debian version 1.7.2p1-1\n#\n");
	judged_file(trial, "etc/sudo.conf",
		    "#Plugin sudoers_policy sudoers.so\nSet disable_coredump 1\n");
	judge_in(trial, SITUATION_AUDIT, sudo_check, &findings);
	judged_expect_none(&findings);
}

static void each_line_is_told(void **state)
{
	static const struct {
		const char *line, *code;
	} lines[] = {
		{"bob ALL=(ALL) NOPASSWD: ALL", "sudo.no-password"},
		{"bob ALL=(ALL) \\\n NOPASSWD:ALL", "sudo.no-password"},
		{"%users ALL=NOPASSWD:SETENV:ALL", "sudo.no-password"},
		{"bob ALL=(ALL) NOPASSWD: /usr/bin/docker", "sudo.no-password-command"},
		{"bob ALL=(ALL:ALL) ALL", "sudo.grant"},
		{"Defaults:bob !authenticate", "sudo.no-password"},
		{"Defaults exempt_group=users", "sudo.no-password"},
		{"Defaults timestamp_timeout=-1", "sudo.settings"},
		{"Defaults !tty_tickets", "sudo.settings"},
		{"Defaults timestamp_type=global", "sudo.settings"},
		{"Defaults secure_path=\"/tmp/bin:/usr/bin\"", "sudo.settings"},
		{"Defaults env_reset, env_keep += \"LD_PRELOAD\"", "sudo.settings"},
		{"Defaults !env_reset", "sudo.settings"},
		{"Defaults !syslog", "sudo.settings"},
		{"#include /opt/x", "sudo.include"},
	};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/sudoers", stock);
	judged_seal(trial);
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		judged_file(trial, "etc/sudoers.d/x", lines[i].line);
		judge(trial, sudo_check, &findings);
		(void)judged_find(&findings, lines[i].code, "/etc/sudoers.d/x",
				  "/etc/sudoers.d/x:1");
		assert_int_equal(findings.count, 1);
	}
	/* Names with a dot are not taken by sudo. */
	tree_remove(trial->root, "etc/sudoers.d/x");
	judged_file(trial, "etc/sudoers.d/x.bak", lines[0].line);
	judge(trial, sudo_check, &findings);
	judged_expect_none(&findings);
}

/* The line and the file that it leads to are one finding. */
static void includes_belong_together(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	judged_file(trial, "etc/sudoers", stock);
	judged_seal(trial);
	tree_append(trial->root, "etc/sudoers", "@includedir /var/lib/misc/.s\n");
	judged_file(trial, "var/lib/misc/.s/x",
		    "backup ALL=(ALL) NOPASSWD: ALL\n@include /etc/sudoers\n");
	judge(trial, sudo_check, &findings);
	assert_int_equal(findings.count, 1);
	finding = judged_find(&findings, "sudo.include", "/etc/sudoers",
			      "backup runs everything without a password");
	assert_true(judged_is_related(finding, "/var/lib/misc/.s/x"));
	assert_non_null(strstr(finding->actual, "/var/lib/misc/.s/x:1"));
	assert_non_null(strstr(finding->actual, "/etc/sudoers:9"));
}

static void plugins_and_doas_are_told(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	judged_file(trial, "etc/sudo.conf", "Plugin sudoers_policy /usr/local/lib/x.so\n");
	judged_file(trial, "usr/local/lib/x.so", "ELF");
	judged_file(trial, "etc/doas.conf", "permit nopass bob\n");
	judge(trial, sudo_check, &findings);
	assert_int_equal(findings.count, 2);
	finding = judged_find(&findings, "sudo.plugin", "/etc/sudo.conf", "/usr/local/lib/x.so");
	assert_true(judged_is_related(finding, "/usr/local/lib/x.so"));
	(void)judged_find(&findings, "sudo.no-password", "/etc/doas.conf", "permit nopass bob");
	judged_file(trial, "etc/sudo.conf", "Path askpass /tmp/ask\n");
	judged_file(trial, "etc/doas.conf", "permit bob\n");
	judge(trial, sudo_check, &findings);
	(void)judged_find(&findings, "sudo.plugin", "/etc/sudo.conf", "Path askpass is /tmp/ask");
	(void)judged_find(&findings, "sudo.grant", "/etc/doas.conf", "line 1");
}

static void first_boot_makes_its_rule(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/cloud/cloud.cfg",
		    "system_info:\n   default_user:\n     name: \"debian\"\n");
	judged_file(trial, "etc/sudoers", stock);
	judged_seal(trial);
	judged_file(trial, "etc/sudoers.d/90-cloud-init-users", "debian ALL=(ALL) NOPASSWD:ALL\n");
	judge_in(trial, SITUATION_BOOT, sudo_check, &findings);
	judged_expect_none(&findings);
	judge_in(trial, SITUATION_IMAGE, sudo_check, &findings);
	assert_int_equal(findings.count, 1);
	tree_append(trial->root, "etc/sudoers.d/90-cloud-init-users",
		    "eve ALL=(ALL) NOPASSWD:ALL\n");
	judge_in(trial, SITUATION_BOOT, sudo_check, &findings);
	assert_int_equal(findings.count, 1);
	(void)judged_find(&findings, "sudo.no-password", "/etc/sudoers.d/90-cloud-init-users",
			  "eve");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGED_TEST(is_silent_about_debian),	JUDGED_TEST(each_line_is_told),
		JUDGED_TEST(includes_belong_together),	JUDGED_TEST(plugins_and_doas_are_told),
		JUDGED_TEST(first_boot_makes_its_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
