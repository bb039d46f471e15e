/* SPDX-License-Identifier: Apache-2.0 */
#include "reported.h"

#include "catalog.h"
#include "text.h"

static json_t *write_sarif(const struct report *report)
{
	const struct report_style style = {.format = REPORT_SARIF, .quiet = true};
	_cleanup_free_ char *text = NULL;
	FILE *stream;
	size_t size;
	json_t *log;

	stream = open_memstream(&text, &size);
	assert_non_null(stream);
	assert_int_equal(report_write(report, &style, stream), 0);
	assert_int_equal(fclose(stream), 0);
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= ' ' && *c < 0x7f));
	log = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(log);
	return log;
}

/* The value at a path of members and indexes: "runs/0/results". */
static json_t *at(json_t *value, const char *path)
{
	_cleanup_free_ char *words = reported_copy(path);
	char *rest = words, *word;

	while ((word = strsep(&rest, "/")))
		value = json_is_array(value) ? json_array_get(value, strtoul(word, NULL, 10))
					     : json_object_get(value, word);
	return value;
}

static const char *string_at(json_t *value, const char *path)
{
	const char *text = json_string_value(at(value, path));

	assert_non_null(text);
	return text;
}

#define ARTIFACT "locations/0/physicalLocation/artifactLocation/"

static void test_pass(void **state)
{
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = write_sarif(&reported->report);
	json_t *run = at(log, "runs/0");

	assert_int_equal(json_array_size(at(log, "runs")), 1);
	assert_string_equal(string_at(log, "version"), "2.1.0");
	assert_string_equal(string_at(log, "$schema"),
			    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
			    "sarif-schema-2.1.0.json");
	assert_string_equal(string_at(run, "tool/driver/name"), "goldseal");
	assert_string_equal(string_at(run, "tool/driver/version"), GOLDSEAL_VERSION);
	assert_true(json_is_array(at(run, "results")));
	assert_int_equal(json_array_size(at(run, "results")), 0);
	assert_int_equal(json_array_size(at(run, "tool/driver/rules")), 0);
	assert_true(json_is_true(at(run, "invocations/0/executionSuccessful")));
	assert_string_equal(string_at(run, "originalUriBaseIds/ROOT/uri"),
			    "file:///mnt/an%20image/");
	assert_string_equal(string_at(run, "properties/verdict"), "pass");
	assert_string_equal(string_at(run, "properties/image/name"), "golden & \"good\"");
	assert_int_equal(json_integer_value(at(run, "properties/coverage/entries")), 34512);
}

static void test_roots(void **state)
{
	static const char *const cases[][2] = {
		{"/", "file:///"}, {"/mnt/", "file:///mnt/"}, {"/\xff", "file:///%FF/"}};
	struct reported *reported = *state;

	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		_cleanup_json_ json_t *log = NULL;

		reported->report.root = cases[i][0];
		log = write_sarif(&reported->report);
		assert_string_equal(string_at(log, "runs/0/originalUriBaseIds/ROOT/uri"),
				    cases[i][1]);
	}
	/* A relative path is no URI base. */
	for (const char **root = (const char *[]){"image", "", NULL}, **end = root + 3; root < end;
	     root++) {
		_cleanup_json_ json_t *log = NULL;

		reported->report.root = *root;
		log = write_sarif(&reported->report);
		assert_true(json_is_object(at(log, "runs/0/originalUriBaseIds/ROOT")));
		assert_null(at(log, "runs/0/originalUriBaseIds/ROOT/uri"));
	}
}

static void test_not_checked(void **state)
{
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = NULL;

	reported->report.verdict = VERDICT_NONE;
	log = write_sarif(&reported->report);
	assert_true(json_is_false(at(log, "runs/0/invocations/0/executionSuccessful")));
	assert_string_equal(string_at(log, "runs/0/properties/verdict"), "none");
}

static void test_levels(void **state)
{
	static const char *const levels[_SEVERITY_MAX] = {"note", "note", "warning", "error",
							  "error"};
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = NULL;

	for (int i = 0; i < _SEVERITY_MAX; i++)
		reported_add(reported, &(struct reported_model){.code = "service.unexpected",
								.severity = (enum severity)i,
								.path = "/x"});
	log = write_sarif(&reported->report);
	for (int i = 0; i < _SEVERITY_MAX; i++) {
		json_t *result = json_array_get(at(log, "runs/0/results"), (size_t)i);

		assert_string_equal(string_at(result, "level"), levels[i]);
		assert_string_equal(string_at(result, "properties/severity"),
				    severity_to_string((enum severity)i));
	}
}

/* One rule a code, in the order of appearance, with the catalogue's words. */
static void test_rules(void **state)
{
	static const char *const codes[] = {"service.unexpected", "no.such-code",
					    "service.unexpected", "coverage.unreadable"};
	static const int indexes[] = {0, 1, 0, 2};
	const struct catalog_entry *entry = catalog_find("service.unexpected");
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = NULL;
	json_t *rules;

	assert_non_null(entry);
	for (size_t i = 0; i < ELEMENTS(codes); i++)
		reported_add(reported, &(struct reported_model){.code = codes[i], .path = "/x"});
	log = write_sarif(&reported->report);
	rules = at(log, "runs/0/tool/driver/rules");
	assert_int_equal(json_array_size(rules), 3);
	for (size_t i = 0; i < ELEMENTS(codes); i++) {
		json_t *result = json_array_get(at(log, "runs/0/results"), i);

		assert_string_equal(string_at(result, "ruleId"), codes[i]);
		assert_int_equal(json_integer_value(at(result, "ruleIndex")), indexes[i]);
		assert_string_equal(string_at(json_array_get(rules, (size_t)indexes[i]), "id"),
				    codes[i]);
	}
	assert_string_equal(string_at(rules, "0/shortDescription/text"), entry->summary);
	assert_string_equal(string_at(rules, "0/fullDescription/text"), entry->why);
	assert_string_equal(string_at(rules, "0/help/text"), entry->remedy);
	assert_string_equal(string_at(rules, "0/defaultConfiguration/level"), "error");
	assert_string_equal(string_at(rules, "0/properties/tags/0"), entry->attack[0]);
	assert_int_equal(json_object_size(at(rules, "1")), 1);
}

static int hex_value(char digit)
{
	return digit <= '9' ? digit - '0' : digit - 'A' + 10;
}

static char *percent_decode(const char *uri)
{
	char *text = calloc(strlen(uri) + 1, 1), *out = text;

	assert_non_null(text);
	for (; *uri; uri++, out++) {
		*out = *uri;
		if (*uri == '%') {
			*out = (char)(hex_value(uri[1]) << 4 | hex_value(uri[2]));
			uri += 2;
		}
	}
	return text;
}

/* The URI gives the very bytes back, and holds none that a URI must not. */
static void test_hostile_names(void **state)
{
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = NULL;

	for (size_t i = 0; i < ELEMENTS(reported_names); i++) {
		struct finding *finding = reported_add(
			reported, &(struct reported_model){.code = "service.unexpected",
							   .path = reported_names[i],
							   .title = reported_names[i],
							   .actual = reported_names[i]});

		assert_int_equal(finding_add_related(finding, reported_names[i]), 0);
	}
	log = write_sarif(&reported->report);
	for (size_t i = 0; i < ELEMENTS(reported_names); i++) {
		json_t *result = json_array_get(at(log, "runs/0/results"), i);
		const char *uri = string_at(result, ARTIFACT "uri");
		_cleanup_free_ char *decoded = percent_decode(uri);

		assert_string_equal(decoded, reported_names[i] + 1);
		assert_int_equal(strspn(uri, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					     "0123456789-._~/%"),
				 strlen(uri));
		assert_string_equal(string_at(result, ARTIFACT "uriBaseId"), "ROOT");
		assert_string_equal(string_at(result, "relatedLocations/0/physicalLocation/"
						      "artifactLocation/uri"),
				    uri);
		for (const char *c = string_at(result, "message/text"); *c; c++)
			assert_true(*c == '\n' || (unsigned char)*c >= ' ');
	}
}

static void test_message(void **state)
{
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = NULL;

	reported_add(reported, &(struct reported_model){.code = "service.unexpected",
							.title = "a [b](http://c) {0} d[1]",
							.expected = "absent",
							.actual = "x\nactual: y\\](z)"});
	reported_add(reported, &(struct reported_model){.code = "service.unexpected"});
	log = write_sarif(&reported->report);
	/* Neither a link nor a placeholder, and no line that was not ours. */
	assert_string_equal(string_at(log, "runs/0/results/0/message/text"),
			    "a [b\\135(http://c) {{0}} d[1]\nexpected: absent\n"
			    "actual: x\\012actual: y\\\\135(z)");
	assert_string_equal(string_at(log, "runs/0/results/1/message/text"), "service.unexpected");
	assert_int_equal(json_array_size(at(log, "runs/0/results/1/locations")), 0);
}

static void test_places(void **state)
{
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = NULL;
	struct finding *finding;

	finding = reported_add(reported,
			       &(struct reported_model){.code = "service.unexpected", .path = "/"});
	for (int i = 0; i <= FINDING_RELATED_MAX; i++)
		assert_int_equal(finding_add_related(finding, "/related"), 0);
	log = write_sarif(&reported->report);
	assert_string_equal(string_at(log, "runs/0/results/0/" ARTIFACT "uri"), "./");
	assert_string_equal(string_at(log, "runs/0/results/0/relatedLocations/64/message/text"),
			    "...");
	assert_null(at(log, "runs/0/results/0/relatedLocations/64/physicalLocation"));
}

static void test_waived(void **state)
{
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = NULL;

	reported_add(reported,
		     &(struct reported_model){.code = "coverage.unreadable",
					      .path = "/a",
					      .waived = "ops until 2030-01-01: \"{known}\"\n"});
	reported_add(reported,
		     &(struct reported_model){.code = "coverage.unreadable", .path = "/b"});
	log = write_sarif(&reported->report);
	assert_int_equal(json_array_size(at(log, "runs/0/results/0/suppressions")), 1);
	assert_string_equal(string_at(log, "runs/0/results/0/suppressions/0/kind"), "external");
	assert_string_equal(string_at(log, "runs/0/results/0/suppressions/0/justification"),
			    "ops until 2030-01-01: \"{known}\"\\012");
	assert_true(json_is_array(at(log, "runs/0/results/1/suppressions")));
	assert_int_equal(json_array_size(at(log, "runs/0/results/1/suppressions")), 0);
	/* What could not be checked is told as a notification, too, unless it is waived. */
	assert_int_equal(
		json_array_size(at(log, "runs/0/invocations/0/toolExecutionNotifications")), 1);
	assert_string_equal(
		string_at(log, "runs/0/invocations/0/toolExecutionNotifications/0/" ARTIFACT "uri"),
		"b");
	assert_string_equal(string_at(log, "runs/0/invocations/0/toolExecutionNotifications/0/"
					   "associatedRule/id"),
			    "coverage.unreadable");
}

static void test_fingerprints(void **state)
{
	static const struct reported_model models[] = {
		{.code = "service.unexpected", .path = "/a", .title = "one"},
		{.code = "service.unexpected", .path = "/a", .title = "two"},
		{.code = "service.changed", .path = "/a"},
		{.code = "service.unexpected", .path = "/b"},
		{.code = "service.unexpected", .title = "/c"},
	};
	struct reported *reported = *state;
	_cleanup_json_ json_t *log = NULL;
	const char *prints[ELEMENTS(models)];
	struct digest digest;
	char hex[DIGEST_HEX_SIZE];

	for (size_t i = 0; i < ELEMENTS(models); i++)
		reported_add(reported, &models[i]);
	log = write_sarif(&reported->report);
	for (size_t i = 0; i < ELEMENTS(models); i++) {
		json_t *result = json_array_get(at(log, "runs/0/results"), i);

		prints[i] = json_string_value(
			json_object_get(at(result, "partialFingerprints"), "codeAndPath/v1"));
		assert_non_null(prints[i]);
	}
	assert_int_equal(digest_compute("service.unexpected\0/a", 21, &digest), 0);
	digest_to_hex(&digest, hex);
	assert_string_equal(prints[0], hex);
	assert_string_equal(prints[1], hex);
	for (size_t i = 1; i < ELEMENTS(models); i++)
		for (size_t j = i + 1; j < ELEMENTS(models); j++)
			assert_string_not_equal(prints[i], prints[j]);
}

#define T(test) cmocka_unit_test_setup_teardown(test, reported_setup, reported_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_pass),	       T(test_roots),	     T(test_not_checked), T(test_levels),
		T(test_rules),	       T(test_message),	     T(test_places),	  T(test_waived),
		T(test_hostile_names), T(test_fingerprints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
