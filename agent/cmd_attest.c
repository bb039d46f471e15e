/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "deliver/spool.h"
#include "examine.h"
#include "file.h"
#include "log.h"
#include "platform/host.h"
#include "platform/instance.h"

#include <string.h>

/* What evidence is made of; the pointers in `evidence` are borrowed from the rest. */
struct attestation {
	struct config *config;
	struct examination examination;
	struct instance instance;
	struct host host;
	struct key *key;
	char *id;
	char *envelope;
};

static void attestation_done(struct attestation *attestation)
{
	config_free(attestation->config);
	examination_done(&attestation->examination);
	instance_done(&attestation->instance);
	host_done(&attestation->host);
	key_free(attestation->key);
	free(attestation->id);
	free(attestation->envelope);
}

static void set_manifest(struct evidence *evidence, const struct manifest *manifest)
{
	if (!manifest)
		return;
	evidence->has_manifest = true;
	evidence->manifest_digest = manifest->digest;
	evidence->manifest_signer = manifest->signer;
	evidence->image_name = manifest->image_name;
	evidence->image_version = manifest->image_version;
}

/* Borrows everything: never free it with evidence_free(). */
static struct evidence make_evidence(const struct attestation *attestation, json_t *boot)
{
	const struct examination *examination = &attestation->examination;
	const struct instance *instance = &attestation->instance;
	const struct host *host = &attestation->host;
	struct evidence evidence = {
		.id = attestation->id,
		.phase = examination->phase,
		.created_at = (int64_t)time(NULL),
		.agent_version = (char *)GOLDSEAL_VERSION,
		.agent_digest = host->agent_digest,
		.instance_id = instance->id,
		.instance_source = (char *)instance->source,
		.instance_key_id = (char *)key_get_id(attestation->key),
		.cloud = instance->cloud,
		.region = instance->region,
		.image_id = instance->image_id,
		.machine_id = host->machine_id,
		.boot_id = host->boot_id,
		.fixed_entries = examination->comparison.fixed_entries,
		.fixed_digest = examination->comparison.fixed_digest,
		.verdict = examination->verdict,
		.findings = examination->findings,
		.coverage = examination->comparison.coverage,
		.timing = examination->timing,
		.boot = boot,
		.boottime_ms = host->boottime_ms,
		.clock_synchronized = host->clock_synchronized,
	};

	set_manifest(&evidence, examination->manifest);
	return evidence;
}

static int identify(struct attestation *attestation, const struct agent_options *options,
		    struct error *error)
{
	const struct instance_sources sources = {
		.option = options->instance_id,
		.configured = attestation->config->instance_id,
		.root = attestation->examination.root,
	};
	int r;

	r = instance_identify(&sources, &attestation->instance, error);
	if (r == 0)
		r = host_read(&attestation->host, error);
	if (r == 0)
		r = evidence_make_id(&attestation->id);
	return r;
}

/* A manifest that is not accepted is what evidence must say, so the examination's error does not
 * end the attestation. */
static int examine_anyway(struct attestation *attestation, const struct agent_options *options,
			  struct error *error)
{
	struct examination *examination = &attestation->examination;
	_cleanup_error_ struct error reason = {};
	const struct examine_request request = {
		.options = options,
		.config = attestation->config,
		.attest = true,
	};
	int r = examine(&request, examination, &reason);

	if (r == 0)
		return 0;
	(void)log_error_errno(r, "%s", error_text(&reason, r));
	if (!examination->manifest_directory || examination->findings.count == 0)
		return error_set(error, r, "nothing to attest");
	if (!examination->comparison.coverage.checks) {
		r = coverage_init(&examination->comparison.coverage);
		if (r < 0)
			return r;
	}
	return coverage_set_check(&examination->comparison.coverage, "tree", "could not run");
}

/* Says in signed evidence that it does not hold everything. */
static int start_limit(struct finding *finding, size_t left_out)
{
	int r = finding_start(finding, "coverage.limit");

	if (r < 0)
		return r;
	/* Somebody may have made the many to hide the few. */
	finding->severity = SEVERITY_HIGH;
	if (asprintf(&finding->title, "Findings left out, the least grave ones: %zu", left_out) <
	    0) {
		finding->title = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* Signs the gravest `count` findings and that the others are left out. */
static int sign_gravest(struct attestation *attestation, struct evidence *evidence, size_t count,
			struct error *error)
{
	const struct findings *all = &attestation->examination.findings;
	_cleanup_free_ struct finding *kept = calloc(count + 1, sizeof(*kept));
	int r;

	if (!kept)
		return -ENOMEM;
	memcpy(kept, all->items, count * sizeof(*kept));
	r = start_limit(&kept[count], all->count - count);
	if (r == 0) {
		evidence->findings = (struct findings){.items = kept, .count = count + 1};
		evidence->verdict = VERDICT_FAIL;
		r = evidence_sign(evidence, attestation->key, &attestation->envelope, error);
	}
	finding_done(&kept[count]);
	return r;
}

/* Evidence that is too large must not be silence: it holds as many findings as fit, the gravest
 * first. */
static int sign(struct attestation *attestation, struct error *error)
{
	_cleanup_json_ json_t *boot = json_array();
	size_t count = attestation->examination.findings.count;
	struct evidence evidence;
	int r;

	if (!boot)
		return -ENOMEM;
	evidence = make_evidence(attestation, boot);
	r = evidence_sign(&evidence, attestation->key, &attestation->envelope, error);
	while ((r == -EFBIG || r == -E2BIG) && count > 0) {
		count /= 2;
		r = sign_gravest(attestation, &evidence, count, error);
	}
	return r;
}

/* Signed first and on disk first; the network comes later. */
static int store(const struct attestation *attestation, struct error *error)
{
	_cleanup_(spool_free_p) struct spool *spool = NULL;
	enum phase phase = attestation->examination.phase;
	int r;

	r = spool_open(attestation->config->state_directory, &spool, error);
	if (r < 0)
		return r;
	if (!attestation->config->url)
		return spool_save_latest(spool, phase, attestation->envelope, error);
	return spool_put(spool, attestation->id, phase, attestation->envelope, error);
}

static int attest(struct attestation *attestation, const struct agent_options *options,
		  struct error *error)
{
	int r;

	r = config_load(options->config, &attestation->config, error);
	/* First, so that a state directory that is not accepted is left as it is. */
	if (r == 0)
		r = instance_key_open(attestation->config->state_directory, &attestation->key,
				      error);
	/* What killed runs left there, before more comes. */
	if (r == 0)
		r = file_sweep(attestation->config->state_directory, error);
	if (r == 0)
		r = examine_anyway(attestation, options, error);
	if (r == 0)
		r = identify(attestation, options, error);
	if (r == 0)
		r = sign(attestation, error);
	if (r == 0)
		r = store(attestation, error);
	return r;
}

static int show(const struct attestation *attestation, const struct report_style *style)
{
	struct report report;

	report_from_examination(&attestation->examination, &report);
	report.instance_id = attestation->instance.id;
	report.evidence_id = attestation->id;
	return report_write(&report, style, stdout);
}

/* Beside an exit code: there is no evidence of this run to deliver. */
#define NOTHING_STORED 0x40

/* One attestation, up to where the evidence is on the disk and shown. */
struct run {
	const struct agent_options *given;
	struct report_style style;
};

static int run_attestation(void *data)
{
	const struct run *run = data;
	_cleanup_(attestation_done) struct attestation attestation = {};
	_cleanup_error_ struct error error = {};
	int r;

	r = attest(&attestation, run->given, &error);
	if (r == 0)
		r = show(&attestation, &run->style);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED | NOTHING_STORED;
	}
	return (int)report_exit_code(attestation.examination.verdict);
}

/* Undelivered evidence waits in the spool and does not change what was found. */
static void deliver(const struct agent_options *options, const struct report_style *style)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {};
	bool quiet = options->quiet || style->format != REPORT_TEXT;
	int r;

	if (options->no_deliver)
		return;
	r = config_load(options->config, &config, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return;
	}
	if (!config->url) {
		if (!quiet)
			log_info("no collector is configured: the evidence stays on this machine");
		return;
	}
	(void)fflush(stdout);
	if (deliver_spooled(config, quiet) != EXIT_PASS)
		log_warning("the evidence waits in %s/spool; `goldseal deliver` sends it later",
			    config->state_directory);
}

int cmd_attest(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	struct run run = {.given = options};
	_cleanup_error_ struct error error = {};
	int r;

	r = report_style_init(run.given->format, run.given->quiet, &run.style, &error);
	if (r == 0 && !run.given->phase)
		r = error_set(&error, -EINVAL, "attest needs --phase image or --phase boot");
	if (r == 0)
		r = examine_check_options(run.given, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	r = examine_in_time(run.given, run_attestation, &run);
	/* A disk that does not answer has nothing to deliver either. */
	if (r < 0)
		return EXIT_UNCHECKED;
	if (!(r & NOTHING_STORED))
		deliver(run.given, &run.style);
	return r & ~NOTHING_STORED;
}
