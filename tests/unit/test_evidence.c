/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"
#include "statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define ID "01939a5e-7c00-7abc-8def-0123456789ab"

static char *copy(const char *text)
{
	char *new = strdup(text);

	assert_non_null(new);
	return new;
}

static struct evidence *make(void)
{
	struct evidence *evidence = calloc(1, sizeof(*evidence));
	struct finding finding = {
		.code = copy("service.unexpected"),
		.severity = SEVERITY_HIGH,
		.path = copy("/etc/systemd/system/\377.service"),
	};

	assert_non_null(evidence);
	evidence->id = copy(ID);
	evidence->phase = PHASE_BOOT;
	evidence->created_at = 1795465140;
	evidence->agent_version = copy("1.0");
	memset(&evidence->agent_digest, 0xab, sizeof(evidence->agent_digest));
	evidence->instance_id = copy("i-0123");
	evidence->instance_source = copy("cloud-init");
	evidence->instance_key_id = copy("k");
	evidence->cloud = copy("aws");
	evidence->machine_id = copy("0123456789abcdef0123456789abcdef");
	evidence->has_manifest = true;
	memset(&evidence->manifest_digest, 0x12, sizeof(evidence->manifest_digest));
	evidence->manifest_signer = copy("s");
	evidence->image_name = copy("debian");
	evidence->image_version = copy("");
	evidence->fixed_entries = 7;
	memset(&evidence->fixed_digest, 0x34, sizeof(evidence->fixed_digest));
	evidence->verdict = VERDICT_FAIL;
	evidence->timing = (struct evidence_timing){.walk_ms = 310, .total_ms = 1220};
	evidence->boottime_ms = 4242;
	evidence->clock_synchronized = true;
	assert_int_equal(findings_take(&evidence->findings, &finding), 0);
	assert_int_equal(coverage_init(&evidence->coverage), 0);
	evidence->coverage.entries = 9;
	evidence->boot = json_pack("[{s:s}]", "name", "kernel");
	assert_non_null(evidence->boot);
	return evidence;
}

static struct key *make_key(void)
{
	struct key *key = NULL;

	assert_int_equal(key_generate(KEY_P256, &key, NULL), 0);
	return key;
}

/* Signs and verifies: the payload's bytes, in `ret`. */
static void sign(const struct evidence *evidence, struct dsse *ret)
{
	_cleanup_(key_free_p) struct key *key = make_key();
	_cleanup_free_ char *json = NULL;
	_cleanup_error_ struct error error = {0};

	if (evidence_sign(evidence, key, &json, &error) < 0)
		fail_msg("%s", error_text(&error, -EINVAL));
	assert_int_equal(
		dsse_verify_key(json, strlen(json), DSSE_PAYLOAD_TYPE_INTOTO, key, ret, &error), 0);
}

static void phases_go_both_ways(void **state)
{
	(void)state;
	assert_string_equal(phase_to_string(PHASE_IMAGE), "image");
	assert_string_equal(phase_to_string(PHASE_BOOT), "boot");
	assert_int_equal(phase_from_string("image"), PHASE_IMAGE);
	assert_int_equal(phase_from_string("boot"), PHASE_BOOT);
	assert_int_equal(phase_from_string("Boot"), _PHASE_INVALID);
	assert_int_equal(phase_from_string(NULL), _PHASE_INVALID);
	assert_null(phase_to_string((enum phase)0));
	assert_null(phase_to_string(_PHASE_MAX));
}

/* RFC 9562, section 5.7. */
static void ids_are_uuid_version_7(void **state)
{
	_cleanup_free_ char *id = NULL, *other = NULL;
	unsigned long long high, low;
	time_t now = time(NULL);

	(void)state;
	assert_int_equal(evidence_make_id(&id), 0);
	assert_int_equal(evidence_make_id(&other), 0);
	assert_string_not_equal(id, other);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
	assert_true(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
	assert_int_equal(id[14], '7');
	assert_non_null(strchr("89ab", id[19]));
	assert_int_equal(sscanf(id, "%8llx-%4llx", &high, &low), 2);
	assert_in_range((high << 16 | low) / 1000, (unsigned long long)now - 1,
			(unsigned long long)now + 5);
}

static void goes_both_ways(void **state)
{
	_cleanup_(evidence_free_p) struct evidence *evidence = make(), *back = NULL;
	_cleanup_dsse_ struct dsse dsse = {0}, again = {0};

	(void)state;
	sign(evidence, &dsse);
	assert_int_equal(evidence_parse(dsse.payload, dsse.payload_size, &back, NULL), 0);
	assert_string_equal(back->id, ID);
	assert_int_equal(back->phase, PHASE_BOOT);
	assert_int_equal(back->created_at, evidence->created_at);
	assert_string_equal(back->instance_id, "i-0123");
	assert_null(back->region);
	assert_null(back->boot_id);
	assert_true(back->has_manifest);
	assert_true(digest_is_equal(&back->fixed_digest, &evidence->fixed_digest));
	assert_int_equal(back->verdict, VERDICT_FAIL);
	assert_string_equal(back->findings.items[0].path, evidence->findings.items[0].path);
	assert_int_equal(back->boottime_ms, 4242);

	/* Nothing of the rest is lost either: written again it is the same. */
	sign(back, &again);
	assert_int_equal(dsse.payload_size, again.payload_size);
	assert_memory_equal(dsse.payload, again.payload, dsse.payload_size);
}

static void goes_both_ways_without_manifest(void **state)
{
	_cleanup_(evidence_free_p) struct evidence *evidence = make(), *back = NULL;
	_cleanup_dsse_ struct dsse dsse = {0};

	(void)state;
	evidence->has_manifest = false;
	sign(evidence, &dsse);
	assert_non_null(strstr((char *)dsse.payload, "\"manifest\":null"));
	assert_int_equal(evidence_parse(dsse.payload, dsse.payload_size, &back, NULL), 0);
	assert_false(back->has_manifest);
	assert_null(back->manifest_signer);
}

static void expect_unsigned(const struct evidence *evidence, int expected, const char *reason)
{
	_cleanup_(key_free_p) struct key *key = make_key();
	_cleanup_error_ struct error error = {0};
	char *json = NULL;

	assert_int_equal(evidence_sign(evidence, key, &json, &error), expected);
	assert_null(json);
	if (!strstr(error_text(&error, expected), reason))
		fail_msg("\"%s\" does not say \"%s\"", error_text(&error, expected), reason);
}

static void does_not_sign_what_nobody_takes(void **state)
{
	_cleanup_(evidence_free_p) struct evidence *evidence = make();
	struct coverage coverage = evidence->coverage;
	size_t count = evidence->findings.count;

	(void)state;
	evidence->phase = 0;
	expect_unsigned(evidence, -EINVAL, "member \"phase\": is not set");
	evidence->phase = PHASE_IMAGE;
	evidence->id[0] = 'X';
	expect_unsigned(evidence, -EINVAL, "member \"id\": is not a UUIDv7");
	evidence->id[0] = '0';
	evidence->instance_id[0] = '\n';
	expect_unsigned(evidence, -EINVAL, "member \"instance\": member \"id\": has a control");
	evidence->instance_id[0] = 'i';
	evidence->created_at = -1;
	expect_unsigned(evidence, -EINVAL, "\"created_at\"");
	evidence->created_at = 0;
	evidence->fixed_entries = UINT64_MAX;
	expect_unsigned(evidence, -EINVAL, "\"entries\": is too large");
	evidence->fixed_entries = 0;
	evidence->coverage = (struct coverage){0};
	expect_unsigned(evidence, -EINVAL, "\"coverage\": is not initialised");
	evidence->coverage = coverage;
	evidence->findings.count = FINDINGS_MAX + 1;
	expect_unsigned(evidence, -E2BIG, "more than 10000");
	evidence->findings.count = count;
}

static void does_not_sign_too_much(void **state)
{
	_cleanup_(evidence_free_p) struct evidence *evidence = make();
	char *long_text = malloc(EVIDENCE_SIZE_MAX + 1);

	(void)state;
	assert_non_null(long_text);
	memset(long_text, 'x', EVIDENCE_SIZE_MAX);
	long_text[EVIDENCE_SIZE_MAX] = '\0';
	evidence->findings.items[0].actual = long_text;
	expect_unsigned(evidence, -EFBIG, "leave out the least grave");
}

/* The payload of make() as JSON, for a test to spoil. */
static json_t *make_payload(void)
{
	_cleanup_(evidence_free_p) struct evidence *evidence = make();
	_cleanup_dsse_ struct dsse dsse = {0};
	json_t *root;

	sign(evidence, &dsse);
	root = json_loadb((char *)dsse.payload, dsse.payload_size, 0, NULL);
	assert_non_null(root);
	return root;
}

static void expect_refused(const json_t *root, const char *reason)
{
	_cleanup_free_ char *text = json_dumps(root, JSON_COMPACT);
	_cleanup_error_ struct error error = {0};
	struct evidence *evidence = NULL;

	assert_non_null(text);
	if (evidence_parse(text, strlen(text), &evidence, &error) != -EBADMSG)
		fail_msg("accepted: %s", text);
	assert_null(evidence);
	if (!strstr(error_text(&error, -EBADMSG), reason))
		fail_msg("\"%s\" does not say \"%s\"", error_text(&error, -EBADMSG), reason);
}

/* The value at "a.b.c" below the predicate, and the name that is left: its parent and "c". */
static json_t *parent_of(json_t *root, const char *path, const char **ret_name)
{
	json_t *object = json_object_get(root, "predicate");
	const char *dot;

	while ((dot = strchr(path, '.'))) {
		char name[32];

		snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
		object = json_object_get(object, name);
		assert_non_null(object);
		path = dot + 1;
	}
	*ret_name = path;
	return object;
}

/* Every member there is, and a value of a wrong kind for it. */
static const struct {
	const char *path;
	const char *wrong;
} members[] = {
	{"schema", "2"},
	{"schema", "\"1\""},
	{"id", "\"\""},
	{"id", "\"01939a5e-7c00-4abc-8def-0123456789ab\""},
	{"id", "\"01939a5e-7c00-7abc-cdef-0123456789ab\""},
	{"id", "\"01939A5E-7c00-7abc-8def-0123456789ab\""},
	{"id", "\"01939a5e07c00-7abc-8def-0123456789ab\""},
	{"phase", "\"now\""},
	{"phase", "1"},
	{"created_at", "1795465140"},
	{"created_at", "\"2026-11-23 20:19:00\""},
	{"agent", "null"},
	{"agent.version", "null"},
	{"agent.version", "\"\""},
	{"agent.sha256", "\"ab\""},
	{"instance", "[]"},
	{"instance.id", "null"},
	{"instance.id", "\"i-0124\""},
	{"instance.source", "\"a\\u0001\""},
	{"instance.key_id", "7"},
	{"instance.cloud", "7"},
	{"instance.region", "\"\""},
	{"instance.image_id", "{}"},
	{"machine_id", "false"},
	{"boot_id", "0"},
	{"manifest", "[]"},
	{"manifest.sha256", "null"},
	{"manifest.signer", "null"},
	{"manifest.image", "null"},
	{"manifest.image.name", "null"},
	{"manifest.image.version", "1"},
	{"fixed", "null"},
	{"fixed.entries", "-1"},
	{"fixed.sha256", "\"3434\""},
	{"fixed.sha256", "\"0000000000000000000000000000000000000000000000000000000000000000\""},
	{"verdict", "\"good\""},
	{"verdict", "0"},
	{"findings", "{}"},
	{"findings", "[{}]"},
	{"coverage", "null"},
	{"coverage.entries", "null"},
	{"coverage.bytes", "0.5"},
	{"coverage.ignored", "null"},
	{"coverage.unreadable", "\"0\""},
	{"coverage.checks", "[]"},
	{"timing", "null"},
	{"timing.walk_ms", "null"},
	{"timing.total_ms", "-5"},
	{"boot", "{}"},
	{"clocks", "null"},
	{"clocks.boottime_ms", "\"1\""},
	{"clocks.synchronized", "1"},
};

static void refuses_wrong_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(members); i++) {
		_cleanup_json_ json_t *root = make_payload();
		const char *name;
		json_t *parent = parent_of(root, members[i].path, &name);
		json_t *wrong = json_loads(members[i].wrong, JSON_DECODE_ANY, NULL);
		char quoted[64];

		assert_non_null(wrong);
		assert_non_null(json_object_get(parent, name));
		assert_int_equal(json_object_set_new(parent, name, wrong), 0);
		snprintf(quoted, sizeof(quoted), "\"%s\"", name);
		expect_refused(root, quoted);
	}
}

static void refuses_missing_members(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(members); i++) {
		_cleanup_json_ json_t *root = make_payload();
		const char *name;
		json_t *parent = parent_of(root, members[i].path, &name);
		char reason[64];

		assert_int_equal(json_object_del(parent, name), 0);
		snprintf(reason, sizeof(reason), "\"%s\" is missing", name);
		expect_refused(root, reason);
	}
}

static void refuses_unknown_members(void **state)
{
	static const char *const places[] = {"more",	      "agent.more",  "instance.more",
					     "manifest.more", "fixed.more",  "manifest.image.more",
					     "coverage.more", "timing.more", "clocks.more"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(places); i++) {
		_cleanup_json_ json_t *root = make_payload();
		const char *name;
		json_t *parent = parent_of(root, places[i], &name);

		assert_int_equal(json_object_set_new(parent, name, json_null()), 0);
		expect_refused(root, "unknown member \"more\"");
	}
}

static void refuses_another_subject(void **state)
{
	_cleanup_json_ json_t *root = make_payload();
	json_t *subjects = json_object_get(root, "subject");
	json_t *subject = json_array_get(subjects, 0);
	_cleanup_json_ json_t *original = json_deep_copy(subject);

	(void)state;
	assert_int_equal(json_object_set_new(subject, "name", json_string("i-9")), 0);
	expect_refused(root, "subject's name");
	assert_int_equal(json_object_del(subject, "name"), 0);
	expect_refused(root, "subject's name");
	assert_int_equal(json_array_set(subjects, 0, original), 0);
	assert_int_equal(json_object_set_new(json_object_get(original, "digest"), "sha256",
					     json_string("00")),
			 0);
	expect_refused(root, "subject's sha256");
}

static void refuses_several_subjects(void **state)
{
	_cleanup_json_ json_t *root = make_payload();
	json_t *subjects = json_object_get(root, "subject");
	_cleanup_json_ json_t *again = json_deep_copy(json_array_get(subjects, 0));

	(void)state;
	assert_int_equal(json_array_append(subjects, again), 0);
	expect_refused(root, "expected one subject, found 2");
}

static void refuses_other_bytes(void **state)
{
	_cleanup_json_ json_t *root = make_payload();
	_cleanup_free_ char *text = json_dumps(root, 0);
	_cleanup_free_ char *much = calloc(1, EVIDENCE_SIZE_MAX + 1);
	struct evidence *evidence = NULL;

	(void)state;
	assert_non_null(much);
	assert_int_equal(evidence_parse("", 0, &evidence, NULL), -EBADMSG);
	assert_int_equal(evidence_parse("{}", 2, &evidence, NULL), -EBADMSG);
	assert_int_equal(evidence_parse(text, strlen(text) - 1, &evidence, NULL), -EBADMSG);
	assert_int_equal(evidence_parse(text, strlen(text) + 1, &evidence, NULL), -EBADMSG);
	assert_int_equal(evidence_parse(much, EVIDENCE_SIZE_MAX + 1, &evidence, NULL), -EBADMSG);
	assert_null(evidence);
	assert_int_equal(
		json_object_set_new(root, "predicateType", json_string("urn:goldseal:evidence:2")),
		0);
	expect_refused(root, "predicateType");
}

static void proof_goes_both_ways(void **state)
{
	_cleanup_(key_free_p) struct key *key = make_key(), *other = make_key();
	_cleanup_dsse_ struct dsse dsse = {0}, wrong = {0};
	_cleanup_free_ char *json = NULL, *nonce = NULL;
	struct digest digest, back;

	(void)state;
	assert_int_equal(digest_compute("payload", 7, &digest), 0);
	assert_int_equal(proof_sign("a-nonce", &digest, key, &json, NULL), 0);
	assert_int_equal(dsse_verify_key(json, strlen(json), PROOF_PAYLOAD_TYPE, key, &dsse, NULL),
			 0);
	assert_int_equal(proof_parse(dsse.payload, dsse.payload_size, &nonce, &back, NULL), 0);
	assert_string_equal(nonce, "a-nonce");
	assert_true(digest_is_equal(&digest, &back));
	assert_true(dsse_verify_key(json, strlen(json), PROOF_PAYLOAD_TYPE, other, &wrong, NULL) <
		    0);
}

#define HEX64 "0000000000000000000000000000000000000000000000000000000000000000"

static void proof_refuses(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"nonce\":\"n\"}",
		"{\"sha256\":\"" HEX64 "\"}",
		"{\"nonce\":\"\",\"sha256\":\"" HEX64 "\"}",
		"{\"nonce\":null,\"sha256\":\"" HEX64 "\"}",
		"{\"nonce\":\"n\",\"sha256\":\"" HEX64 "0\"}",
		"{\"nonce\":\"n\",\"sha256\":\"" HEX64 "\",\"more\":1}",
		"{\"nonce\":\"n\",\"nonce\":\"n\",\"sha256\":\"" HEX64 "\"}",
		"{\"nonce\":\"n\\n\",\"sha256\":\"" HEX64 "\"}",
		"{\"nonce\":\"n\",\"sha256\":\"" HEX64 "\"}x",
	};
	struct digest digest = {.bytes = {9}};
	_cleanup_free_ char *many = malloc(5000);
	char *nonce = NULL;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		if (proof_parse(bad[i], strlen(bad[i]), &nonce, &digest, NULL) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
	memset(many, ' ', 5000);
	assert_int_equal(proof_parse(many, 5000, &nonce, &digest, NULL), -EBADMSG);
	assert_null(nonce);
	assert_int_equal(digest.bytes[0], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases_go_both_ways),
		cmocka_unit_test(ids_are_uuid_version_7),
		cmocka_unit_test(goes_both_ways),
		cmocka_unit_test(goes_both_ways_without_manifest),
		cmocka_unit_test(does_not_sign_what_nobody_takes),
		cmocka_unit_test(does_not_sign_too_much),
		cmocka_unit_test(refuses_wrong_values),
		cmocka_unit_test(refuses_missing_members),
		cmocka_unit_test(refuses_unknown_members),
		cmocka_unit_test(refuses_another_subject),
		cmocka_unit_test(refuses_several_subjects),
		cmocka_unit_test(refuses_other_bytes),
		cmocka_unit_test(proof_goes_both_ways),
		cmocka_unit_test(proof_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
