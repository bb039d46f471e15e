/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings: each one thing that is wrong or could not be checked.
 *
 * In JSON (DESIGN section 5): code, severity, path, title, expected, actual, attack[], package,
 * waived, related[]. A path that is not well-formed UTF-8 is shown with octal escapes, and the
 * exact bytes stand beside it as base64 in "path_raw".
 */
#pragma once

#include "error.h"
#include "verdict.h"

#include <stdbool.h>
#include <stddef.h>

#define FINDING_RELATED_MAX 64

/* All strings are owned, raw bytes as found on disk; NULL where there is nothing to say. */
struct finding {
	char *code; /* <check>.<what>, one of the catalogue (catalog.h) */
	enum severity severity;
	char *path; /* absolute inside the root; NULL when the finding has no path */
	char *title;
	char *expected;
	char *actual;
	char **attack; /* ATT&CK technique ids; n_attack of them */
	size_t n_attack;
	char *package; /* Debian package that owns the path */
	char *waived;  /* owner, reason and expiry of the waiver in force */
	char **related;
	size_t n_related;
};

void finding_done(struct finding *finding);
/* Appends copies; 0 or -ENOMEM. Related paths beyond FINDING_RELATED_MAX are dropped and the
 * title's reader told by the last one, "...". */
int finding_add_attack(struct finding *finding, const char *technique) _must_check_;
int finding_add_related(struct finding *finding, const char *path) _must_check_;

/* A growing list. A zeroed struct is empty. */
struct findings {
	struct finding *items;
	size_t count;
	size_t space;
};

/* Moves `finding` into the list (and zeroes it); on failure it is left as it was. */
int findings_take(struct findings *findings, struct finding *finding) _must_check_;
/* Orders by severity, gravest first, then path, then code, bytewise. */
void findings_sort(struct findings *findings);
void findings_done(struct findings *findings);
#define _cleanup_findings_ _cleanup_(findings_done)

/* New references; NULL when out of memory. */
json_t *finding_to_json(const struct finding *finding) _must_check_;
json_t *findings_to_json(const struct findings *findings) _must_check_;

/*
 * Strict: each member known, of the right type, code of the form <check>.<what>, known severity, at
 * most `FINDINGS_MAX`. -EBADMSG with the index and the member in the reason.
 */
#define FINDINGS_MAX 10000
int findings_from_json(const json_t *array, struct findings *ret, struct error *error) _must_check_;

/*
 * What a list of findings amounts to: high and critical fail; medium and low warn; a coverage.*
 * finding warns at least; info says nothing; a waived finding says nothing. Empty is VERDICT_PASS:
 * call it only when the examination ran to its end.
 */
enum verdict findings_weigh(const struct findings *findings);

/* Counts of unwaived findings by severity. */
void findings_count(const struct findings *findings, size_t ret_counts[static _SEVERITY_MAX]);
