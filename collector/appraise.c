/* SPDX-License-Identifier: Apache-2.0 */
#include "appraise.h"

#include "guard.h"
#include "text.h"

#include <stdarg.h>
#include <string.h>

#define TEXT_MAX 1024

/* 10,000 findings with their members and related paths. */
static const struct guard_limits payload_limits = {.values = 1000000, .depth = 64};
static const struct guard_limits proof_limits = {.values = 16, .depth = 2};

static const char *const stage_names[_STAGE_MAX] = {
	[STAGE_ENVELOPE] = "envelope", [STAGE_PROOF] = "proof",	  [STAGE_INSTANCE] = "instance",
	[STAGE_MANIFEST] = "manifest", [STAGE_DIGEST] = "digest", [STAGE_FINDINGS] = "findings",
};

const char *stage_to_string(enum stage stage)
{
	return stage < _STAGE_MAX ? stage_names[stage] : NULL;
}

static size_t stage_of(const json_t *reason)
{
	const char *name = json_string_value(json_object_get(reason, "stage"));
	size_t stage = 0;

	while (stage < _STAGE_MAX && strcmp(stage_names[stage], name) != 0)
		stage++;
	return stage;
}

int appraisal_add(struct appraisal *appraisal, enum stage stage, enum verdict verdict,
		  const char *code, const char *format, ...)
{
	char text[TEXT_MAX];
	_cleanup_free_ char *safe = NULL;
	json_t *reason;
	size_t at = 0;
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* It may have been cut inside a character. */
	safe = text_to_utf8(text, strlen(text));
	if (!safe)
		return -ENOMEM;
	reason = json_pack("{s:s, s:s, s:s}", "stage", stage_names[stage], "code", code, "text",
			   safe);
	while (at < json_array_size(appraisal->reasons) &&
	       stage_of(json_array_get(appraisal->reasons, at)) <= stage)
		at++;
	if (json_array_insert_new(appraisal->reasons, at, reason) < 0)
		return -ENOMEM;
	appraisal->verdict = verdict_worst(appraisal->verdict, verdict);
	return 0;
}

static int open_evidence(const struct delivery *delivery, const struct key *key,
			 struct appraisal *appraisal, struct error *error)
{
	_cleanup_dsse_ struct dsse dsse = {0};
	int r = dsse_verify_key(delivery->evidence, strlen(delivery->evidence),
				DSSE_PAYLOAD_TYPE_INTOTO, key, &dsse, error);

	if (r < 0)
		return r;
	if (dsse.payload_size > EVIDENCE_SIZE_MAX)
		return error_set(error, -EBADMSG, "payload is larger than %d bytes",
				 EVIDENCE_SIZE_MAX);
	r = guard_check((const char *)dsse.payload, dsse.payload_size, payload_limits, error);
	if (r >= 0)
		r = evidence_parse(dsse.payload, dsse.payload_size, &appraisal->evidence, error);
	if (r >= 0)
		r = digest_compute(dsse.payload, dsse.payload_size, &appraisal->payload);
	if (r < 0)
		return r;
	if (strcmp(appraisal->evidence->instance_key_id, key_get_id(key)) != 0)
		return error_set(error, -EBADMSG,
				 "instance.key_id is not the id of the key in identity.key");
	return 0;
}

static int open_proof(const struct delivery *delivery, const struct key *key,
		      struct appraisal *appraisal, struct error *error)
{
	_cleanup_dsse_ struct dsse dsse = {0};
	struct digest digest;
	int r = dsse_verify_key(delivery->proof, strlen(delivery->proof), PROOF_PAYLOAD_TYPE, key,
				&dsse, error);

	if (r >= 0)
		r = guard_check((const char *)dsse.payload, dsse.payload_size, proof_limits, error);
	if (r >= 0)
		r = proof_parse(dsse.payload, dsse.payload_size, &appraisal->nonce_text, &digest,
				error);
	if (r < 0)
		return r;
	if (!digest_is_equal(&digest, &appraisal->payload))
		return error_set(error, -EBADMSG,
				 "sha256 is not that of the evidence's payload: sign the proof "
				 "over the evidence that goes with it");
	return 0;
}

/* What cannot be verified is refused with one code, whatever was wrong with it. */
static int refusal(int r)
{
	return r == -ENOMEM || r == -EIO ? r : -EBADMSG;
}

int appraise_open(const struct delivery *delivery, struct appraisal *ret, struct error *error)
{
	_cleanup_appraisal_ struct appraisal appraisal = {.verdict = VERDICT_NONE};
	_cleanup_(key_free_p) struct key *key = NULL;
	int r;

	appraisal.reasons = json_array();
	if (!appraisal.reasons)
		return -ENOMEM;
	r = key_parse_public(delivery->key_pem, strlen(delivery->key_pem), "identity.key", &key,
			     error);
	if (r >= 0)
		r = key_public_pem(key, &appraisal.key_pem, error);
	if (r < 0)
		return refusal(r);
	r = open_evidence(delivery, key, &appraisal, error);
	if (r < 0)
		return error_prefix(error, refusal(r), "evidence");
	r = open_proof(delivery, key, &appraisal, error);
	if (r < 0)
		return error_prefix(error, refusal(r), "proof");
	*ret = appraisal;
	appraisal = (struct appraisal){0};
	return 0;
}

int appraise_nonce(struct appraisal *appraisal, const struct nonce_secret *secret, int64_t now)
{
	int r = nonce_check(secret, appraisal->nonce_text, now, &appraisal->nonce);

	if (r == -EBADMSG) {
		appraisal->freshness = FRESHNESS_FOREIGN;
		return appraisal_add(appraisal, STAGE_PROOF, VERDICT_FAIL, "evidence.wrong-nonce",
				     "the nonce was not given by this collector");
	}
	if (r == -ETIME) {
		appraisal->freshness = FRESHNESS_EXPIRED;
		return appraisal_add(appraisal, STAGE_PROOF, VERDICT_FAIL, "evidence.wrong-nonce",
				     "the nonce's %d seconds are over", NONCE_SECONDS);
	}
	if (r < 0)
		return r;
	appraisal->freshness = FRESHNESS_FRESH;
	return 0;
}

static int check_known(struct appraisal *appraisal, const struct known *known)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(&appraisal->evidence->manifest_digest, hex);
	switch (known ? known->state : KNOWN_MISSING) {
	case KNOWN_GOOD:
		return 0;
	case KNOWN_REVOKED:
		return appraisal_add(appraisal, STAGE_MANIFEST, VERDICT_FAIL,
				     "evidence.revoked-manifest",
				     "manifest %s was revoked by an operator", hex);
	case KNOWN_UNTRUSTED:
		return appraisal_add(appraisal, STAGE_MANIFEST, VERDICT_FAIL,
				     "evidence.untrusted-signer",
				     "manifest %s is not signed by a key that this collector "
				     "trusts: %s",
				     hex, known->reason);
	case KNOWN_MISSING:
	case KNOWN_INVALID:
		break;
	}
	return appraisal_add(appraisal, STAGE_MANIFEST, VERDICT_FAIL, "evidence.unknown-manifest",
			     "manifest %s was never published to this collector", hex);
}

static bool text_is_equal(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

int appraise_manifest(struct appraisal *appraisal, const struct known *known, int64_t now)
{
	const struct evidence *evidence = appraisal->evidence;
	const struct manifest *manifest = known ? known->manifest : NULL;
	char expiry[21];
	int r;

	if (!evidence->has_manifest)
		return appraisal_add(appraisal, STAGE_MANIFEST, VERDICT_FAIL,
				     "evidence.no-manifest",
				     "the instance measured against no manifest");
	r = check_known(appraisal, known);
	if (r < 0 || !manifest)
		return r;
	if (manifest_is_expired(manifest, now)) {
		r = time_format(manifest->expires_at, expiry);
		if (r >= 0)
			r = appraisal_add(appraisal, STAGE_MANIFEST, VERDICT_FAIL,
					  "evidence.expired-manifest", "the manifest expired on %s",
					  expiry);
	}
	if (r < 0)
		return r;
	if (text_is_equal(evidence->manifest_signer, manifest->signer) &&
	    text_is_equal(evidence->image_name, manifest->image_name) &&
	    text_is_equal(evidence->image_version, manifest->image_version))
		return 0;
	return appraisal_add(appraisal, STAGE_MANIFEST, VERDICT_FAIL, "evidence.manifest-mismatch",
			     "the evidence says other things of the manifest than stand in it "
			     "(signer, image name or version)");
}

static int waive_one(struct finding *finding, const struct policy *policy, int64_t now)
{
	const struct policy_waiver *waiver;

	free(finding->waived);
	finding->waived = NULL;
	if (!policy)
		return 0;
	waiver = policy_match_waiver(policy, finding->code, finding->path ? finding->path : "/");
	if (!waiver || now >= waiver->until_seconds)
		return 0;
	if (asprintf(&finding->waived, "%s until %s: %s", waiver->owner, waiver->until,
		     waiver->reason) < 0) {
		finding->waived = NULL;
		return -ENOMEM;
	}
	return 0;
}

static bool is_coverage(const struct finding *finding)
{
	return strncmp(finding->code, "coverage.", 9) == 0;
}

static int add_weight(struct appraisal *appraisal)
{
	size_t counts[_SEVERITY_MAX];
	enum verdict verdict = findings_weigh(&appraisal->evidence->findings);

	findings_count(&appraisal->evidence->findings, counts);
	for (size_t i = 0; i < ELEMENTS(counts); i++)
		appraisal->n_open += counts[i];
	if (verdict == VERDICT_PASS) {
		appraisal->verdict = verdict_worst(appraisal->verdict, VERDICT_PASS);
		return 0;
	}
	return appraisal_add(appraisal, STAGE_FINDINGS, verdict, "evidence.findings",
			     "%zu critical, %zu high, %zu medium and %zu low findings",
			     counts[SEVERITY_CRITICAL], counts[SEVERITY_HIGH],
			     counts[SEVERITY_MEDIUM], counts[SEVERITY_LOW]);
}

/* The agent's opinion can make things worse but never better. */
static int compare_opinions(struct appraisal *appraisal, enum verdict weighed)
{
	enum verdict claimed = appraisal->evidence->verdict;

	if (claimed == VERDICT_NONE)
		return appraisal_add(appraisal, STAGE_FINDINGS, VERDICT_WARN,
				     "evidence.not-evaluated",
				     "the agent did not get to the end of its examination");
	if (claimed > weighed)
		return appraisal_add(appraisal, STAGE_FINDINGS, VERDICT_WARN,
				     "evidence.verdict-differs",
				     "the agent concluded %s and its findings amount to %s",
				     verdict_to_string(claimed), verdict_to_string(weighed));
	return 0;
}

int appraise_findings(struct appraisal *appraisal, const struct known *known, int64_t now)
{
	const struct policy *policy = known && known->manifest ? known->manifest->policy : NULL;
	struct findings *findings = &appraisal->evidence->findings;
	bool coverage = false;
	int r = 0;

	for (size_t i = 0; i < findings->count && r >= 0; i++) {
		r = waive_one(&findings->items[i], policy, now);
		coverage = coverage || is_coverage(&findings->items[i]);
	}
	if (r >= 0)
		r = add_weight(appraisal);
	if (r >= 0)
		r = compare_opinions(appraisal, findings_weigh(findings));
	if (r >= 0 && appraisal->evidence->coverage.unreadable > 0 && !coverage)
		r = appraisal_add(appraisal, STAGE_FINDINGS, VERDICT_WARN, "evidence.coverage",
				  "%llu entries could not be read and no finding says so",
				  (unsigned long long)appraisal->evidence->coverage.unreadable);
	return r;
}

static bool accounts(const struct finding *finding, enum phase phase)
{
	if (is_coverage(finding))
		return false;
	if (finding->severity != SEVERITY_INFO)
		return true;
	return phase == PHASE_BOOT && finding->path;
}

/* A digest of a part cannot be compared with that of the whole. */
static int add_partial(struct appraisal *appraisal)
{
	const struct coverage *coverage = &appraisal->evidence->coverage;

	if (coverage->unexamined > 0)
		return appraisal_add(appraisal, STAGE_DIGEST, VERDICT_WARN, "evidence.coverage",
				     "%llu entries were not examined",
				     (unsigned long long)coverage->unexamined);
	return appraisal_add(appraisal, STAGE_DIGEST, VERDICT_WARN, "evidence.coverage",
			     "only the critical paths were measured");
}

int appraise_digest(struct appraisal *appraisal, const struct known *known)
{
	const struct evidence *evidence = appraisal->evidence;
	const struct manifest *manifest = known ? known->manifest : NULL;
	char expected[DIGEST_HEX_SIZE], actual[DIGEST_HEX_SIZE];

	if (coverage_is_partial(&evidence->coverage))
		return add_partial(appraisal);
	if (!manifest)
		return 0;
	if (evidence->fixed_entries == manifest->fixed_entries &&
	    digest_is_equal(&evidence->fixed_digest, &manifest->fixed_digest))
		return 0;
	for (size_t i = 0; i < evidence->findings.count; i++)
		if (accounts(&evidence->findings.items[i], evidence->phase))
			return 0;
	digest_to_hex(&manifest->fixed_digest, expected);
	digest_to_hex(&evidence->fixed_digest, actual);
	return appraisal_add(appraisal, STAGE_DIGEST, VERDICT_FAIL, "evidence.digest-mismatch",
			     "the fixed entries differ from the manifest's and no finding accounts "
			     "for it: expected %llu entries, %s; measured %llu entries, %s",
			     (unsigned long long)manifest->fixed_entries, expected,
			     (unsigned long long)evidence->fixed_entries, actual);
}

int appraise_all(struct appraisal *appraisal, const struct nonce_secret *secret,
		 const struct known *known, int64_t now)
{
	int r = appraise_nonce(appraisal, secret, now);

	if (r >= 0)
		r = appraise_manifest(appraisal, known, now);
	if (r >= 0)
		r = appraise_findings(appraisal, known, now);
	if (r >= 0)
		r = appraise_digest(appraisal, known);
	return r;
}

void appraisal_done(struct appraisal *appraisal)
{
	evidence_free(appraisal->evidence);
	free(appraisal->key_pem);
	free(appraisal->nonce_text);
	json_decref(appraisal->reasons);
	*appraisal = (struct appraisal){0};
}
