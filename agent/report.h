/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an examination found, shown to people (text) or programs: JSON (DESIGN section 5), SARIF
 * 2.1.0 (OASIS sarif-v2.1.0-errata01) and JUnit XML.
 */
#pragma once

#include "evidence.h"
#include "options.h"

enum report_format {
	REPORT_TEXT = 1,
	REPORT_JSON,
	REPORT_SARIF,
	REPORT_JUNIT,
	_REPORT_FORMAT_MAX,
	_REPORT_FORMAT_INVALID = -EINVAL,
};

const char *report_format_to_string(enum report_format format);
/* NULL is REPORT_TEXT. */
enum report_format report_format_from_string(const char *text);

struct report_style {
	enum report_format format;
	bool quiet;  /* text: nothing for a pass, else the summary line alone; others: no
		       effect */
	bool colour; /* text: ANSI colours, see report_style_init() */
};

/*
 * From the options --format and --quiet; colour when standard output is a terminal, NO_COLOR is
 * empty or unset and TERM is not "dumb". -EINVAL with the reason for an unknown format.
 */
int report_style_init(const char *format, bool quiet, struct report_style *ret,
		      struct error *error) _must_check_;
/* The same for verbs that take every format; report_style_init() takes text and json alone. */
int report_style_init_all(const char *format, bool quiet, struct report_style *ret,
			  struct error *error) _must_check_;

/* Borrowed pointers throughout; NULL and 0 stand for "not known" and are left out of the text. */
struct report {
	enum verdict verdict;
	const struct findings *findings; /* required */
	const struct coverage *coverage; /* required */
	struct evidence_timing timing;
	const char *root; /* the directory that was measured */
	const char *image_name;
	const char *image_version;
	const char *manifest_signer; /* key id */
	const char *instance_id;
	const char *evidence_id;
	const char *signature; /* what is known of the evidence's signature, a sentence */
	enum phase phase;
	bool audit; /* of an image without a manifest */
	int64_t created_at;
};

/* Fills everything that evidence knows; `signature` is left NULL. */
void report_from_evidence(const struct evidence *evidence, struct report *ret);

/*
 * Writes the report. Text: one summary line; findings by severity, gravest first, equal codes
 * together with what to do once; waived findings; coverage. All untrusted bytes are escaped. JSON
 * and SARIF: one object and a newline. -EIO when the stream failed, -ENOMEM.
 */
int report_write(const struct report *report, const struct report_style *style,
		 FILE *stream) _must_check_;

/* The text form alone, in full or (quiet) its summary line (report_text.c). */
int report_write_text(const struct report *report, const struct report_style *style,
		      FILE *stream) _must_check_;

/*
 * JUnit (report_junit.c): a test case for each finding. It fails when the finding warns or fails,
 * with the type "warning" or the severity; a waived one is skipped. With no findings the one case
 * is "tree", which passes with VERDICT_PASS alone. Control characters, bytes outside UTF-8 and what
 * XML 1.0 does not allow are octal escapes.
 */
int report_write_junit(const struct report *report, FILE *stream) _must_check_;

/*
 * SARIF (report_sarif.c): one run, a rule for each code that occurs, a result for each finding, a
 * suppression for each waiver; coverage.* findings are notifications as well. Paths are relative to
 * the base ROOT and percent-encoded from their raw bytes. A new reference; NULL when out of memory.
 */
json_t *report_to_sarif(const struct report *report) _must_check_;

/* {"verdict","findings","coverage","timing"}: a new reference; NULL when out of memory. */
json_t *report_to_json(const struct report *report) _must_check_;

/* pass is EXIT_PASS; warn and fail are EXIT_FINDINGS; none is EXIT_UNCHECKED. */
enum exit_code report_exit_code(enum verdict verdict);
