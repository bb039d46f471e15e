/* SPDX-License-Identifier: Apache-2.0 */
#include "check/pam.h"

#include "check/pam_config.h"
#include "judged.h"

static const char common_auth[] = "auth\t[success=1 default=ignore]\tpam_unix.so nullok\n"
				  "auth\trequisite\t\t\tpam_deny.so\n"
				  "auth\trequired\t\t\tpam_permit.so\n";

static void parses_lines(void **state)
{
	struct pam_line line;

	(void)state;
	assert_true(pam_line_parse(span_of("-auth [success=ok  default=die]  pam_x.so a b"), false,
				   &line));
	assert_true(span_is(line.type, "auth") && span_is(line.module, "pam_x.so"));
	assert_true(span_is(line.control, "[success=ok  default=die]"));
	assert_true(pam_has_argument(line.arguments, "b"));
	assert_true(pam_control_suffices(line.control));
	assert_true(pam_line_parse(span_of("su auth sufficient /x/pam_y.so"), true, &line));
	assert_true(span_is(pam_module_name(line.module), "pam_y.so"));
	assert_false(pam_line_parse(span_of("@include common-auth"), false, &line));
	assert_false(pam_line_parse(span_of("auth [success=1 pam_x.so"), false, &line));
	assert_false(pam_line_parse(span_of("auth required"), false, &line));
	assert_false(pam_line_parse(span_of("# auth required pam_x.so"), false, &line));
	assert_false(pam_line_parse(span_of(""), true, &line));
}

static void is_silent_about_debian(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/pam.d/common-auth", common_auth);
	judged_file(trial, "etc/pam.d/common-account",
		    "account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so \n"
		    "account requisite pam_deny.so\naccount required pam_permit.so\n");
	judged_file(trial, "etc/pam.d/common-session",
		    "session [default=1] pam_permit.so\nsession requisite pam_deny.so\n"
		    "session required pam_permit.so\nsession required pam_unix.so\n");
	judged_file(trial, "etc/pam.d/su", "auth sufficient pam_rootok.so\n@include common-auth\n");
	judged_file(trial, "usr/share/pam-configs/unix",
		    "Name: Unix authentication\nDefault: yes\nAuth-Type: Primary\nAuth:\n"
		    "\t[success=end default=ignore]\tpam_unix.so nullok try_first_pass\n");
	judged_file(trial, "etc/security/group.conf", "# comments\n#\n");
	judge_in(trial, SITUATION_AUDIT, pam_check, &findings);
	judged_expect_none(&findings);
}

static void each_line_is_told(void **state)
{
	static const struct {
		const char *line, *code;
	} lines[] = {
		{"auth sufficient pam_permit.so", "pam.bypass"},
		{"auth [success=2 default=ignore] pam_permit.so", "pam.bypass"},
		{"account sufficient pam_permit.so", "pam.bypass"},
		{"auth sufficient pam_succeed_if.so uid >= 0", "pam.bypass"},
		{"auth [success=done default=ignore] pam_succeed_if.so user = x", "pam.bypass"},
		{"auth sufficient pam_wheel.so trust", "pam.bypass"},
		{"auth required pam_permit.so", "pam.bypass"},
		{"auth optional pam_exec.so quiet expose_authtok /var/log/spy.sh", "pam.exec"},
		{"session optional pam_exec.so /opt/x", "pam.exec"},
		{"auth required pam_python.so /x.py", "pam.exec"},
		{"session required pam_tty_audit.so enable=* log_passwd", "pam.password-log"},
		{"auth required pam_unix.so nullok", "pam.weak"},
		{"auth required pam_env.so user_readenv=1", "pam.weak"},
		{"auth required /lib/x86_64-linux-gnu/pam_odd.so", "pam.module"},
	};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		judged_file(trial, "etc/pam.d/sshd", lines[i].line);
		judge(trial, pam_check, &findings);
		(void)judged_find(&findings, lines[i].code, "/etc/pam.d/sshd", "");
		assert_int_equal(findings.count, 1);
	}
}

/* The module, or the program, that the line names belongs to it. */
static void what_is_named_is_followed(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	judged_file(trial, "etc/pam.d/common-auth", common_auth);
	judged_seal(trial);
	judged_file(trial, "usr/lib/x86_64-linux-gnu/security/pam_unlx.so", "ELF");
	judged_file(trial, "usr/local/bin/spy", "#!/bin/sh\n");
	judged_file(trial, "etc/pam.d/common-auth", "auth required pam_unlx.so\n");
	tree_append(trial->root, "etc/pam.d/common-auth",
		    "auth optional pam_exec.so /usr/local/bin/spy\n");
	judge(trial, pam_check, &findings);
	assert_int_equal(findings.count, 1);
	finding = judged_find(&findings, "pam.module", "/etc/pam.d/common-auth", "line 1");
	assert_true(judged_is_related(finding, "/usr/lib/x86_64-linux-gnu/security/pam_unlx.so"));
	assert_true(judged_is_related(finding, "/usr/local/bin/spy"));
}

static void profiles_and_groups_are_told(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "usr/share/pam-configs/x", "Auth:\n\tsufficient\tpam_permit.so\n");
	judged_file(trial, "etc/security/group.conf", "*;*;*;Al0000-2400;sudo\n");
	judged_file(trial, "etc/pam.conf", "su auth sufficient pam_permit.so\n");
	judge(trial, pam_check, &findings);
	assert_int_equal(findings.count, 3);
	(void)judged_find(&findings, "pam.bypass", "/usr/share/pam-configs/x", "line 2");
	(void)judged_find(&findings, "pam.weak", "/etc/security/group.conf", "sudo");
	(void)judged_find(&findings, "pam.bypass", "/etc/pam.conf", "line 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_lines),
		JUDGED_TEST(is_silent_about_debian),
		JUDGED_TEST(each_line_is_told),
		JUDGED_TEST(what_is_named_is_followed),
		JUDGED_TEST(profiles_and_groups_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
