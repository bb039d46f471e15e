/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"
#include "check/check.h"
#include "clock.h"
#include "file.h"
#include "image.h"
#include "log.h"
#include "measure/measure.h"
#include "place.h"
#include "report.h"
#include "seal.h"
#include "text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>

#define DAY_SECONDS 86400
#define DAYS_MAX    36500

/* Everything that one seal needs and makes. */
struct job {
	const struct agent_options *options;
	const char *root;
	char *out;
	int lock; /* of `out`: one seal at a time, so that none seals what another one writes */
	struct key *key;
	struct policy *policy;
	struct manifest *manifest;
	struct sealed sealed;
};

static void job_done(struct job *job)
{
	free(job->out);
	close_p(&job->lock);
	key_free(job->key);
	policy_free(job->policy);
	manifest_free(job->manifest);
	sealed_done(&job->sealed);
}

/* SOURCE_DATE_EPOCH stands for "now" when it is set
 * (reproducible-builds.org/specs/source-date-epoch). */
static int find_build_time(int64_t *ret, struct error *error)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;

	if (!text || !*text) {
		*ret = (int64_t)time(NULL);
		return 0;
	}
	errno = 0;
	*ret = strtoll(text, &end, 10);
	if (errno || *end || *ret < 0)
		return error_set(error, -EINVAL,
				 "SOURCE_DATE_EPOCH=%s: expected seconds since the epoch", text);
	return 0;
}

/* --expires: a day, or a number of days from the build. */
static int find_expiry(const char *text, int64_t built_at, int64_t *ret, struct error *error)
{
	_cleanup_free_ char *day = NULL;
	char *end;
	long days;

	if (!text) {
		*ret = 0;
		return 0;
	}
	days = strtol(text, &end, 10);
	if (*text && !*end && days > 0 && days <= DAYS_MAX) {
		*ret = built_at + days * DAY_SECONDS;
		return 0;
	}
	if (asprintf(&day, "%sT00:00:00Z", text) < 0) {
		day = NULL;
		return -ENOMEM;
	}
	if (time_parse(day, ret) < 0)
		return error_set(error, -EINVAL,
				 "--expires %s: expected YYYY-MM-DD or a number of days", text);
	if (*ret <= built_at)
		return error_set(error, -EINVAL, "--expires %s: lies before the image is built",
				 text);
	return 0;
}

/* The same tree and date must give the same manifest, so the serial comes from the body then. */
static int make_serial(struct manifest *manifest)
{
	const char *date = getenv("SOURCE_DATE_EPOCH");
	char hex[DIGEST_HEX_SIZE];

	if (!date || !*date)
		return evidence_make_id(&manifest->image_serial);
	digest_to_hex(&manifest->body_digest, hex);
	manifest->image_serial = strndup(hex, 32);
	return manifest->image_serial ? 0 : -ENOMEM;
}

static int name_image(struct job *job, struct error *error)
{
	const struct agent_options *options = job->options;
	_cleanup_image_ struct image image = {};
	int r = image_identify(job->root, &image);

	if (r < 0)
		return error_set(error, r, "root %s: %s; name the directory of a mounted image",
				 job->root, strerror(-r));
	job->manifest->image_name = strdup(options->image_name ? options->image_name : image.name);
	job->manifest->image_version =
		strdup(options->image_version ? options->image_version : image.version);
	job->manifest->tool_version = strdup(GOLDSEAL_VERSION);
	if (!job->manifest->image_name || !job->manifest->image_version ||
	    !job->manifest->tool_version)
		return -ENOMEM;
	return 0;
}

static bool is_text(const char *option)
{
	return !option || (*option && utf8_is_valid(option, strlen(option)));
}

/* What the command line alone decides. */
static int check_usage(struct job *job, struct error *error)
{
	const struct agent_options *options = job->options;
	int r;

	if (!options->key)
		return error_set(error, -EINVAL,
				 "seal needs --key FILE; `goldseal keygen --out NAME` makes one");
	if (!is_text(options->image_name) || !is_text(options->image_version))
		return error_set(error, -EINVAL,
				 "--image-name and --image-version: expected UTF-8, not empty");
	job->manifest = calloc(1, sizeof(*job->manifest));
	if (!job->manifest)
		return -ENOMEM;
	r = find_build_time(&job->manifest->built_at, error);
	return r < 0 ? r
		     : find_expiry(options->expires, job->manifest->built_at,
				   &job->manifest->expires_at, error);
}

static int find_out(struct job *job, struct error *error)
{
	if (!job->options->out)
		return place_find(job->root, MANIFEST_DIRECTORY, &job->out, error);
	job->out = strdup(job->options->out);
	return job->out ? 0 : -ENOMEM;
}

static int prepare(struct job *job, struct error *error)
{
	const struct agent_options *options = job->options;
	int r;

	job->root = options->root ? options->root : "/";
	r = find_out(job, error);
	if (r == 0)
		r = key_load_private(options->key, &job->key, error);
	if (r == 0)
		r = options->policy ? policy_load(options->policy, &job->policy, error)
				    : policy_new_default(&job->policy, error);
	if (r == 0)
		r = checks_check_policy(job->policy, error);
	return r < 0 ? r : name_image(job, error);
}

static int lock_out(struct job *job, struct error *error)
{
	int r = directory_make(job->out, 0755, error);

	if (r < 0)
		return r;
	job->lock = open(job->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (job->lock < 0)
		return file_error_set(error, -errno, job->out, "open");
	while (flock(job->lock, LOCK_EX) < 0)
		if (errno != EINTR)
			return file_error_set(error, -errno, job->out, "lock");
	return 0;
}

static int measure(struct job *job, struct error *error)
{
	struct progress progress;
	const struct seal_options options = {
		.root = job->root,
		.out = job->out,
		.policy = job->policy,
		.verity = job->options->fs_verity,
		.progress = &progress,
	};
	uint64_t start = clock_monotonic_ms();
	int r;

	measure_raise_limits();
	progress_init(&progress, job->options->quiet);
	r = lock_out(job, error);
	/* What a killed seal left there must not be sealed into the image. */
	if (r == 0)
		r = file_sweep(job->out, error);
	if (r == 0)
		r = seal_root(&options, job->manifest, &job->sealed, error);
	progress_done(&progress);
	job->sealed.timing.total_ms = clock_monotonic_ms() - start;
	if (r == 0)
		r = make_serial(job->manifest);
	return r;
}

static int write_manifest(struct job *job, struct error *error)
{
	_cleanup_free_ char *envelope = NULL;
	size_t size;
	int r;

	job->manifest->policy = TAKE_PTR(job->policy);
	r = manifest_sign(job->manifest, job->key, &envelope, &size, error);
	if (r == 0)
		r = digest_compute(envelope, size, &job->manifest->digest);
	return r < 0 ? r : seal_write(&job->sealed, job->out, envelope, size, error);
}

/* Findings that keep an image from being sealed: what was not measured, and what must not be in it.
 */
static enum exit_code judge(const struct findings *findings)
{
	enum exit_code code = EXIT_PASS;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (strncmp(finding->code, "coverage.", strlen("coverage.")) == 0)
			return EXIT_UNCHECKED;
		if (finding->severity >= SEVERITY_HIGH)
			code = EXIT_FINDINGS;
	}
	return code;
}

static void report_from_job(const struct job *job, struct report *ret)
{
	*ret = (struct report){
		.verdict = findings_weigh(&job->sealed.findings),
		.findings = &job->sealed.findings,
		.coverage = &job->sealed.coverage,
		.timing = job->sealed.timing,
		.root = job->root,
		.image_name = job->manifest->image_name,
		.image_version = job->manifest->image_version,
	};
}

static int show_json(const struct job *job, bool written)
{
	_cleanup_json_ json_t *root = NULL;
	char hex[DIGEST_HEX_SIZE];
	struct report report;
	json_t *manifest;

	report_from_job(job, &report);
	root = report_to_json(&report);
	digest_to_hex(&job->manifest->digest, hex);
	manifest = written ? json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "name",
				       job->manifest->image_name, "version",
				       job->manifest->image_version, "sha256", hex, "signer",
				       key_get_id(job->key), "entries",
				       (json_int_t)job->manifest->entries, "directory", job->out)
			   : json_null();
	if (!root || json_object_set_new(root, "manifest", manifest) < 0)
		return -ENOMEM;
	if (json_dumpf(root, stdout, JSON_COMPACT) < 0 || fputc('\n', stdout) == EOF)
		return -EIO;
	return 0;
}

static int show_text(const struct job *job, const struct report_style *style, bool written)
{
	const struct manifest *manifest = job->manifest;
	char hex[DIGEST_HEX_SIZE];
	struct report report;

	if (job->sealed.findings.count > 0) {
		int r;

		report_from_job(job, &report);
		r = report_write(&report, style, stdout);
		if (r < 0)
			return r;
	}
	if (!written || style->quiet)
		return 0;
	digest_to_hex(&manifest->digest, hex);
	printf("sealed %s %s: %" PRIu64 " entries, %.1f MB in %.1f s\n"
	       "  manifest  %s/%s\n"
	       "  sha256    %s\n"
	       "  signed by %s\n",
	       manifest->image_name, manifest->image_version, manifest->entries,
	       (double)manifest->bytes / 1e6, (double)job->sealed.timing.total_ms / 1e3, job->out,
	       MANIFEST_ENVELOPE_NAME, hex, key_get_id(job->key));
	return 0;
}

static int show(const struct job *job, const struct report_style *style, bool written)
{
	struct report report;

	if (style->format == REPORT_JSON)
		return show_json(job, written);
	if (style->format == REPORT_TEXT)
		return show_text(job, style, written);
	report_from_job(job, &report);
	return report_write(&report, style, stdout);
}

static int run(struct job *job, const struct report_style *style, enum exit_code *ret,
	       struct error *error)
{
	enum exit_code code;
	int r = measure(job, error);

	if (r < 0)
		return r;
	findings_sort(&job->sealed.findings);
	code = judge(&job->sealed.findings);
	if (code == EXIT_PASS)
		r = write_manifest(job, error);
	else
		log_error("not sealed: deal with the findings first; no manifest was written");
	if (r == 0)
		r = show(job, style, code == EXIT_PASS);
	*ret = code;
	return r;
}

int cmd_seal(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	const struct agent_options *given = options;
	_cleanup_(job_done) struct job job = {.options = given, .lock = -EBADF};
	_cleanup_error_ struct error error = {};
	enum exit_code code = EXIT_UNCHECKED;
	struct report_style style;
	int r;

	r = report_style_init_all(given->format, given->quiet, &style, &error);
	if (r == 0)
		r = check_usage(&job, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	r = prepare(&job, &error);
	if (r == 0)
		r = run(&job, &style, &code, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	return (int)code;
}
