/* SPDX-License-Identifier: Apache-2.0 */
#include "reported.h"

#include "catalog.h"
#include "text.h"

static char *write_junit(const struct report *report)
{
	const struct report_style style = {.format = REPORT_JUNIT, .quiet = true};
	char *text = NULL;
	FILE *stream;
	size_t size;

	stream = open_memstream(&text, &size);
	assert_non_null(stream);
	assert_int_equal(report_write(report, &style, stream), 0);
	assert_int_equal(fclose(stream), 0);
	assert_int_equal(strlen(text), size);
	assert_true(utf8_is_valid(text, size));
	return text;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* Both the suites and the suite say these numbers, and the elements agree. */
static void assert_counts(const char *text, size_t tests, size_t failures, size_t errors,
			  size_t skipped)
{
	_cleanup_buffer_ struct buffer counts = {};

	assert_int_equal(buffer_printf(&counts,
				       " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\""
				       " skipped=\"%zu\"",
				       tests, failures, errors, skipped),
			 0);
	assert_int_equal(count(text, counts.data), 2);
	assert_int_equal(count(text, "<testcase "), tests);
	assert_int_equal(count(text, "<failure "), failures);
	assert_int_equal(count(text, "</failure>"), failures);
	assert_int_equal(count(text, "<error "), errors);
	assert_int_equal(count(text, "<skipped "), skipped);
}

static void test_pass(void **state)
{
	struct reported *reported = *state;
	_cleanup_free_ char *text = write_junit(&reported->report);

	assert_counts(text, 1, 0, 0, 0);
	assert_non_null(
		strstr(text, "<testcase classname=\"goldseal\" name=\"tree\" time=\"0\"/>"));
	assert_int_equal(count(text, " time=\"1.220\">"), 2);
	assert_non_null(strstr(text, "<property name=\"verdict\" value=\"pass\"/>"));
	assert_non_null(
		strstr(text, "<property name=\"image\" value=\"golden &amp; &quot;good&quot;\"/>"));
	assert_non_null(strstr(text, "<system-out>measured: 34512 entries, 1288490188 bytes\n"
				     "could not be read: 0\n"
				     "left out: /var/&lt;cache&gt;/**\n"
				     "check tree: ran\n"
				     "</system-out>\n"));
}

/* "Could not check" is never a case that passes. */
static void test_not_checked(void **state)
{
	struct reported *reported = *state;
	_cleanup_free_ char *text = NULL, *found = NULL;

	reported->report.verdict = VERDICT_NONE;
	text = write_junit(&reported->report);
	assert_counts(text, 1, 0, 1, 0);
	reported_add(reported, &(struct reported_model){.code = "manifest.untrusted",
							.severity = SEVERITY_HIGH});
	reported->report.verdict = VERDICT_NONE;
	found = write_junit(&reported->report);
	assert_counts(found, 2, 1, 1, 0);
}

static void test_outcomes(void **state)
{
	static const struct {
		const char *code;
		enum severity severity;
		const char *type; /* NULL: no failure */
	} cases[] = {
		{"service.unexpected", SEVERITY_CRITICAL, "critical"},
		{"service.unexpected", SEVERITY_HIGH, "high"},
		{"service.unexpected", SEVERITY_MEDIUM, "warning"},
		{"service.unexpected", SEVERITY_LOW, "warning"},
		{"service.unexpected", SEVERITY_INFO, NULL},
		{"coverage.unreadable", SEVERITY_INFO, "warning"},
	};
	struct reported *reported = *state;

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		_cleanup_free_ char *text = NULL, *type = NULL;

		findings_done(&reported->findings);
		reported_add(reported, &(struct reported_model){.code = cases[i].code,
								.severity = cases[i].severity,
								.path = "/x",
								.title = "found"});
		text = write_junit(&reported->report);
		assert_counts(text, 1, cases[i].type ? 1 : 0, 0, 0);
		assert_true(asprintf(&type, "<failure message=\"found\" type=\"%s\">",
				     cases[i].type ? cases[i].type : "") > 0);
		assert_int_equal(count(text, type), cases[i].type ? 1 : 0);
		assert_null(strstr(text, "name=\"tree\""));
	}
}

static void test_case(void **state)
{
	const struct catalog_entry *entry = catalog_find("service.unexpected");
	struct reported *reported = *state;
	_cleanup_free_ char *text = NULL;
	struct finding *finding;

	assert_non_null(entry);
	finding = reported_add(reported, &(struct reported_model){.code = "service.unexpected",
								  .severity = SEVERITY_HIGH,
								  .path = "/etc/x.service",
								  .title = "Unit x",
								  .expected = "absent",
								  .actual = "ExecStart=/x"});
	assert_int_equal(finding_add_attack(finding, "T1543.002"), 0);
	assert_int_equal(finding_add_related(finding, "/etc/wants/x"), 0);
	text = write_junit(&reported->report);
	assert_non_null(strstr(text, "    <testcase classname=\"service.unexpected\" "
				     "name=\"/etc/x.service\" time=\"0\">\n"
				     "      <failure message=\"Unit x\" type=\"high\">"
				     "path: /etc/x.service\n"
				     "found: Unit x\n"
				     "severity: high\n"
				     "expected: absent\n"
				     "actual: ExecStart=/x\n"
				     "attack: T1543.002\n"
				     "related: /etc/wants/x\n"
				     "what to do: "));
}

static void test_waived(void **state)
{
	struct reported *reported = *state;
	_cleanup_free_ char *text = NULL;

	reported_add(reported,
		     &(struct reported_model){.code = "service.unexpected",
					      .severity = SEVERITY_CRITICAL,
					      .title = "no path",
					      .waived = "ops until 2030-01-01: \"<known>\"\n"});
	text = write_junit(&reported->report);
	assert_counts(text, 1, 0, 0, 1);
	assert_non_null(strstr(text, "name=\"no path\""));
	assert_non_null(strstr(text, "<skipped message=\"ops until 2030-01-01: "
				     "&quot;&lt;known&gt;&quot;\\012\"/>"));
}

static void test_hostile_names(void **state)
{
	static const char *const shown[ELEMENTS(reported_names)] = {
		"/new\\012line",       "/quotes&apos;&quot;",  "/a&amp;b&lt;c&gt;d]]&gt;e",
		"/invalid-\\377\\376", "/\\001\\033[2J\\177",  "/not-xml-\\357\\277\\276!",
		"/\\357\\277\\277",    "/gr\xc3\xb6\xc3\x9f.", "/%41?#[x](y){0}",
		"/a:b c\\d",	       "/\\342\\200\\256.e",   "/cut-\\357\\277",
	};
	struct reported *reported = *state;

	for (size_t i = 0; i < ELEMENTS(reported_names); i++) {
		_cleanup_free_ char *text = NULL, *name = NULL, *actual = NULL;

		findings_done(&reported->findings);
		reported_add(reported, &(struct reported_model){.code = "service.unexpected",
								.severity = SEVERITY_HIGH,
								.path = reported_names[i],
								.actual = reported_names[i]});
		text = write_junit(&reported->report);
		assert_counts(text, 1, 1, 0, 0);
		assert_true(asprintf(&name, " name=\"%s\" ", shown[i]) > 0);
		assert_true(asprintf(&actual, "\nactual: %s\n", shown[i]) > 0);
		assert_int_equal(count(text, name), 1);
		assert_int_equal(count(text, actual), 1);
		for (const char *c = text; *c; c++)
			assert_true(*c == '\n' || ((unsigned char)*c >= ' ' && *c != 0x7f));
	}
}

#define T(test) cmocka_unit_test_setup_teardown(test, reported_setup, reported_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_pass), T(test_not_checked), T(test_outcomes),
		T(test_case), T(test_waived),	   T(test_hostile_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
