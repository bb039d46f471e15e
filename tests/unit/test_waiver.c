/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "check/waiver.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WAIVE(code, path, until) \
	"waive " code " " path " owner=ops until=" until " reason=known and harmless\n"

static void add(struct findings *findings, const char *code, const char *path)
{
	struct finding finding = {};

	assert_int_equal(finding_start(&finding, code), 0);
	finding.path = path ? strdup(path) : NULL;
	finding.title = strdup("title");
	assert_int_equal(findings_take(findings, &finding), 0);
}

static void apply(const char *text, int64_t now, struct findings *findings)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL;

	assert_int_equal(policy_parse(text, strlen(text), "p", &policy, NULL), 0);
	assert_int_equal(waivers_apply(policy, now, findings), 0);
}

static int64_t at(const char *text)
{
	int64_t seconds;

	assert_int_equal(time_parse(text, &seconds), 0);
	return seconds;
}

static void test_in_force(void **state _unused_)
{
	_cleanup_findings_ struct findings findings = {};

	add(&findings, "service.unexpected", "/etc/systemd/system/x.service");
	add(&findings, "service.unexpected", "/etc/systemd/system/y.service");
	add(&findings, "service.changed", "/etc/systemd/system/x.service");
	apply(WAIVE("service.unexpected", "/etc/systemd/**/x.service", "2026-11-30"),
	      at("2026-11-30T23:59:59Z"), &findings);
	assert_int_equal(findings.count, 3);
	assert_non_null(strstr(findings.items[0].waived, "ops"));
	assert_non_null(strstr(findings.items[0].waived, "2026-11-30"));
	assert_non_null(strstr(findings.items[0].waived, "known and harmless"));
	assert_null(findings.items[1].waived);
	assert_null(findings.items[2].waived);
	assert_int_equal(findings_weigh(&findings), VERDICT_FAIL);
}

/* It ends with the day, waives nothing any more and says so once. */
static void test_expired(void **state _unused_)
{
	_cleanup_findings_ struct findings findings = {};

	add(&findings, "service.unexpected", "/etc/x.service");
	add(&findings, "service.unexpected", "/etc/y.service");
	add(&findings, "service.unexpected", "/etc/z.service");
	apply(WAIVE("service.*", "/etc/*", "2026-11-30") WAIVE("cron.*", "/**", "2020-01-01"),
	      at("2026-12-01T00:00:00Z"), &findings);
	assert_int_equal(findings.count, 4);
	for (size_t i = 0; i < findings.count; i++)
		assert_null(findings.items[i].waived);
	assert_string_equal(findings.items[3].code, "waiver.expired");
	assert_non_null(strstr(findings.items[3].title, "2026-11-30"));
}

static void test_none(void **state _unused_)
{
	_cleanup_findings_ struct findings findings = {};

	apply(WAIVE("*.*", "/**", "2020-01-01"), at("2026-12-01T00:00:00Z"), &findings);
	assert_int_equal(findings.count, 0);
	add(&findings, "coverage.limit", NULL);
	apply(WAIVE("service.*", "/**", "2030-01-01"), at("2026-12-01T00:00:00Z"), &findings);
	assert_int_equal(findings.count, 1);
	assert_null(findings.items[0].waived);
}

/* A finding without a path is one about the root. */
static void test_no_path(void **state _unused_)
{
	_cleanup_findings_ struct findings findings = {}, late = {};

	add(&findings, "coverage.limit", NULL);
	apply(WAIVE("coverage.*", "/", "2030-01-01"), at("2026-12-01T00:00:00Z"), &findings);
	assert_non_null(findings.items[0].waived);
	add(&late, "coverage.limit", NULL);
	apply(WAIVE("coverage.*", "/", "2020-01-01"), at("2026-12-01T00:00:00Z"), &late);
	assert_int_equal(late.count, 2);
	assert_null(late.items[0].waived);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_force),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_no_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
