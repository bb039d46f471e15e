/* SPDX-License-Identifier: Apache-2.0 */
#include "examine.h"

#include "catalog.h"
#include "check/mechanism.h"
#include "clock.h"
#include "log.h"
#include "measure/dm.h"
#include "passes.h"
#include "place.h"
#include "recheck.h"
#include "supervise.h"
#include "text.h"

#include <string.h>
#include <sys/stat.h>

#define DEADLINE_MAX 86400 /* seconds */

/* After the deadline, what is under way may take this long to end by itself. */
#define GRACE_MS 5000

void examination_done(struct examination *examination)
{
	free(examination->root);
	free(examination->manifest_directory);
	manifest_free(examination->manifest);
	comparison_done(&examination->comparison);
	findings_done(&examination->findings);
	*examination = (struct examination){};
}

int examine_phase(const struct agent_options *options, enum phase *ret, struct error *error)
{
	enum phase phase = options->phase ? phase_from_string(options->phase) : PHASE_IMAGE;

	if ((int)phase < 0)
		return error_set(error, -EINVAL, "--phase %s: expected image or boot",
				 options->phase);
	*ret = phase;
	return 0;
}

int examine_tier(const struct agent_options *options, enum coverage_tier *ret, struct error *error)
{
	enum coverage_tier tier =
		options->tier ? coverage_tier_from_string(options->tier) : COVERAGE_ALL;

	if ((int)tier < 0)
		return error_set(error, -EINVAL, "--tier %s: expected all or critical",
				 options->tier);
	*ret = tier;
	return 0;
}

int examine_deadline(const struct agent_options *options, uint64_t *ret, struct error *error)
{
	unsigned long seconds;
	char *end;

	*ret = 0;
	if (!options->deadline)
		return 0;
	errno = 0;
	seconds = strtoul(options->deadline, &end, 10);
	if (options->deadline[0] < '0' || options->deadline[0] > '9' || *end || errno ||
	    seconds == 0 || seconds > DEADLINE_MAX)
		return error_set(error, -EINVAL, "--deadline %s: expected seconds, 1 to %d",
				 options->deadline, DEADLINE_MAX);
	*ret = seconds;
	return 0;
}

int examine_check_options(const struct agent_options *options, struct error *error)
{
	enum coverage_tier tier;
	uint64_t seconds;
	enum phase phase;
	int r = examine_phase(options, &phase, error);

	if (r == 0)
		r = examine_tier(options, &tier, error);
	return r < 0 ? r : examine_deadline(options, &seconds, error);
}

int examine_in_time(const struct agent_options *options, int (*run)(void *data), void *data)
{
	uint64_t seconds;

	if (examine_deadline(options, &seconds, NULL) < 0)
		return -EINVAL;
	if (seconds == 0)
		return run(data);
	return supervise(clock_monotonic_ms() + seconds * 1000 + GRACE_MS, run, data);
}

/* The manifest of a mounted image lies in that image, unless the option says otherwise. */
static int find_places(const struct agent_options *options, const struct config *config,
		       struct examination *ret, struct error *error)
{
	ret->root = strdup(options->root ? options->root : "/");
	if (!ret->root)
		return -ENOMEM;
	if (!options->manifest)
		return place_find(ret->root, config->manifest, &ret->manifest_directory, error);
	ret->manifest_directory = strdup(options->manifest);
	return ret->manifest_directory ? 0 : -ENOMEM;
}

/* The finding for a manifest that was not accepted. */
static const char *refusal_code(int r)
{
	switch (r) {
	case -ENOKEY:
	case -EKEYREVOKED:
		return "manifest.untrusted";
	case -EBADMSG:
		return "manifest.mismatch";
	default:
		return "coverage.check-failed";
	}
}

static int take_finding(struct examination *examination, const char *code, const char *title)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, code);

	if (r < 0)
		return r;
	finding.title = strdup(title);
	if (!finding.title)
		return -ENOMEM;
	return findings_take(&examination->findings, &finding);
}

/* Says where the trusted keys come from and what to do, when there are none or none of them signed.
 */
static int explain_trust(const char *anchors, int r, struct error *error)
{
	_cleanup_free_ char *reason = strdup(error_text(error, r));

	if (!reason)
		return -ENOMEM;
	return error_set(error, r,
			 "%s; the trusted keys are those of %s: put the signer's public key there, "
			 "or name it with --trust, if this image is yours",
			 reason, anchors);
}

static int accept_manifest(const struct agent_options *options, const struct config *config,
			   struct examination *ret, struct error *error)
{
	const char *anchors = options->trust ? options->trust : config->anchors;
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	int r;

	r = trust_load(anchors, &trust, error);
	if (r == -ENOENT || r == -ENOKEY)
		return explain_trust(anchors, r, error);
	if (r < 0)
		return r;
	r = manifest_load(ret->manifest_directory, trust, &ret->manifest, error);
	return r == -ENOKEY ? explain_trust(anchors, r, error) : r;
}

static int judge_expiry(struct examination *examination, int64_t now)
{
	const struct manifest *manifest = examination->manifest;
	_cleanup_free_ char *title = NULL;
	char day[21];

	if (!manifest_is_expired(manifest, now))
		return 0;
	if (time_format(manifest->expires_at, day) < 0)
		return -EINVAL;
	if (asprintf(&title, "The manifest of %s %s expired at %s", manifest->image_name,
		     manifest->image_version, day) < 0) {
		title = NULL;
		return -ENOMEM;
	}
	return take_finding(examination, "manifest.expired", title);
}

static int compare(const struct examine_request *request, const struct recheck *recheck,
		   struct examination *examination, struct error *error)
{
	struct progress progress;
	const struct passes_options options = {
		.compare =
			{
				.root = examination->root,
				.manifest = examination->manifest,
				.manifest_directory = examination->manifest_directory,
				.phase = examination->phase,
				.progress = &progress,
				.is_minor = mechanism_is_minor,
				.full = request->options->full,
				.tier = examination->tier,
				.deadline_ms = examination->deadline_ms,
				.state = recheck->state,
				.record = recheck->record,
			},
		.tiered = request->attest && examination->tier == COVERAGE_ALL,
		.now = (int64_t)time(NULL),
		.rules = request->config->rules,
	};
	int r;

	measure_raise_limits();
	progress_init(&progress, request->options->quiet);
	r = judge_expiry(examination, options.now);
	if (r == 0)
		r = passes_run(&options, &examination->comparison, &examination->findings, error);
	progress_done(&progress);
	return r;
}

/* Says when every block of the root is one that the kernel checks. */
static int note_verity_root(struct examination *examination)
{
	_cleanup_dm_verity_ struct dm_verity verity = {};
	_cleanup_error_ struct error error = {};
	struct stat st;
	int r;

	if (stat(examination->root, &st) < 0)
		return 0;
	r = dm_verity_read(st.st_dev, &verity, &error);
	if (r < 0)
		log_debug("dm-verity: %s", error_text(&error, r));
	if (r <= 0 || !dm_verity_is_enforced(&verity))
		return 0;
	return coverage_set_vouched(&examination->comparison.coverage, "dm-verity",
				    json_string(verity.root_hash));
}

static int compare_with_notes(const struct examine_request *request,
			      struct examination *examination, struct error *error)
{
	_cleanup_recheck_ struct recheck recheck = {};
	int r = 0;

	if (request->attest)
		r = recheck_open(examination, request->config->state_directory,
				 request->options->full, &recheck);
	if (r == 0)
		r = compare(request, &recheck, examination, error);
	if (r == 0)
		r = note_verity_root(examination);
	if (r == 0 && !coverage_is_partial(&examination->comparison.coverage))
		recheck_commit(&recheck);
	return r;
}

static int parse_limits(const struct agent_options *options, struct examination *ret,
			struct error *error)
{
	uint64_t seconds;
	int r;

	r = examine_phase(options, &ret->phase, error);
	if (r == 0)
		r = examine_tier(options, &ret->tier, error);
	if (r == 0)
		r = examine_deadline(options, &seconds, error);
	if (r == 0 && seconds > 0)
		ret->deadline_ms = clock_monotonic_ms() + seconds * 1000;
	return r;
}

int examine(const struct examine_request *request, struct examination *ret, struct error *error)
{
	uint64_t start = clock_monotonic_ms();
	int r;

	*ret = (struct examination){};
	r = parse_limits(request->options, ret, error);
	if (r == 0)
		r = find_places(request->options, request->config, ret, error);
	if (r < 0)
		return r;

	r = accept_manifest(request->options, request->config, ret, error);
	if (r == 0)
		r = compare_with_notes(request, ret, error);
	ret->timing = ret->comparison.timing;
	ret->timing.total_ms = clock_monotonic_ms() - start;
	if (r < 0) {
		int s = take_finding(ret, refusal_code(r), error_text(error, r));

		return s < 0 ? s : r;
	}
	ret->verdict = findings_weigh(&ret->findings);
	return 0;
}

void report_from_examination(const struct examination *examination, struct report *ret)
{
	const struct manifest *manifest = examination->manifest;

	*ret = (struct report){
		.verdict = examination->verdict,
		.findings = &examination->findings,
		.coverage = &examination->comparison.coverage,
		.timing = examination->timing,
		.root = examination->root,
		.image_name = manifest ? manifest->image_name : NULL,
		.image_version = manifest ? manifest->image_version : NULL,
		.manifest_signer = manifest ? manifest->signer : NULL,
		.phase = examination->phase,
	};
}
