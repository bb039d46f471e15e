/* SPDX-License-Identifier: Apache-2.0 */
#include "check/polkit.h"

#include "judged.h"

static void answers_are_told(void **state)
{
	static const struct {
		const char *path, *text, *code;
	} files[] = {
		{"etc/polkit-1/rules.d/00-x.rules",
		 "polkit.addRule(function(action, subject) {\n\treturn polkit.Result.YES;\n});\n",
		 "polkit.answers-yes"},
		{"usr/share/polkit-1/rules.d/x.rules", "x = polkit.spawn([\"/tmp/x\"]);\n",
		 "polkit.answers-yes"},
		{"etc/polkit-1/rules.d/50-admin.rules",
		 "polkit.addAdminRule(function(action, subject) {\n\treturn [\"unix-user:eve\"];\n});\n",
		 "polkit.administrators"},
		{"usr/share/polkit-1/actions/x.policy",
		 "<defaults>\n <allow_any>yes</allow_any>\n</defaults>\n", "polkit.answers-yes"},
		{"var/lib/polkit-1/localauthority/50-local.d/x.pkla",
		 "[x]\nIdentity=unix-user:*\nResultAny=yes\n", "polkit.answers-yes"},
	};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	for (size_t i = 0; i < ELEMENTS(files); i++)
		judged_file(trial, files[i].path, files[i].text);
	judge(trial, polkit_check, &findings);
	assert_int_equal(findings.count, ELEMENTS(files));
	for (size_t i = 0; i < ELEMENTS(files); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "/%s", files[i].path);
		(void)judged_find(&findings, files[i].code, path, "line ");
	}
}

static void questions_are_not(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	judged_file(trial, "etc/polkit-1/rules.d/x.rules",
		    "// return polkit.Result.YES;\nreturn polkit.Result.AUTH_ADMIN;\n");
	judged_file(trial, "usr/share/polkit-1/actions/x.policy",
		    "<allow_any>auth_admin</allow_any>\n<allow_active>auth_self</allow_active>\n");
	judged_file(trial, "srv/x.rules", "polkit.Result.YES\n");
	judge(trial, polkit_check, &findings);
	judged_expect_none(&findings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGED_TEST(answers_are_told),
		JUDGED_TEST(questions_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
