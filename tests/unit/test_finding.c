/* SPDX-License-Identifier: Apache-2.0 */
#include "finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *copy(const char *text)
{
	char *new = strdup(text);

	assert_non_null(new);
	return new;
}

static struct finding make(const char *code, enum severity severity, const char *path)
{
	return (struct finding){
		.code = copy(code),
		.severity = severity,
		.path = path ? copy(path) : NULL,
		.title = copy("a title"),
	};
}

static void add(struct findings *findings, const char *code, enum severity severity,
		const char *path)
{
	struct finding finding = make(code, severity, path);

	assert_int_equal(findings_take(findings, &finding), 0);
	assert_null(finding.code);
}

static void take_moves_and_grows(void **state)
{
	_cleanup_findings_ struct findings findings = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		add(&findings, "file.changed", SEVERITY_HIGH, "/x");
	assert_int_equal(findings.count, 100);
	findings_done(&findings);
	assert_int_equal(findings.count, 0);
	assert_null(findings.items);
	findings_done(&findings);
}

static void related_paths_are_bounded(void **state)
{
	_cleanup_(finding_done) struct finding finding = {0};
	char path[16];

	(void)state;
	for (int i = 0; i < FINDING_RELATED_MAX + 10; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		assert_int_equal(finding_add_related(&finding, path), 0);
	}
	assert_int_equal(finding.n_related, FINDING_RELATED_MAX + 1);
	assert_string_equal(finding.related[FINDING_RELATED_MAX - 1], "/63");
	assert_string_equal(finding.related[FINDING_RELATED_MAX], "...");
}

static void sorts_by_severity_path_code(void **state)
{
	_cleanup_findings_ struct findings findings = {0};
	static const struct {
		const char *code, *path;
	} expected[] = {
		{"boot.changed", "/z"}, {"file.changed", NULL},	     {"a.changed", "/a"},
		{"b.changed", "/a"},	{"a.changed", "/a-b"},	     {"a.changed", "/a/b"},
		{"a.changed", "/\377"}, {"coverage.vanished", "/a"},
	};

	(void)state;
	add(&findings, "coverage.vanished", SEVERITY_LOW, "/a");
	add(&findings, "a.changed", SEVERITY_HIGH, "/\377");
	add(&findings, "a.changed", SEVERITY_HIGH, "/a/b");
	add(&findings, "b.changed", SEVERITY_HIGH, "/a");
	add(&findings, "a.changed", SEVERITY_HIGH, "/a-b");
	add(&findings, "boot.changed", SEVERITY_CRITICAL, "/z");
	add(&findings, "a.changed", SEVERITY_HIGH, "/a");
	add(&findings, "file.changed", SEVERITY_HIGH, NULL);
	findings_sort(&findings);

	for (size_t i = 0; i < ELEMENTS(expected); i++) {
		assert_string_equal(findings.items[i].code, expected[i].code);
		if (expected[i].path)
			assert_string_equal(findings.items[i].path, expected[i].path);
		else
			assert_null(findings.items[i].path);
	}
}

static void weighs(void **state)
{
	static const struct {
		const char *code;
		enum severity severity;
		const char *waived;
		enum verdict verdict;
	} table[] = {
		{"file.changed", SEVERITY_INFO, NULL, VERDICT_PASS},
		{"file.changed", SEVERITY_LOW, NULL, VERDICT_WARN},
		{"file.changed", SEVERITY_MEDIUM, NULL, VERDICT_WARN},
		{"file.changed", SEVERITY_HIGH, NULL, VERDICT_FAIL},
		{"file.changed", SEVERITY_CRITICAL, NULL, VERDICT_FAIL},
		{"coverage.limit", SEVERITY_INFO, NULL, VERDICT_WARN},
		{"coverage.limit", SEVERITY_LOW, NULL, VERDICT_WARN},
		{"coverage.limit", SEVERITY_HIGH, NULL, VERDICT_FAIL},
		{"coverage.limit", SEVERITY_HIGH, "ops, for a test", VERDICT_PASS},
		{"file.changed", SEVERITY_CRITICAL, "ops, for a test", VERDICT_PASS},
		{"coveragex.limit", SEVERITY_INFO, NULL, VERDICT_PASS},
		{"file.changed", (enum severity)_SEVERITY_MAX, NULL, VERDICT_FAIL},
		{"file.changed", _SEVERITY_INVALID, NULL, VERDICT_FAIL},
	};
	struct findings none = {0};

	(void)state;
	assert_int_equal(findings_weigh(&none), VERDICT_PASS);
	for (size_t i = 0; i < ELEMENTS(table); i++) {
		_cleanup_findings_ struct findings findings = {0};

		add(&findings, "file.changed", SEVERITY_INFO, "/other");
		add(&findings, table[i].code, table[i].severity, "/x");
		if (table[i].waived)
			findings.items[1].waived = copy(table[i].waived);
		assert_int_equal(findings_weigh(&findings), table[i].verdict);
	}
}

static void counts_what_is_not_waived(void **state)
{
	_cleanup_findings_ struct findings findings = {0};
	size_t counts[_SEVERITY_MAX];

	(void)state;
	add(&findings, "file.changed", SEVERITY_HIGH, "/1");
	add(&findings, "file.changed", SEVERITY_HIGH, "/2");
	add(&findings, "file.changed", SEVERITY_HIGH, "/3");
	add(&findings, "coverage.vanished", SEVERITY_LOW, "/4");
	findings.items[0].waived = copy("ops, for a test");
	findings_count(&findings, counts);
	assert_int_equal(counts[SEVERITY_INFO], 0);
	assert_int_equal(counts[SEVERITY_LOW], 1);
	assert_int_equal(counts[SEVERITY_MEDIUM], 0);
	assert_int_equal(counts[SEVERITY_HIGH], 2);
	assert_int_equal(counts[SEVERITY_CRITICAL], 0);
}

static char *dump(const struct findings *findings)
{
	_cleanup_json_ json_t *array = findings_to_json(findings);
	char *text;

	assert_non_null(array);
	text = json_dumps(array, JSON_COMPACT);
	assert_non_null(text);
	return text;
}

static void json_has_every_member(void **state)
{
	_cleanup_findings_ struct findings findings = {0};
	_cleanup_free_ char *text = NULL;

	(void)state;
	add(&findings, "service.unexpected", SEVERITY_HIGH, NULL);
	free(findings.items[0].title);
	findings.items[0].title = NULL;
	text = dump(&findings);
	assert_string_equal(text,
			    "[{\"code\":\"service.unexpected\",\"severity\":\"high\","
			    "\"path\":null,\"title\":null,\"expected\":null,\"actual\":null,"
			    "\"attack\":[],\"package\":null,\"waived\":null,\"related\":[]}]");
}

static void json_goes_both_ways(void **state)
{
	_cleanup_findings_ struct findings findings = {0}, back = {0};
	_cleanup_error_ struct error error = {0};
	_cleanup_json_ json_t *array = NULL;
	_cleanup_free_ char *text = NULL, *again = NULL;
	struct finding *finding;

	(void)state;
	add(&findings, "service.unexpected", SEVERITY_CRITICAL, "/etc/\303\244\n\"x\"");
	finding = &findings.items[0];
	finding->expected = copy("absent");
	finding->actual = copy("ExecStart=/x");
	finding->package = copy("base-files");
	finding->waived = copy("ops until 2030-01-01: why not");
	assert_int_equal(finding_add_attack(finding, "T1543.002"), 0);
	assert_int_equal(finding_add_attack(finding, "T1036"), 0);
	for (int i = 0; i < FINDING_RELATED_MAX + 5; i++)
		assert_int_equal(finding_add_related(finding, "/r"), 0);
	add(&findings, "file.changed", SEVERITY_INFO, NULL);

	array = findings_to_json(&findings);
	assert_non_null(array);
	assert_int_equal(findings_from_json(array, &back, &error), 0);
	assert_int_equal(back.count, 2);
	assert_string_equal(back.items[0].path, finding->path);
	assert_int_equal(back.items[0].n_attack, 2);
	assert_int_equal(back.items[0].n_related, FINDING_RELATED_MAX + 1);
	assert_null(back.items[1].path);
	text = dump(&findings);
	again = dump(&back);
	assert_string_equal(text, again);
}

/* Names are bytes: those that JSON cannot hold must come back as they were. */
static void json_keeps_raw_paths(void **state)
{
	_cleanup_findings_ struct findings findings = {0}, back = {0};
	_cleanup_json_ json_t *array = NULL;
	json_t *object;

	(void)state;
	add(&findings, "hidden.unexpected", SEVERITY_HIGH, "/tmp/\377\\x");
	assert_int_equal(finding_add_related(&findings.items[0], "/\200"), 0);
	array = findings_to_json(&findings);
	assert_non_null(array);
	object = json_array_get(array, 0);
	assert_string_equal(json_string_value(json_object_get(object, "path")), "/tmp/\\377\\x");
	assert_string_equal(json_string_value(json_object_get(object, "path_raw")), "L3RtcC//XHg=");
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(object, "related"), 0)), "/\\200");

	assert_int_equal(findings_from_json(array, &back, NULL), 0);
	assert_string_equal(back.items[0].path, "/tmp/\377\\x");
}

static void a_code_without_form_is_not_written(void **state)
{
	static const char *const bad[] = {
		"", "file", "file.", ".changed", "File.changed", "file.changed.x", "file changed"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++) {
		_cleanup_(finding_done) struct finding finding = make(bad[i], SEVERITY_HIGH, "/x");

		assert_null(finding_to_json(&finding));
	}
}

#define MEMBERS \
	"\"severity\":\"high\",\"title\":\"t\",\"expected\":null,\"actual\":null,\"package\":null,\"waived\":null"

/* Each with the words that its reason must hold. */
static const struct {
	const char *json;
	const char *reason;
} refused[] = {
	{"{}", "expected an array"},
	{"[1]", "findings[0]: expected an object"},
	{"[{" MEMBERS ",\"path\":null,\"attack\":[],\"related\":[]}]", "\"code\" is missing"},
	{"[{\"code\":\"a.b\"," MEMBERS ",\"path\":null,\"attack\":[],\"related\":[],\"more\":1}]",
	 "unknown member \"more\""},
	{"[{\"code\":\"ab\"," MEMBERS ",\"path\":null,\"attack\":[],\"related\":[]}]",
	 "member \"code\": expected a code"},
	{"[{\"code\":1," MEMBERS ",\"path\":null,\"attack\":[],\"related\":[]}]",
	 "member \"code\": expected a code"},
	{"[{\"code\":\"a.b\"," MEMBERS ",\"path\":1,\"attack\":[],\"related\":[]}]",
	 "member \"path\": expected a string or null"},
	{"[{\"code\":\"a.b\"," MEMBERS ",\"path\":null,\"attack\":null,\"related\":[]}]",
	 "member \"attack\": expected an array"},
	{"[{\"code\":\"a.b\"," MEMBERS ",\"path\":null,\"attack\":[1],\"related\":[]}]",
	 "member \"attack\": item 0"},
	{"[{\"code\":\"a.b\"," MEMBERS ",\"path\":null,\"attack\":[\"T12\"],\"related\":[]}]",
	 "ATT&CK id"},
	{"[{\"code\":\"a.b\"," MEMBERS ",\"path\":null,\"attack\":[\"T1234.01x\"],\"related\":[]}]",
	 "ATT&CK id"},
	{"[{\"code\":\"a.b\"," MEMBERS ",\"path\":null,\"attack\":[],\"related\":{}}]",
	 "member \"related\": expected an array"},
	{"[{\"code\":\"a.b\"," MEMBERS ",\"path\":null,\"attack\":[],\"related\":[null]}]",
	 "member \"related\": item 0"},
	{"[{\"code\":\"a.b\"," MEMBERS
	 ",\"path\":null,\"attack\":[],\"related\":[],\"path_raw\":\"/w==\"}]",
	 "is not what \"path\" shows"},
	{"[{\"code\":\"a.b\"," MEMBERS
	 ",\"path\":\"/x\",\"attack\":[],\"related\":[],\"path_raw\":\"/w==\"}]",
	 "is not what \"path\" shows"},
	{"[{\"code\":\"a.b\"," MEMBERS
	 ",\"path\":\"/x\",\"attack\":[],\"related\":[],\"path_raw\":\"L3g=\"}]",
	 "bytes that are not UTF-8"},
	{"[{\"code\":\"a.b\"," MEMBERS
	 ",\"path\":\"/x\",\"attack\":[],\"related\":[],\"path_raw\":\"/wA=\"}]",
	 "bytes that are not UTF-8"},
	{"[{\"code\":\"a.b\"," MEMBERS
	 ",\"path\":\"/x\",\"attack\":[],\"related\":[],\"path_raw\":\"!\"}]",
	 "expected base64"},
	{"[{\"code\":\"a.b\"," MEMBERS
	 ",\"path\":\"/x\",\"attack\":[],\"related\":[],\"path_raw\":null}]",
	 "expected base64"},
	{"[{\"code\":\"a.b\",\"severity\":\"grave\",\"title\":\"t\",\"expected\":null,\"actual\":"
	 "null,\"package\":null,\"waived\":null,\"path\":null,\"attack\":[],\"related\":[]}]",
	 "member \"severity\": expected info"},
};

static void expect_refused(const json_t *array, const char *reason)
{
	_cleanup_findings_ struct findings findings = {0};
	_cleanup_error_ struct error error = {0};

	assert_int_equal(findings_from_json(array, &findings, &error), -EBADMSG);
	assert_int_equal(findings.count, 0);
	if (!strstr(error_text(&error, -EBADMSG), reason))
		fail_msg("\"%s\" does not say \"%s\"", error_text(&error, -EBADMSG), reason);
}

static void json_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(refused); i++) {
		_cleanup_json_ json_t *array = json_loads(refused[i].json, 0, NULL);

		if (!array)
			fail_msg("not JSON: %s", refused[i].json);
		expect_refused(array, refused[i].reason);
	}
}

static void json_refuses_too_many(void **state)
{
	_cleanup_json_ json_t *array = json_array(), *related = json_array();
	_cleanup_(finding_done) struct finding finding = make("a.b", SEVERITY_LOW, "/x");
	json_t *object = finding_to_json(&finding);

	(void)state;
	for (int i = 0; i <= FINDINGS_MAX; i++)
		assert_int_equal(json_array_append(array, object), 0);
	expect_refused(array, "more than 10000");

	/* One path more than fits, and the one past the last is not the sign for more. */
	assert_int_equal(json_array_clear(array), 0);
	for (int i = 0; i <= FINDING_RELATED_MAX; i++)
		assert_int_equal(json_array_append_new(related, json_string("/r")), 0);
	assert_int_equal(json_object_set(object, "related", related), 0);
	assert_int_equal(json_array_append_new(array, object), 0);
	expect_refused(array, "expected \"...\"");
	assert_int_equal(json_array_append_new(related, json_string("/r")), 0);
	expect_refused(array, "at most 64 paths");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(take_moves_and_grows),
		cmocka_unit_test(related_paths_are_bounded),
		cmocka_unit_test(sorts_by_severity_path_code),
		cmocka_unit_test(weighs),
		cmocka_unit_test(counts_what_is_not_waived),
		cmocka_unit_test(json_has_every_member),
		cmocka_unit_test(json_goes_both_ways),
		cmocka_unit_test(json_keeps_raw_paths),
		cmocka_unit_test(a_code_without_form_is_not_written),
		cmocka_unit_test(json_refuses),
		cmocka_unit_test(json_refuses_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
