/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include "catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A report with three findings, one of them waived, and full coverage. */
struct fixture {
	struct findings findings;
	struct coverage coverage;
	struct report report;
};

static char *copy(const char *text)
{
	char *new = text ? strdup(text) : NULL;

	assert_true(!text || new);
	return new;
}

static void add(struct fixture *fixture, const char *code, enum severity severity, const char *path)
{
	struct finding finding = {
		.code = copy(code),
		.severity = severity,
		.path = copy(path),
		.title = copy("something differs"),
		.expected = copy("absent"),
		.actual = copy("ExecStart=/x\033[2J"),
	};

	assert_int_equal(finding_add_attack(&finding, "T1543.002"), 0);
	assert_int_equal(finding_add_related(&finding, "/related/one"), 0);
	assert_int_equal(findings_take(&fixture->findings, &finding), 0);
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	size_t n;
	const struct catalog_entry *entries = catalog_list(&n);

	assert_non_null(fixture);
	assert_true(n >= 2);
	assert_int_equal(coverage_init(&fixture->coverage), 0);
	fixture->coverage.entries = 34512;
	fixture->coverage.bytes = 1288490188;
	fixture->coverage.unreadable = 2;
	assert_int_equal(coverage_add_ignored(&fixture->coverage, "/var/cache/**"), 0);
	assert_int_equal(coverage_set_check(&fixture->coverage, "tree", "ran"), 0);
	add(fixture, entries[0].code, SEVERITY_LOW, "/low");
	add(fixture, entries[1].code, SEVERITY_CRITICAL, "/one\nPASS");
	add(fixture, entries[1].code, SEVERITY_CRITICAL, "/two");
	add(fixture, entries[1].code, SEVERITY_HIGH, "/accepted");
	fixture->findings.items[3].waived = copy("ops until 2030-01-01: known");
	fixture->report = (struct report){
		.verdict = VERDICT_FAIL,
		.findings = &fixture->findings,
		.coverage = &fixture->coverage,
		.timing = {.walk_ms = 310, .total_ms = 1220},
		.image_name = "debian-golden",
		.image_version = "12.4",
		.root = "/mnt/\033]0;x\007image",
		.instance_id = "i-0abc",
		.phase = PHASE_IMAGE,
		.created_at = 1700000000,
	};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	findings_done(&fixture->findings);
	coverage_done(&fixture->coverage);
	free(fixture);
	return 0;
}

static char *write_report(const struct report *report, const struct report_style *style)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	assert_non_null(stream);
	assert_int_equal(report_write(report, style, stream), 0);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static void test_text(void **state)
{
	struct fixture *fixture = *state;
	const struct report_style style = {.format = REPORT_TEXT};
	_cleanup_free_ char *text = write_report(&fixture->report, &style);
	size_t n;
	const struct catalog_entry *entries = catalog_list(&n);
	const char *critical = strstr(text, "\nCRITICAL\n"), *low = strstr(text, "\nLOW\n");
	const char *waived = strstr(text, "\nHIGH (waived)\n"),
		   *coverage = strstr(text, "COVERAGE");
	_cleanup_free_ char *line = strndup(text, strcspn(text, "\n"));

	assert_string_equal(line, "FAIL  debian-golden 12.4: 3 findings (2 critical, 1 low), 1 "
				  "waived; 34512 entries in 1.22 s");
	/* Gravest first, then the waived ones, then the coverage. */
	assert_non_null(critical);
	assert_true(critical < low && low < waived && waived < coverage);
	/* What to do: once for each code, and not for a waived one. */
	assert_int_equal(count(text, "what to do:"), 2);
	assert_int_equal(count(text, entries[1].summary), 2);
	assert_non_null(strstr(text, "    /two\n"));
	assert_non_null(strstr(text, "attack    T1543.002\n"));
	assert_non_null(strstr(text, "related   /related/one\n"));
	assert_non_null(strstr(text, "waived    ops until 2030-01-01: known\n"));
	assert_non_null(strstr(text, "34512 entries, 1.2 GiB; 2 could not be read\n"));
	assert_non_null(strstr(text, "left out  /var/cache/**\n"));
	assert_non_null(strstr(text, "checks    tree ran\n"));
	assert_non_null(strstr(text, "made      2023-11-14T22:13:20Z\n"));
}

/* No byte of an image or of a report moves the cursor, or starts a line of its own. */
static void test_text_is_escaped(void **state)
{
	struct fixture *fixture = *state;
	const struct report_style style = {.format = REPORT_TEXT};
	_cleanup_free_ char *text = write_report(&fixture->report, &style);

	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || ((unsigned char)*c >= ' ' && *c != 0x7f));
	assert_null(strstr(text, "\nPASS"));
	assert_non_null(strstr(text, "/one\\012PASS"));
	assert_non_null(strstr(text, "\\033]0;x\\007image"));
}

static void test_colour(void **state)
{
	struct fixture *fixture = *state;
	const struct report_style style = {.format = REPORT_TEXT, .colour = true};
	_cleanup_free_ char *text = write_report(&fixture->report, &style);

	assert_int_equal(strncmp(text, "\033[1;31mFAIL\033[0m", 15), 0);
}

static void test_quiet(void **state)
{
	struct fixture *fixture = *state;
	const struct report_style style = {.format = REPORT_TEXT, .quiet = true};
	_cleanup_free_ char *text = write_report(&fixture->report, &style);
	_cleanup_free_ char *passed = NULL;

	assert_int_equal(count(text, "\n"), 1);
	fixture->report.verdict = VERDICT_PASS;
	passed = write_report(&fixture->report, &style);
	assert_string_equal(passed, "");
}

static void test_json(void **state)
{
	struct fixture *fixture = *state;
	const struct report_style style = {.format = REPORT_JSON, .quiet = true};
	_cleanup_free_ char *text = write_report(&fixture->report, &style);
	_cleanup_json_ json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	_cleanup_findings_ struct findings findings = {0};
	json_t *timing = json_object_get(root, "timing");

	assert_int_equal(json_object_size(root), 4);
	assert_string_equal(json_string_value(json_object_get(root, "verdict")), "fail");
	assert_int_equal(json_integer_value(json_object_get(timing, "walk_ms")), 310);
	assert_int_equal(json_integer_value(json_object_get(timing, "total_ms")), 1220);
	assert_int_equal(findings_from_json(json_object_get(root, "findings"), &findings, NULL), 0);
	assert_int_equal(findings.count, 4);
	assert_non_null(json_object_get(root, "coverage"));
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static void test_full_stream(void **state)
{
	struct fixture *fixture = *state;
	const struct report_style styles[] = {{.format = REPORT_TEXT},
					      {.format = REPORT_JSON},
					      {.format = REPORT_SARIF},
					      {.format = REPORT_JUNIT}};

	for (size_t i = 0; i < ELEMENTS(styles); i++) {
		FILE *stream = fopen("/dev/full", "we");

		assert_non_null(stream);
		assert_int_equal(report_write(&fixture->report, &styles[i], stream), -EIO);
		(void)fclose(stream);
	}
}

static void test_unevaluated_is_no_pass(void **state)
{
	struct fixture *fixture = *state;
	const struct report_style style = {.format = REPORT_TEXT, .quiet = true};
	_cleanup_free_ char *text = NULL;

	fixture->report.verdict = VERDICT_NONE;
	fixture->report.image_name = NULL;
	text = write_report(&fixture->report, &style);
	assert_int_equal(strncmp(text, "NOT CHECKED  unknown image: ", 28), 0);
	assert_int_equal(report_exit_code(VERDICT_NONE), EXIT_UNCHECKED);
	assert_int_equal(report_exit_code(VERDICT_PASS), EXIT_PASS);
	assert_int_equal(report_exit_code(VERDICT_WARN), EXIT_FINDINGS);
	assert_int_equal(report_exit_code(VERDICT_FAIL), EXIT_FINDINGS);
	assert_int_equal(report_exit_code(_VERDICT_INVALID), EXIT_UNCHECKED);
	assert_int_equal(report_exit_code(_VERDICT_MAX), EXIT_UNCHECKED);
}

static void test_style(void **state _unused_)
{
	_cleanup_error_ struct error error = {0};
	struct report_style style;

	assert_int_equal(report_style_init(NULL, false, &style, NULL), 0);
	assert_int_equal(style.format, REPORT_TEXT);
	assert_int_equal(report_style_init("json", true, &style, NULL), 0);
	assert_int_equal(style.format, REPORT_JSON);
	assert_true(style.quiet);
	assert_false(style.colour);
	assert_int_equal(report_style_init("xml", false, &style, &error), -EINVAL);
	assert_non_null(strstr(error_text(&error, 0), "expected text or json"));
}

static void test_style_of_all(void **state _unused_)
{
	_cleanup_error_ struct error error = {0};
	struct report_style style;

	for (int i = 1; i < _REPORT_FORMAT_MAX; i++) {
		const char *name = report_format_to_string((enum report_format)i);
		bool is_common = i == REPORT_TEXT || i == REPORT_JSON;

		assert_int_equal(report_style_init_all(name, false, &style, NULL), 0);
		assert_int_equal(style.format, i);
		assert_int_equal(report_style_init(name, false, &style, NULL),
				 is_common ? 0 : -EINVAL);
	}
	assert_int_equal(report_style_init_all(NULL, false, &style, NULL), 0);
	assert_int_equal(style.format, REPORT_TEXT);
	assert_int_equal(report_style_init_all("xml", false, &style, &error), -EINVAL);
	assert_non_null(strstr(error_text(&error, 0), "expected text, json, sarif or junit"));
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_text),
		T(test_text_is_escaped),
		T(test_colour),
		T(test_quiet),
		T(test_json),
		T(test_full_stream),
		T(test_unevaluated_is_no_pass),
		cmocka_unit_test(test_style),
		cmocka_unit_test(test_style_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
