/* SPDX-License-Identifier: Apache-2.0 */
#include "passes.h"

#include "catalog.h"
#include "check/check.h"
#include "measure/root.h"
#include "platform/priority.h"
#include "verdict.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

/* Files that the first pass may hand on to the second, unread. */
#define CRITICAL_MAX 32768

/* What the critical paths amounted to. */
struct early {
	struct known *known;
	struct comparison comparison;
	struct findings findings;
};

static void early_done(struct early *early)
{
	known_free(early->known);
	comparison_done(&early->comparison);
	findings_done(&early->findings);
}

static int take_deadline(const struct comparison *comparison, struct findings *findings)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, "coverage.deadline");

	if (r < 0)
		return r;
	if (asprintf(&finding.title, "Time ran out: %" PRIu64 " entries were not examined",
		     comparison->coverage.unexamined) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	if (comparison->late_path) {
		finding.path = strdup(comparison->late_path);
		if (!finding.path)
			return -ENOMEM;
	}
	return findings_take(findings, &finding);
}

/* Whether the root is what this process itself runs in, and not a mounted image. */
static bool is_running_system(int root_fd)
{
	struct stat root, own;

	return fstat(root_fd, &root) == 0 && stat("/", &own) == 0 && root.st_dev == own.st_dev &&
	       root.st_ino == own.st_ino;
}

static int run_checks(const struct passes_options *options, const struct compare_options *compare,
		      struct comparison *comparison, struct findings *findings)
{
	_cleanup_close_ int root_fd = root_open(compare->root);
	/* What runs is looked at once, by the pass that knows all differences. */
	bool first = options->tiered && compare->tier == COVERAGE_CRITICAL;
	struct check_context context = {
		.situation = compare->phase == PHASE_BOOT ? SITUATION_BOOT : SITUATION_IMAGE,
		.root_fd = root_fd,
		.policy = compare->manifest->policy,
		.comparison = comparison,
		.rules = options->rules,
		.now = options->now,
		.deadline_ms = compare->deadline_ms,
	};

	if (root_fd < 0)
		return root_fd;
	context.live = !first && is_running_system(root_fd);
	return checks_run(&context, &comparison->coverage, findings);
}

static int run_one(const struct passes_options *options, const struct compare_options *compare,
		   struct comparison *ret, struct findings *findings, struct error *error)
{
	int r = compare_root(compare, ret, error);

	if (r == 0)
		r = run_checks(options, compare, ret, findings);
	if (r == 0 && ret->late)
		r = take_deadline(ret, findings);
	return r;
}

/* For a unit's status, and for who watches. */
static void tell(const struct early *early, const struct progress *progress)
{
	const char *verdict = verdict_to_string(findings_weigh(&early->findings));
	const struct comparison *comparison = &early->comparison;

	(void)sd_notifyf(0, "STATUS=critical paths: %s", verdict);
	progress_say(progress, "critical paths: %s, %" PRIu64 " entries, %" PRIu64 " ms", verdict,
		     comparison->coverage.entries, comparison->timing.walk_ms);
}

static int run_early(const struct passes_options *options, struct early *early, struct error *error)
{
	struct compare_options compare = options->compare;
	int r = known_new(CRITICAL_MAX, &early->known);

	if (r < 0)
		return r;
	compare.tier = COVERAGE_CRITICAL;
	compare.known = early->known;
	compare.record = NULL;
	r = run_one(options, &compare, &early->comparison, &early->findings, error);
	if (r == 0 && compare.state)
		r = state_reader_rewind(compare.state);
	if (r == 0)
		tell(early, compare.progress);
	return r;
}

static json_t *early_to_json(const struct early *early)
{
	const struct comparison *comparison = &early->comparison;

	return json_pack("{s:s, s:s, s:I, s:I}", "tier", coverage_tier_to_string(COVERAGE_CRITICAL),
			 "verdict", verdict_to_string(findings_weigh(&early->findings)), "entries",
			 (json_int_t)comparison->coverage.entries, "ms",
			 (json_int_t)comparison->timing.walk_ms);
}

static bool has_finding(const struct findings *findings, const struct finding *wanted)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (strcmp(finding->code, wanted->code) == 0 &&
		    strcmp(finding->path ? finding->path : "", wanted->path ? wanted->path : "") ==
			    0)
			return true;
	}
	return false;
}

/* What the first pass found is true although the second did not come to it. */
static int keep_early(struct early *early, struct findings *findings)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < early->findings.count; i++) {
		struct finding *finding = &early->findings.items[i];

		if (strcmp(finding->code, "coverage.deadline") != 0 &&
		    !has_finding(findings, finding))
			r = findings_take(findings, finding);
	}
	findings_sort(findings);
	return r;
}

static int run_rest(const struct passes_options *options, struct early *early,
		    struct comparison *ret, struct findings *findings, struct error *error)
{
	struct compare_options compare = options->compare;
	struct priority priority;
	int r;

	compare.known = early->known;
	priority_lower(&priority);
	r = run_one(options, &compare, ret, findings, error);
	priority_restore(&priority);
	if (r < 0)
		return r;
	ret->coverage.early = early_to_json(early);
	if (!ret->coverage.early)
		return -ENOMEM;
	ret->coverage.bytes += early->comparison.coverage.bytes;
	ret->coverage.hashed += early->comparison.coverage.hashed;
	return ret->late ? keep_early(early, findings) : 0;
}

int passes_run(const struct passes_options *options, struct comparison *ret,
	       struct findings *findings, struct error *error)
{
	_cleanup_(early_done) struct early early = {};
	int r;

	if (!options->tiered)
		return run_one(options, &options->compare, ret, findings, error);
	r = run_early(options, &early, error);
	return r < 0 ? r : run_rest(options, &early, ret, findings, error);
}
