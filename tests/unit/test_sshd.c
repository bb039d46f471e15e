/* SPDX-License-Identifier: Apache-2.0 */
#include "check/sshd.h"

#include "judged.h"

static const char stock[] =
	"Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\n"
	"UsePAM yes\nX11Forwarding yes\nPrintMotd no\nAcceptEnv LANG LC_*\n"
	"Subsystem\tsftp\t/usr/lib/openssh/sftp-server\n";

static void is_silent_about_debian(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/ssh/sshd_config", stock);
	judged_file(trial, "etc/ssh/ssh_config",
		    "Include /etc/ssh/ssh_config.d/*.conf\nHost *\nSendEnv LANG LC_*\n");
	judged_file(trial, "etc/ssh/sshd_config.d/50-cloud-init.conf",
		    "PasswordAuthentication no\n");
	judged_file(
		trial, "etc/ssh/sshd_config.d/60-ok.conf",
		"PermitRootLogin prohibit-password\nAuthorizedKeysFile %h/.ssh/authorized_keys\n"
		"ForceCommand internal-sftp\nTrustedUserCAKeys none\nPort 22\n");
	judge_in(trial, SITUATION_AUDIT, sshd_check, &findings);
	judged_expect_none(&findings);
}

static void each_setting_is_told(void **state)
{
	static const struct {
		const char *line, *code;
	} lines[] = {
		{"PermitRootLogin yes", "sshd.authentication"},
		{"permitemptypasswords=yes", "sshd.authentication"},
		{"UsePAM no", "sshd.authentication"},
		{"StrictModes no", "sshd.authentication"},
		{"HostbasedAuthentication yes", "sshd.authentication"},
		{"AuthorizedKeysCommand /usr/local/bin/keys %u", "sshd.key-source"},
		{"AuthorizedKeysFile /etc/keys/%u", "sshd.key-source"},
		{"TrustedUserCAKeys /etc/ssh/ca.pub", "sshd.key-source"},
		{"AuthorizedPrincipalsFile /etc/p/%u", "sshd.key-source"},
		{"PermitUserEnvironment LD_*", "sshd.environment"},
		{"SetEnv LD_PRELOAD=/x.so", "sshd.environment"},
		{"AcceptEnv LANG LD_PRELOAD", "sshd.environment"},
		{"Match User bob\n  ForceCommand /usr/local/bin/x", "sshd.login-program"},
		{"Subsystem sftp /usr/local/lib/wrap", "sshd.login-program"},
		{"Port 2222", "sshd.listener"},
		{"HostKey /var/tmp/key", "sshd.listener"},
		{"LogLevel QUIET", "sshd.listener"},
	};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		judged_file(trial, "etc/ssh/sshd_config", lines[i].line);
		judge(trial, sshd_check, &findings);
		(void)judged_find(&findings, lines[i].code, "/etc/ssh/sshd_config", "line ");
		assert_int_equal(findings.count, 1);
	}
}

/* Several of one file are one finding, and the program that is named belongs to it. */
static void one_file_is_one_finding(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	judged_file(trial, "etc/ssh/sshd_config", stock);
	judged_seal(trial);
	tree_append(trial->root, "etc/ssh/sshd_config",
		    "PermitRootLogin yes\nAuthorizedKeysCommand /usr/local/bin/keys %u\n");
	judged_file(trial, "usr/local/bin/keys", "#!/bin/sh\n");
	judge(trial, sshd_check, &findings);
	assert_int_equal(findings.count, 1);
	finding = judged_find(&findings, "sshd.authentication", "/etc/ssh/sshd_config",
			      "AuthorizedKeysCommand /usr/local/bin/keys %u");
	assert_true(judged_is_related(finding, "/usr/local/bin/keys"));
	assert_non_null(strstr(finding->actual, "(line 9)"));
}

static void further_configurations_are_followed(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n");
	judged_seal(trial);
	judged_file(trial, "etc/ssh/sshd_mgmt_config", "Port 2222\n");
	judged_file(trial, "etc/ssh/sshd_config.d/1.conf",
		    "Include /opt/more /etc/ssh/sshd_config\n");
	judged_file(trial, "opt/more", "PermitEmptyPasswords yes\nInclude /opt/more\n");
	judge(trial, sshd_check, &findings);
	assert_int_equal(findings.count, 3);
	(void)judged_find(&findings, "sshd.listener", "/etc/ssh/sshd_mgmt_config", "second SSH");
	(void)judged_find(&findings, "sshd.listener", "/etc/ssh/sshd_config.d/1.conf", "/opt/more");
	(void)judged_find(&findings, "sshd.authentication", "/opt/more", "PermitEmptyPasswords");
}

static void files_that_act_are_told(void **state)
{
	static const struct {
		const char *path, *text, *code;
	} files[] = {
		{"etc/ssh/sshrc", "true\n", "sshd.login-program"},
		{"home/a/.ssh/rc", "true\n", "sshd.login-program"},
		{"root/.ssh/environment", "A=b\n", "sshd.environment"},
		{"root/.rhosts", "+ +\n", "sshd.trust-file"},
		{"home/a/.shosts", "x\n", "sshd.trust-file"},
		{"etc/hosts.equiv", "x\n", "sshd.trust-file"},
		{"root/.ssh/config", "Host *\n ProxyCommand /tmp/x %h\n", "sshd.client-command"},
		{"etc/ssh/ssh_config.d/x.conf", "Match exec \"/tmp/x\"\n", "sshd.client-command"},
	};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	for (size_t i = 0; i < ELEMENTS(files); i++)
		judged_file(trial, files[i].path, files[i].text);
	judged_file(trial, "home/a/.ssh/config", "Host x\n User y\n");
	judge(trial, sshd_check, &findings);
	assert_int_equal(findings.count, ELEMENTS(files));
	for (size_t i = 0; i < ELEMENTS(files); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/%s", files[i].path);
		(void)judged_find(&findings, files[i].code, path, "");
	}
}

/* More includes than are followed, and a circle through all of them. */
static void includes_are_bounded(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n");
	for (size_t i = 0; i < 300; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "etc/ssh/sshd_config.d/%03zu.conf", i);
		judged_file(trial, path, "Include /etc/ssh/sshd_config.d/*.conf\n");
	}
	judge(trial, sshd_check, &findings);
	assert_int_equal(findings.count, 1);
	(void)judged_find(&findings, "coverage.limit", "/etc/ssh/sshd_config", "included");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGED_TEST(is_silent_about_debian),
		JUDGED_TEST(each_setting_is_told),
		JUDGED_TEST(one_file_is_one_finding),
		JUDGED_TEST(further_configurations_are_followed),
		JUDGED_TEST(files_that_act_are_told),
		JUDGED_TEST(includes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
