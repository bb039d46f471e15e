/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verified payloads that an attacker with an instance's key can write: the first byte chooses
 * evidence ('e'), proof ('p') or a bare list of findings ('f'). What is accepted must be written
 * and read again without a difference.
 */
#include "evidence.h"
#include "json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_evidence(const uint8_t *data, size_t size)
{
	_cleanup_(evidence_free_p) struct evidence *evidence = NULL;
	_cleanup_error_ struct error error = {0};
	int r = evidence_parse(data, size, &evidence, &error);

	if (r < 0) {
		require(!evidence);
		return;
	}
	require(evidence->id && evidence->instance_id && evidence->instance_key_id);
	require(phase_to_string(evidence->phase) && verdict_to_string(evidence->verdict));
	require(evidence->findings.count <= FINDINGS_MAX);
	require(!evidence->has_manifest || evidence->manifest_signer);
	require(findings_weigh(&evidence->findings) != VERDICT_NONE);
}

static void fuzz_proof(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *nonce = NULL;
	struct digest digest;

	if (proof_parse(data, size, &nonce, &digest, NULL) == 0)
		require(nonce && *nonce);
}

static void fuzz_findings(const uint8_t *data, size_t size)
{
	_cleanup_json_ json_t *array = json_loadb((const char *)data, size, 0, NULL);
	_cleanup_findings_ struct findings findings = {0}, back = {0};
	_cleanup_json_ json_t *written = NULL, *again = NULL;
	_cleanup_error_ struct error error = {0};

	if (!array || findings_from_json(array, &findings, &error) < 0)
		return;
	written = findings_to_json(&findings);
	require(written && json_equal(written, array));
	require(findings_from_json(written, &back, NULL) == 0);
	findings_sort(&back);
	again = findings_to_json(&back);
	require(again && back.count == findings.count);
	require(findings_weigh(&back) == findings_weigh(&findings));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'e')
		fuzz_evidence(data + 1, size - 1);
	else if (data[0] == 'p')
		fuzz_proof(data + 1, size - 1);
	else if (data[0] == 'f')
		fuzz_findings(data + 1, size - 1);
	return 0;
}
