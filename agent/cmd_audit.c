/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_root.h"
#include "catalog.h"
#include "check/check.h"
#include "check/mechanism.h"
#include "clock.h"
#include "examine.h"
#include "log.h"
#include "measure/root.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

/* All that one audit needs and makes. */
struct job {
	const struct agent_options *options;
	const char *root;
	uint64_t deadline_ms;
	int root_fd;
	struct config *config;
	struct policy *policy;
	struct packages *packages; /* NULL: the root has no database */
	struct comparison comparison;
	struct findings findings;
	struct evidence_timing timing;
	enum verdict verdict;
};

static void job_done(struct job *job)
{
	close_p(&job->root_fd);
	config_free(job->config);
	policy_free(job->policy);
	packages_free(job->packages);
	comparison_done(&job->comparison);
	findings_done(&job->findings);
}

static int load_policy(struct job *job, struct error *error)
{
	const char *path = job->options->policy;
	int r = path ? policy_load(path, &job->policy, error)
		     : policy_new_default(&job->policy, error);

	return r < 0 ? r : checks_check_policy(job->policy, error);
}

static int load_packages(struct job *job, struct error *error)
{
	int r = packages_load(job->root_fd, &job->packages, error);

	/* A finding says so. */
	return r == -ENOENT ? 0 : r;
}

/* What vouched, or why nothing did, beside the checks. */
static int note_packages(struct job *job)
{
	_cleanup_free_ char *state = NULL;
	struct stat st;
	int r;

	if (job->packages)
		r = asprintf(&state, "ran: %zu of dpkg", packages_count(job->packages));
	else if (fstatat(job->root_fd, "var/lib/rpm", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
		 fstatat(job->root_fd, "usr/lib/sysimage/rpm", &st, AT_SYMLINK_NOFOLLOW) == 0)
		r = asprintf(&state, "not run: a database of rpm, which is not read");
	else
		r = asprintf(&state, "not run: no database of dpkg");
	if (r < 0) {
		state = NULL;
		return -ENOMEM;
	}
	return coverage_set_check(&job->comparison.coverage, "packages", state);
}

static int measure(struct job *job, struct error *error)
{
	struct progress progress;
	const struct audit_options options = {
		.root = job->root,
		.policy = job->policy,
		.packages = job->packages,
		.progress = &progress,
		.deadline_ms = job->deadline_ms,
		.is_minor = mechanism_is_minor,
	};
	int r;

	measure_raise_limits();
	progress_init(&progress, job->options->quiet);
	r = audit_root(&options, &job->comparison, error);
	progress_done(&progress);
	return r;
}

static int take_deadline(struct job *job)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, "coverage.deadline");

	if (r < 0)
		return r;
	if (asprintf(&finding.title, "Time ran out: %" PRIu64 " entries were not examined",
		     job->comparison.coverage.unexamined) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(&job->findings, &finding);
}

static int check(struct job *job)
{
	struct check_context context = {
		.situation = SITUATION_AUDIT,
		.root_fd = job->root_fd,
		.policy = job->policy,
		.comparison = &job->comparison,
		.packages = job->packages,
		.unvouched = !job->packages,
		.rules = job->config->rules,
		.now = (int64_t)time(NULL),
		.deadline_ms = job->deadline_ms,
	};
	int r = checks_run(&context, &job->comparison.coverage, &job->findings);

	return r == 0 && job->comparison.late ? take_deadline(job) : r;
}

static int run(struct job *job, struct error *error)
{
	uint64_t start_ms = clock_monotonic_ms(), seconds;
	int r = examine_deadline(job->options, &seconds, error);

	if (r == 0 && seconds > 0)
		job->deadline_ms = start_ms + seconds * 1000;
	job->root_fd = root_open(job->root);
	if (r == 0 && job->root_fd < 0)
		return error_set(error, job->root_fd, "%s: cannot be opened: %s", job->root,
				 strerror(-job->root_fd));
	if (r == 0)
		r = config_load(job->options->config, &job->config, error);
	if (r == 0)
		r = load_policy(job, error);
	if (r == 0)
		r = load_packages(job, error);
	if (r == 0)
		r = measure(job, error);
	if (r == 0)
		r = note_packages(job);
	if (r == 0)
		r = check(job);
	job->timing = job->comparison.timing;
	job->timing.total_ms = clock_monotonic_ms() - start_ms;
	if (r == 0)
		job->verdict = findings_weigh(&job->findings);
	return r;
}

struct auditing {
	const struct agent_options *given;
	struct report_style style;
};

static int audit(void *data)
{
	const struct auditing *auditing = data;
	_cleanup_(job_done) struct job job = {
		.options = auditing->given,
		.root = auditing->given->root ? auditing->given->root : "/",
		.root_fd = -EBADF,
	};
	_cleanup_error_ struct error error = {};
	struct report report;
	int r = run(&job, &error);

	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	report = (struct report){
		.verdict = job.verdict,
		.findings = &job.findings,
		.coverage = &job.comparison.coverage,
		.timing = job.timing,
		.root = job.root,
		.audit = true,
	};
	r = report_write(&report, &auditing->style, stdout);
	if (r < 0) {
		(void)log_error_errno(r, "cannot write the report: %m");
		return EXIT_UNCHECKED;
	}
	return (int)report_exit_code(job.verdict);
}

int cmd_audit(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	struct auditing auditing = {.given = options};
	_cleanup_error_ struct error error = {};
	uint64_t seconds;
	int r = report_style_init_all(auditing.given->format, auditing.given->quiet,
				      &auditing.style, &error);

	if (r == 0)
		r = examine_deadline(auditing.given, &seconds, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	r = examine_in_time(auditing.given, audit, &auditing);
	return r < 0 ? EXIT_UNCHECKED : r;
}
