/* SPDX-License-Identifier: Apache-2.0 */
#include "examine.h"

#include "catalog.h"
#include "check/mechanism.h"
#include "check/tree.h"
#include "clock.h"
#include "text.h"

#include <string.h>

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

/* The manifest of a mounted image lies in that image, unless the option says otherwise. */
static int find_places(const struct agent_options *options, const struct config *config,
		       struct examination *ret)
{
	ret->root = strdup(options->root ? options->root : "/");
	if (!ret->root)
		return -ENOMEM;
	if (options->manifest) {
		ret->manifest_directory = strdup(options->manifest);
	} else if (asprintf(&ret->manifest_directory, "%s%s",
			    strcmp(ret->root, "/") == 0 ? "" : ret->root, config->manifest) < 0) {
		ret->manifest_directory = NULL;
	}
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

static int compare_and_check(struct examination *examination, int64_t now, bool quiet,
			     struct error *error)
{
	struct progress progress;
	const struct compare_options options = {
		.root = examination->root,
		.manifest = examination->manifest,
		.manifest_directory = examination->manifest_directory,
		.phase = examination->phase,
		.progress = &progress,
		.is_minor = mechanism_is_minor,
	};
	int r;

	measure_raise_limits();
	progress_init(&progress, quiet);
	r = judge_expiry(examination, now);
	if (r == 0)
		r = compare_root(&options, &examination->comparison, error);
	progress_done(&progress);
	if (r == 0)
		r = tree_check(examination->root, examination->manifest, &examination->comparison,
			       now, &examination->findings);
	return r;
}

int examine(const struct agent_options *options, const struct config *config,
	    struct examination *ret, struct error *error)
{
	uint64_t start = clock_monotonic_ms();
	int r;

	*ret = (struct examination){};
	r = examine_phase(options, &ret->phase, error);
	if (r == 0)
		r = find_places(options, config, ret);
	if (r < 0)
		return r;

	r = accept_manifest(options, config, ret, error);
	if (r == 0)
		r = compare_and_check(ret, (int64_t)time(NULL), options->quiet, error);
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
