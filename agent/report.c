/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <string.h>

static const char *const format_names[_REPORT_FORMAT_MAX] = {
	[REPORT_TEXT] = "text",
	[REPORT_JSON] = "json",
	[REPORT_SARIF] = "sarif",
	[REPORT_JUNIT] = "junit",
};

const char *report_format_to_string(enum report_format format)
{
	if (format <= 0 || format >= _REPORT_FORMAT_MAX)
		return NULL;
	return format_names[format];
}

enum report_format report_format_from_string(const char *text)
{
	if (!text)
		return REPORT_TEXT;
	for (int i = 1; i < _REPORT_FORMAT_MAX; i++)
		if (strcmp(format_names[i], text) == 0)
			return (enum report_format)i;
	return _REPORT_FORMAT_INVALID;
}

/* no-color.org: any text but the empty one turns colour off. */
static bool wants_colour(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	if (!term || strcmp(term, "dumb") == 0)
		return false;
	return isatty(STDOUT_FILENO) == 1;
}

static struct report_style style_of(enum report_format format, bool quiet)
{
	return (struct report_style){
		.format = format,
		.quiet = quiet,
		.colour = format == REPORT_TEXT && wants_colour(),
	};
}

int report_style_init(const char *format, bool quiet, struct report_style *ret, struct error *error)
{
	enum report_format parsed = report_format_from_string(format);

	if (parsed != REPORT_TEXT && parsed != REPORT_JSON)
		return error_set(error, -EINVAL,
				 "--format %s: expected text or json; only seal, verify and "
				 "audit take sarif and junit",
				 format);
	*ret = style_of(parsed, quiet);
	return 0;
}

int report_style_init_all(const char *format, bool quiet, struct report_style *ret,
			  struct error *error)
{
	enum report_format parsed = report_format_from_string(format);

	if (parsed < 0)
		return error_set(error, -EINVAL, "--format %s: expected text, json, sarif or junit",
				 format);
	*ret = style_of(parsed, quiet);
	return 0;
}

void report_from_evidence(const struct evidence *evidence, struct report *ret)
{
	*ret = (struct report){
		.verdict = evidence->verdict,
		.findings = &evidence->findings,
		.coverage = &evidence->coverage,
		.timing = evidence->timing,
		.image_name = evidence->has_manifest ? evidence->image_name : NULL,
		.image_version = evidence->has_manifest ? evidence->image_version : NULL,
		.manifest_signer = evidence->has_manifest ? evidence->manifest_signer : NULL,
		.instance_id = evidence->instance_id,
		.evidence_id = evidence->id,
		.phase = evidence->phase,
		.created_at = evidence->created_at,
	};
}

json_t *report_to_json(const struct report *report)
{
	_cleanup_json_ json_t *findings = findings_to_json(report->findings);
	_cleanup_json_ json_t *coverage = coverage_to_json(report->coverage);
	const char *verdict = verdict_to_string(report->verdict);

	if (!findings || !coverage || !verdict)
		return NULL;
	return json_pack("{s:s, s:O, s:O, s:{s:I, s:I}}", "verdict", verdict, "findings", findings,
			 "coverage", coverage, "timing", "walk_ms",
			 (json_int_t)report->timing.walk_ms, "total_ms",
			 (json_int_t)report->timing.total_ms);
}

static int write_object(const json_t *object, FILE *stream)
{
	if (!object)
		return -ENOMEM;
	if (json_dumpf(object, stream, JSON_INDENT(2) | JSON_ENSURE_ASCII) < 0 ||
	    fputc('\n', stream) == EOF || fflush(stream) != 0)
		return -EIO;
	return 0;
}

static int write_json(const struct report *report, FILE *stream)
{
	_cleanup_json_ json_t *object = report_to_json(report);

	return write_object(object, stream);
}

static int write_sarif(const struct report *report, FILE *stream)
{
	_cleanup_json_ json_t *object = report_to_sarif(report);

	return write_object(object, stream);
}

/* For programs; text, which has a style, is not among them. */
static int (*const writers[_REPORT_FORMAT_MAX])(const struct report *, FILE *) = {
	[REPORT_JSON] = write_json,
	[REPORT_SARIF] = write_sarif,
	[REPORT_JUNIT] = report_write_junit,
};

int report_write(const struct report *report, const struct report_style *style, FILE *stream)
{
	if (writers[style->format])
		return writers[style->format](report, stream);
	if (style->quiet && report->verdict == VERDICT_PASS)
		return 0;
	return report_write_text(report, style, stream);
}

enum exit_code report_exit_code(enum verdict verdict)
{
	static const enum exit_code codes[_VERDICT_MAX] = {
		[VERDICT_NONE] = EXIT_UNCHECKED,
		[VERDICT_PASS] = EXIT_PASS,
		[VERDICT_WARN] = EXIT_FINDINGS,
		[VERDICT_FAIL] = EXIT_FINDINGS,
	};

	return verdict < 0 || verdict >= _VERDICT_MAX ? EXIT_UNCHECKED : codes[verdict];
}
