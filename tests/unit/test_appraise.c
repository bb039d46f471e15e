/* SPDX-License-Identifier: Apache-2.0 */
#include "appraise.h"

#include "collected.h"
#include "text.h"

struct fixture {
	struct key *key;
	struct known *known;
	struct evidence *evidence;
	const char *nonce; /* NULL: a fresh one */
	struct appraisal appraisal;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->key = make_key();
	fixture->known = make_known("waive file.* /opt/* owner=ops until=2030-01-01 reason=known\n"
				    "waive file.* /old owner=ops until=2020-01-01 reason=over\n");
	fixture->evidence = make_evidence(fixture->key);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	appraisal_done(&fixture->appraisal);
	evidence_free(fixture->evidence);
	free_known(fixture->known);
	key_free(fixture->key);
	free(fixture);
	return 0;
}

/* The whole way; the codes of the reasons, in order, and the verdict. */
static void expect(struct fixture *fixture, const char *codes, enum verdict verdict)
{
	_cleanup_free_ char *fresh = make_nonce(NOW);
	_cleanup_delivery_ struct delivery delivery = make_delivery(
		fixture->evidence, fixture->key, fixture->nonce ? fixture->nonce : fresh);
	_cleanup_error_ struct error error = {0};
	_cleanup_buffer_ struct buffer found = {0};
	struct appraisal *appraisal = &fixture->appraisal;
	const struct known *known = fixture->evidence->has_manifest ? fixture->known : NULL;

	appraisal_done(appraisal);
	if (appraise_open(&delivery, appraisal, &error) < 0)
		fail_msg("%s", error_text(&error, -EBADMSG));
	assert_int_equal(appraise_all(appraisal, &secret, known, NOW), 0);
	for (size_t i = 0; i < json_array_size(appraisal->reasons); i++)
		assert_int_equal(
			buffer_printf(&found, "%s%s", i ? " " : "",
				      json_string_value(json_object_get(
					      json_array_get(appraisal->reasons, i), "code"))),
			0);
	assert_string_equal(found.data ? found.data : "", codes);
	assert_int_equal(appraisal->verdict, verdict);
}

static void test_pass(void **state)
{
	struct fixture *fixture = *state;

	expect(fixture, "", VERDICT_PASS);
	assert_int_equal(fixture->appraisal.freshness, FRESHNESS_FRESH);
	assert_int_equal(fixture->appraisal.n_open, 0);
}

static void test_nonce(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_free_ char *late = make_nonce(NOW - NONCE_SECONDS);

	fixture->nonce = late;
	expect(fixture, "evidence.wrong-nonce", VERDICT_FAIL);
	assert_int_equal(fixture->appraisal.freshness, FRESHNESS_EXPIRED);
	fixture->nonce = "someone else's";
	expect(fixture, "evidence.wrong-nonce", VERDICT_FAIL);
	assert_int_equal(fixture->appraisal.freshness, FRESHNESS_FOREIGN);
}

static void test_manifest(void **state)
{
	static const struct {
		enum known_state known;
		const char *code;
	} rows[] = {
		{KNOWN_MISSING, "evidence.unknown-manifest"},
		{KNOWN_REVOKED, "evidence.revoked-manifest"},
		{KNOWN_UNTRUSTED, "evidence.untrusted-signer"},
		{KNOWN_INVALID, "evidence.unknown-manifest"},
	};
	struct fixture *fixture = *state;

	fixture->known->reason = copy("why");
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		fixture->known->state = rows[i].known;
		expect(fixture, rows[i].code, VERDICT_FAIL);
	}
	fixture->known->state = KNOWN_GOOD;
	fixture->known->manifest->expires_at = NOW;
	expect(fixture, "evidence.expired-manifest", VERDICT_FAIL);
	fixture->known->manifest->expires_at = NOW + 60;
	expect(fixture, "", VERDICT_PASS);
	fixture->evidence->has_manifest = false;
	expect(fixture, "evidence.no-manifest", VERDICT_FAIL);
}

static void test_manifest_mismatch(void **state)
{
	struct fixture *fixture = *state;
	char **members[] = {&fixture->evidence->manifest_signer, &fixture->evidence->image_name,
			    &fixture->evidence->image_version};

	for (size_t i = 0; i < ELEMENTS(members); i++) {
		char *kept = *members[i];

		*members[i] = copy("other");
		expect(fixture, "evidence.manifest-mismatch", VERDICT_FAIL);
		free(*members[i]);
		*members[i] = kept;
	}
}

static void test_digest(void **state)
{
	struct fixture *fixture = *state;

	fixture->evidence->fixed_entries = 4;
	expect(fixture, "evidence.digest-mismatch", VERDICT_FAIL);
	fixture->evidence->fixed_entries = 3;
	fixture->evidence->fixed_digest.bytes[31] ^= 1;
	expect(fixture, "evidence.digest-mismatch", VERDICT_FAIL);
	/* Neither what could not be read nor what is said by the way accounts for it ... */
	add_finding(fixture->evidence, "coverage.limit", SEVERITY_LOW, NULL);
	add_finding(fixture->evidence, "file.changed", SEVERITY_INFO, "/x");
	fixture->evidence->verdict = VERDICT_WARN;
	expect(fixture, "evidence.digest-mismatch evidence.findings", VERDICT_FAIL);
	/* ... but in the boot phase, which tells of what it could explain. */
	fixture->evidence->phase = PHASE_BOOT;
	expect(fixture, "evidence.findings", VERDICT_WARN);
	fixture->evidence->phase = PHASE_IMAGE;
	add_finding(fixture->evidence, "file.changed", SEVERITY_MEDIUM, "/x");
	expect(fixture, "evidence.findings", VERDICT_WARN);
}

/* The digest of a part says nothing of the whole, so it neither passes nor fails. */
static void test_partial(void **state)
{
	struct fixture *fixture = *state;
	struct coverage *coverage = &fixture->evidence->coverage;

	coverage->unexamined = 1;
	expect(fixture, "evidence.coverage", VERDICT_WARN);
	fixture->evidence->fixed_entries = 2;
	expect(fixture, "evidence.coverage", VERDICT_WARN);
	coverage->unexamined = 0;
	coverage->tier = COVERAGE_CRITICAL;
	expect(fixture, "evidence.coverage", VERDICT_WARN);
	coverage->tier = COVERAGE_ALL;
	expect(fixture, "evidence.digest-mismatch", VERDICT_FAIL);
	coverage->tier = COVERAGE_CRITICAL;
	fixture->evidence->verdict = VERDICT_FAIL;
	add_finding(fixture->evidence, "file.changed", SEVERITY_HIGH, "/x");
	expect(fixture, "evidence.coverage evidence.findings", VERDICT_FAIL);
}

static void test_findings(void **state)
{
	static const struct {
		enum severity severity;
		enum verdict verdict;
	} rows[] = {
		{SEVERITY_INFO, VERDICT_PASS},	   {SEVERITY_LOW, VERDICT_WARN},
		{SEVERITY_MEDIUM, VERDICT_WARN},   {SEVERITY_HIGH, VERDICT_FAIL},
		{SEVERITY_CRITICAL, VERDICT_FAIL},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		add_finding(fixture->evidence, "file.changed", rows[i].severity, "/usr/bin/x");
		expect(fixture, rows[i].verdict == VERDICT_PASS ? "" : "evidence.findings",
		       rows[i].verdict);
		assert_int_equal(fixture->appraisal.n_open, i + 1);
	}
}

static void test_waivers(void **state)
{
	struct fixture *fixture = *state;
	const struct finding *shown;

	/* The difference that a waiver accepts also accounts for the digest. */
	add_finding(fixture->evidence, "file.changed", SEVERITY_CRITICAL, "/opt/x");
	fixture->evidence->fixed_entries = 4;
	expect(fixture, "", VERDICT_PASS);
	shown = &fixture->appraisal.evidence->findings.items[0];
	assert_string_equal(shown->waived, "ops until 2030-01-01: known");
	assert_int_equal(fixture->appraisal.n_open, 0);
	/* An expired waiver is none, and the agent's word is none either. */
	add_finding(fixture->evidence, "file.changed", SEVERITY_HIGH, "/old");
	expect(fixture, "evidence.findings", VERDICT_FAIL);
	assert_null(fixture->appraisal.evidence->findings.items[1].waived);
	assert_int_equal(fixture->appraisal.n_open, 1);
}

static void test_opinions(void **state)
{
	struct fixture *fixture = *state;

	fixture->evidence->verdict = VERDICT_NONE;
	expect(fixture, "evidence.not-evaluated", VERDICT_WARN);
	fixture->evidence->verdict = VERDICT_FAIL;
	expect(fixture, "evidence.verdict-differs", VERDICT_WARN);
	fixture->evidence->verdict = VERDICT_PASS;
	fixture->evidence->coverage.unreadable = 1;
	expect(fixture, "evidence.coverage", VERDICT_WARN);
	add_finding(fixture->evidence, "file.changed", SEVERITY_HIGH, "/x");
	expect(fixture, "evidence.findings evidence.coverage", VERDICT_FAIL);
}

/* Reasons stand in the order of the stages, whatever order they came in. */
static void test_order(void **state)
{
	struct fixture *fixture = *state;

	fixture->nonce = "x";
	fixture->known->state = KNOWN_REVOKED;
	fixture->evidence->fixed_entries = 4;
	fixture->evidence->verdict = VERDICT_NONE;
	expect(fixture,
	       "evidence.wrong-nonce evidence.revoked-manifest evidence.digest-mismatch "
	       "evidence.not-evaluated",
	       VERDICT_FAIL);
}

static void refuse(const struct delivery *delivery, const char *says)
{
	_cleanup_appraisal_ struct appraisal appraisal = {0};
	_cleanup_error_ struct error error = {0};
	int r = appraise_open(delivery, &appraisal, &error);

	if (r != -EBADMSG || !strstr(error_text(&error, r), says))
		fail_msg("expected \"%s\", found %d \"%s\"", says, r, error_text(&error, r));
	assert_null(appraisal.evidence);
}

static void test_refused(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(key_free_p) struct key *other = make_key();
	_cleanup_(evidence_free_p) struct evidence *second = make_evidence(fixture->key);
	_cleanup_delivery_ struct delivery good =
		make_delivery(fixture->evidence, fixture->key, "n");
	_cleanup_delivery_ struct delivery next = make_delivery(second, fixture->key, "n");
	_cleanup_delivery_ struct delivery foreign = make_delivery(fixture->evidence, other, "n");
	struct delivery mixed;

	refuse(&foreign, "instance.key_id");
	mixed = good;
	mixed.key_pem = foreign.key_pem;
	refuse(&mixed, "evidence: ");
	mixed = good;
	mixed.proof = foreign.proof;
	refuse(&mixed, "proof: ");
	mixed.proof = next.proof;
	refuse(&mixed, "sha256");
	mixed.proof = good.evidence;
	refuse(&mixed, "proof: ");
	mixed = good;
	mixed.evidence = good.proof;
	refuse(&mixed, "evidence: ");
	mixed = good;
	mixed.key_pem = (char *)(uintptr_t) "no key";
	refuse(&mixed, "identity.key");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(pass),   TEST(nonce),    TEST(manifest), TEST(manifest_mismatch),
		TEST(digest), TEST(findings), TEST(waivers),  TEST(opinions),
		TEST(order),  TEST(refused),  TEST(partial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
