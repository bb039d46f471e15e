/* SPDX-License-Identifier: Apache-2.0 */
/* Reports to write: hostile names, waivers, and no findings at all. */
#pragma once

#include "report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct reported {
	struct findings findings;
	struct coverage coverage;
	struct report report;
};

static inline _unused_ int reported_setup(void **state)
{
	struct reported *reported = calloc(1, sizeof(*reported));

	assert_non_null(reported);
	assert_int_equal(coverage_init(&reported->coverage), 0);
	reported->coverage.entries = 34512;
	reported->coverage.bytes = 1288490188;
	assert_int_equal(coverage_add_ignored(&reported->coverage, "/var/<cache>/**"), 0);
	assert_int_equal(coverage_set_check(&reported->coverage, "tree", "ran"), 0);
	reported->report = (struct report){
		.verdict = VERDICT_PASS,
		.findings = &reported->findings,
		.coverage = &reported->coverage,
		.timing = {.walk_ms = 310, .total_ms = 1220},
		.image_name = "golden & \"good\"",
		.root = "/mnt/an image",
	};
	*state = reported;
	return 0;
}

static inline _unused_ int reported_teardown(void **state)
{
	struct reported *reported = *state;

	findings_done(&reported->findings);
	coverage_done(&reported->coverage);
	free(reported);
	return 0;
}

static inline _unused_ char *reported_copy(const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	assert_true(!text || copy);
	return copy;
}

/* A finding in string literals. */
struct reported_model {
	const char *code, *path, *title, *expected, *actual, *waived;
	enum severity severity;
};

/* Adds a finding like `model` and weighs the report anew; the strings are copied. */
static inline _unused_ struct finding *reported_add(struct reported *reported,
						    const struct reported_model *model)
{
	struct finding finding = {
		.code = reported_copy(model->code),
		.severity = model->severity,
		.path = reported_copy(model->path),
		.title = reported_copy(model->title),
		.expected = reported_copy(model->expected),
		.actual = reported_copy(model->actual),
		.waived = reported_copy(model->waived),
	};

	assert_int_equal(findings_take(&reported->findings, &finding), 0);
	reported->report.verdict = findings_weigh(&reported->findings);
	return &reported->findings.items[reported->findings.count - 1];
}

/* Names as they may stand on a disk. */
static const char *const reported_names[] _unused_ = {
	"/new\nline",	     "/quotes'\"",	     "/a&b<c>d]]>e",
	"/invalid-\xff\xfe", "/\x01\x1b[2J\x7f",     "/not-xml-\xef\xbf\xbe!",
	"/\xef\xbf\xbf",     "/gr\xc3\xb6\xc3\x9f.", "/%41?#[x](y){0}",
	"/a:b c\\d",	     "/\xe2\x80\xae.e",	     "/cut-\xef\xbf",
};
