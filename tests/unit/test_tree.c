/* SPDX-License-Identifier: Apache-2.0 */
#include "trial.h"

#include <sys/stat.h>

static void check(struct trial *trial, int64_t now, struct findings *ret)
{
	_cleanup_comparison_ struct comparison comparison = {};

	trial_compare(trial, PHASE_IMAGE, &comparison);
	trial_check(trial, &comparison, now, ret);
	assert_string_equal(json_string_value(json_object_get(comparison.coverage.checks, "tree")),
			    "ran");
}

static const struct finding *find(const struct findings *findings, const char *code)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->items[i].code, code) == 0)
			return &findings->items[i];
	return NULL;
}

static void test_clean(void **state)
{
	_cleanup_findings_ struct findings findings = {};

	trial_seal(*state, "");
	check(*state, 0, &findings);
	assert_int_equal(findings.count, 0);
	assert_int_equal(findings_weigh(&findings), VERDICT_PASS);
}

static void test_service(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	const struct finding *finding;

	tree_directory(trial->root, "etc");
	tree_directory(trial->root, "etc/systemd");
	tree_directory(trial->root, "etc/systemd/system");
	tree_directory(trial->root, "etc/systemd/system/multi-user.target.wants");
	trial_seal(trial, "");
	tree_file(trial->root, "etc/systemd/system/x.service", "[Service]\nExecStart=/opt/miner\n");
	tree_link(trial->root, "etc/systemd/system/multi-user.target.wants/x.service",
		  "../x.service");
	check(trial, 0, &findings);
	assert_int_equal(findings.count, 1);
	finding = &findings.items[0];
	assert_string_equal(finding->code, "service.unexpected");
	assert_string_equal(finding->path, "/etc/systemd/system/x.service");
	assert_string_equal(finding->title, "Unit x.service is not in the manifest and is enabled");
	assert_string_equal(finding->expected, "absent");
	assert_string_equal(finding->actual, "ExecStart=/opt/miner");
	assert_int_equal(finding->n_related, 1);
	assert_string_equal(finding->related[0],
			    "/etc/systemd/system/multi-user.target.wants/x.service");
	assert_true(finding->n_attack > 0);
	assert_int_equal(findings_weigh(&findings), VERDICT_FAIL);
}

static void test_package(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	tree_directory(trial->root, "bin");
	tree_file(trial->root, "bin/sh", "x");
	tree_directory(trial->root, "var");
	tree_directory(trial->root, "var/lib");
	tree_directory(trial->root, "var/lib/dpkg");
	tree_directory(trial->root, "var/lib/dpkg/info");
	tree_file(trial->root, "var/lib/dpkg/info/dash.list", "/.\n/usr/bin/sh\n");
	trial_seal(trial, "");
	tree_file(trial->root, "bin/sh", "y");
	check(trial, 0, &findings);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].code, "binary.changed");
	assert_string_equal(findings.items[0].package, "dash");
}

static void test_waived(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings before = {}, after = {};

	trial_seal(trial, "waive file.* /opt* owner=me until=2026-11-30 reason=why\n");
	tree_file(trial->root, "opt", "x");
	check(trial, 1796083199, &before); /* 2026-11-30T23:59:59Z */
	assert_int_equal(before.count, 1);
	assert_non_null(before.items[0].waived);
	assert_int_equal(findings_weigh(&before), VERDICT_PASS);
	check(trial, 1796083200, &after);
	assert_int_equal(after.count, 2);
	assert_non_null(find(&after, "waiver.expired"));
	assert_null(find(&after, "file.unexpected")->waived);
	assert_int_equal(findings_weigh(&after), VERDICT_WARN);
}

/*
 * A flood of small differences that sorts before a grave one neither exceeds the list nor hides
 * that there is more: it fails, also when the grave one did not get on the list.
 */
static void test_flood(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	tree_directory(trial->root, "a");
	trial_seal(trial, "waive file.* /a/* owner=me until=2020-01-01 reason=why\n");
	for (int i = 0; i < DIFFERENCES_MAX + 10; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "a/%06d", i);
		tree_link(trial->root, name, "x");
	}
	tree_file(trial->root, "z", "x");
	tree_mode(trial->root, "z", 04755);
	check(trial, 1796083200, &findings);
	assert_true(findings.count <= FINDINGS_MAX);
	assert_non_null(find(&findings, "coverage.limit"));
	assert_non_null(find(&findings, "waiver.expired"));
	assert_int_equal(findings_weigh(&findings), VERDICT_FAIL);
}

static void test_problem(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	char path[2 * 1100 + 1] = "";

	trial_seal(trial, "");
	for (int i = 0; i < 1100; i++) {
		memcpy(path + strlen(path), i ? "/d" : "d", i ? 3 : 2);
		tree_directory(trial->root, path);
	}
	check(trial, 0, &findings);
	assert_true(find(&findings, "coverage.limit") || find(&findings, "coverage.unreadable"));
	assert_non_null(find(&findings, "file.unexpected"));
	assert_int_equal(find(&findings, "file.unexpected")->n_related, FINDING_RELATED_MAX + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_clean),  TEST(test_service), TEST(test_package),
		TEST(test_waived), TEST(test_flood),   TEST(test_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
