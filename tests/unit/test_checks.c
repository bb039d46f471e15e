/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "check/check.h"
#include "check/fold.h"
#include "trial.h"

/* Names are words, and each row says when it runs and what it gives. */
static void rows_are_complete(void **state)
{
	size_t count;
	const struct check *checks = checks_list(&count);

	(void)state;
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		const struct check *check = &checks[i];

		assert_ptr_equal(checks_find(check->name), check);
		assert_int_equal(strspn(check->name, "abcdefghijklmnopqrstuvwxyz-"),
				 strlen(check->name));
		assert_true(strlen(check->name) <= POLICY_CHECK_MAX);
		assert_true(strlen(check->title) > 10);
		assert_true(check->situations &
			    (SITUATION_IMAGE | SITUATION_AUDIT | SITUATION_BOOT));
		assert_non_null(strchr(check->codes, '.'));
		assert_non_null(check->run);
	}
	assert_null(checks_find("none"));
}

static int check_policy(const char *text, struct error *error)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;

	assert_int_equal(policy_parse(text, strlen(text), "policy", &policy, NULL), 0);
	return checks_check_policy(policy, error);
}

static void policy_names_what_there_is(void **state)
{
	_cleanup_error_ struct error error = {}, other = {};

	(void)state;
	assert_int_equal(check_policy("", NULL), 0);
	assert_int_equal(check_policy("check trees off\n", &error), -EINVAL);
	assert_non_null(strstr(error_text(&error, -EINVAL), "\"trees\" off, which does not exist"));
	assert_int_equal(check_policy("check tree off\n", &other), -EINVAL);
	assert_non_null(strstr(error_text(&other, -EINVAL), "without which nothing is checked"));
}

static void add(struct findings *findings, const char *code, enum severity severity,
		const char *path, const char *related)
{
	struct finding finding = {.severity = severity, .code = strdup(code), .path = strdup(path)};

	assert_non_null(finding.code);
	assert_non_null(finding.path);
	if (related)
		assert_int_equal(finding_add_related(&finding, related), 0);
	assert_int_equal(findings_take(findings, &finding), 0);
}

/* Of one path only the finding that tells more stays, with all that the other one had. */
static void one_thing_is_one_finding(void **state)
{
	_cleanup_findings_ struct findings findings = {};

	(void)state;
	add(&findings, "account.changed", SEVERITY_CRITICAL, "/etc/passwd", "/etc/shadow");
	add(&findings, "coverage.unreadable", SEVERITY_MEDIUM, "/etc/passwd", NULL);
	add(&findings, "file.unexpected", SEVERITY_MEDIUM, "/other", NULL);
	add(&findings, "account.missing", SEVERITY_HIGH, "/etc/passwd", NULL);
	assert_int_equal(findings_fold(&findings, 3), 0);
	assert_int_equal(findings.count, 3);
	assert_string_equal(findings.items[0].code, "coverage.unreadable");
	assert_string_equal(findings.items[1].code, "file.unexpected");
	assert_string_equal(findings.items[2].code, "account.missing");
	assert_int_equal(findings.items[2].severity, SEVERITY_CRITICAL);
	assert_int_equal(findings.items[2].n_related, 1);
	assert_string_equal(findings.items[2].related[0], "/etc/shadow");
}

/* What belongs to a group by a related path folds too, and the group's own path is kept. */
static void related_paths_count(void **state)
{
	_cleanup_findings_ struct findings findings = {};

	(void)state;
	add(&findings, "account.changed", SEVERITY_HIGH, "/etc/passwd", "/etc/shadow");
	add(&findings, "account.missing", SEVERITY_HIGH, "/etc/shadow", NULL);
	assert_int_equal(findings_fold(&findings, 1), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].path, "/etc/shadow");
	assert_string_equal(findings.items[0].related[0], "/etc/passwd");
}

/* A path that only stands beside another one's is taken too, but its own finding comes first. */
static void a_named_path_is_claimed(void **state)
{
	_cleanup_findings_ struct findings findings = {};

	(void)state;
	add(&findings, "binary.unexpected", SEVERITY_MEDIUM, "/usr/local/bin/x", NULL);
	add(&findings, "sshd.changed", SEVERITY_HIGH, "/etc/ssh/sshd_config", NULL);
	add(&findings, "account.missing", SEVERITY_LOW, "/a", "/usr/local/bin/x");
	add(&findings, "account.missing", SEVERITY_LOW, "/b", "/etc/ssh/sshd_config");
	add(&findings, "sshd.missing", SEVERITY_LOW, "/etc/ssh/sshd_config", NULL);
	assert_int_equal(findings_fold(&findings, 2), 0);
	assert_int_equal(findings.count, 3);
	assert_int_equal(findings.items[0].severity, SEVERITY_MEDIUM);
	assert_int_equal(findings.items[1].severity, SEVERITY_LOW);
	assert_int_equal(findings.items[2].severity, SEVERITY_HIGH);
}

/* That something could not be read does not replace that it differs. */
static void coverage_claims_nothing(void **state)
{
	_cleanup_findings_ struct findings findings = {};

	(void)state;
	add(&findings, "sshkey.unexpected", SEVERITY_CRITICAL, "/k", NULL);
	add(&findings, "coverage.limit", SEVERITY_MEDIUM, "/k", NULL);
	assert_int_equal(findings_fold(&findings, 1), 0);
	assert_int_equal(findings.count, 2);
	assert_string_equal(findings.items[0].code, "sshkey.unexpected");
}

/* A check that has looked into what the tree check could not takes that finding back. */
static void what_was_taken_back_goes(void **state)
{
	_cleanup_findings_ struct findings findings = {};

	(void)state;
	add(&findings, "coverage.mount", SEVERITY_MEDIUM, "/tmp", NULL);
	add(&findings, "file.unexpected", SEVERITY_MEDIUM, "/other", NULL);
	finding_done(&findings.items[0]);
	assert_int_equal(findings_fold(&findings, 2), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].path, "/other");
}

static void suspects_are_found(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_suspects_ struct suspects suspects = {};

	tree_directory(trial->root, "usr");
	tree_directory(trial->root, "usr/bin");
	tree_file(trial->root, "usr/bin/a", "a");
	tree_file(trial->root, "usr/bin/b", "b");
	tree_file(trial->root, "gone", "x");
	trial_seal(trial, "");
	tree_file(trial->root, "usr/bin/a", "A");
	tree_file(trial->root, "usr/bin/new", "");
	tree_remove(trial->root, "gone");
	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(suspects_init(&comparison, &suspects), 0);
	assert_int_equal(suspects.count, 2);
	assert_non_null(suspects_find(&suspects, "/usr/bin/a"));
	assert_non_null(suspects_find(&suspects, "/bin/new"));
	assert_null(suspects_find(&suspects, "/usr/bin/b"));
	assert_null(suspects_find(&suspects, "/gone"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(policy_names_what_there_is),
		cmocka_unit_test(one_thing_is_one_finding),
		cmocka_unit_test(related_paths_count),
		cmocka_unit_test(a_named_path_is_claimed),
		cmocka_unit_test(coverage_claims_nothing),
		cmocka_unit_test(what_was_taken_back_goes),
		cmocka_unit_test_setup_teardown(suspects_are_found, trial_setup, trial_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
