/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report as JUnit XML, which build servers read. There is no standard; this is what Ant's and
 * Jenkins' schemas have in common: one suite, and one test case for each finding.
 */
#include "report.h"

#include "catalog.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

/* Collects the whole document; the first failure stays in `r` and stops all that follows. */
struct document {
	struct buffer text;
	int r;
};

#define xml_printf(document, ...)                                                      \
	do {                                                                           \
		if ((document)->r == 0)                                                \
			(document)->r = buffer_printf(&(document)->text, __VA_ARGS__); \
	} while (0)

/*
 * What a text without control characters may still hold that XML 1.0 gives a meaning (2.4) or does
 * not allow (2.2: U+FFFE and U+FFFF).
 */
static const struct {
	const char *bytes, *text;
} xml_escapes[] = {
	{"&", "&amp;"},
	{"<", "&lt;"},
	{">", "&gt;"},
	{"\"", "&quot;"},
	{"'", "&apos;"},
	{"\xef\xbf\xbe", "\\357\\277\\276"},
	{"\xef\xbf\xbf", "\\357\\277\\277"},
};
#define XML_ESCAPED_FIRST "&<>\"'\xef"

/* Writes what stands at `c` and returns how many bytes that took. */
static size_t xml_character(struct document *document, const char *c)
{
	for (size_t i = 0; i < ELEMENTS(xml_escapes); i++) {
		size_t length = strlen(xml_escapes[i].bytes);

		if (strncmp(c, xml_escapes[i].bytes, length) == 0) {
			xml_printf(document, "%s", xml_escapes[i].text);
			return length;
		}
	}
	xml_printf(document, "%c", *c);
	return 1;
}

/* Untrusted bytes, as text or as the value of an attribute. */
static void xml_escaped(struct document *document, const char *text)
{
	_cleanup_free_ char *escaped = NULL;
	const char *c;

	if (document->r < 0)
		return;
	c = escaped = text_escape(text, strlen(text));
	if (!escaped)
		document->r = -ENOMEM;
	while (document->r == 0 && *c) {
		size_t length = strcspn(c, XML_ESCAPED_FIRST);

		if (length > 0) {
			document->r = buffer_append(&document->text, c, length);
			c += length;
		} else {
			c += xml_character(document, c);
		}
	}
}

static void xml_attribute(struct document *document, const char *name, const char *value)
{
	xml_printf(document, " %s=\"", name);
	xml_escaped(document, value);
	xml_printf(document, "\"");
}

static void xml_line(struct document *document, const char *label, const char *value)
{
	if (!value)
		return;
	xml_printf(document, "%s: ", label);
	xml_escaped(document, value);
	xml_printf(document, "\n");
}

enum outcome {
	OUTCOME_PASSED,	 /* told, and nothing to act on */
	OUTCOME_SKIPPED, /* waived */
	OUTCOME_FAILED,
	OUTCOME_ERROR, /* not checked */
	_OUTCOME_MAX,
};

/* The verdict of finding `index` alone. */
static enum verdict weigh(const struct findings *findings, size_t index)
{
	const struct findings alone = {.items = &findings->items[index], .count = 1};

	return findings_weigh(&alone);
}

static enum outcome outcome_of(const struct findings *findings, size_t index)
{
	if (findings->items[index].waived)
		return OUTCOME_SKIPPED;
	return weigh(findings, index) == VERDICT_PASS ? OUTCOME_PASSED : OUTCOME_FAILED;
}

static void write_body(struct document *document, const struct finding *finding)
{
	const struct catalog_entry *entry = catalog_find(finding->code);

	xml_line(document, "path", finding->path);
	xml_line(document, "found", finding->title);
	xml_line(document, "severity", severity_to_string(finding->severity));
	xml_line(document, "expected", finding->expected);
	xml_line(document, "actual", finding->actual);
	xml_line(document, "package", finding->package);
	for (size_t i = 0; i < finding->n_attack; i++)
		xml_line(document, "attack", finding->attack[i]);
	for (size_t i = 0; i < finding->n_related; i++)
		xml_line(document, "related", finding->related[i]);
	if (entry)
		xml_line(document, "what to do", entry->remedy);
}

static void write_failure(struct document *document, const struct findings *findings, size_t index)
{
	const struct finding *finding = &findings->items[index];
	bool is_grave = weigh(findings, index) == VERDICT_FAIL;

	xml_printf(document, "\n      <failure");
	xml_attribute(document, "message", finding->title ? finding->title : finding->code);
	xml_attribute(document, "type",
		      is_grave ? severity_to_string(finding->severity) : "warning");
	xml_printf(document, ">");
	write_body(document, finding);
	xml_printf(document, "</failure>\n    ");
}

static void write_skipped(struct document *document, const struct finding *finding)
{
	xml_printf(document, "\n      <skipped");
	xml_attribute(document, "message", finding->waived);
	xml_printf(document, "/>\n      <system-out>");
	write_body(document, finding);
	xml_printf(document, "</system-out>\n    ");
}

static void write_told(struct document *document, const struct finding *finding)
{
	xml_printf(document, "\n      <system-out>");
	write_body(document, finding);
	xml_printf(document, "</system-out>\n    ");
}

static const char *name_of(const struct finding *finding)
{
	if (finding->path)
		return finding->path;
	return finding->title ? finding->title : finding->code;
}

/* No time is taken of a single finding; some readers want the attribute nonetheless. */
static void write_case(struct document *document, const struct findings *findings, size_t index)
{
	const struct finding *finding = &findings->items[index];
	enum outcome outcome = outcome_of(findings, index);

	xml_printf(document, "    <testcase");
	xml_attribute(document, "classname", finding->code);
	xml_attribute(document, "name", name_of(finding));
	xml_printf(document, " time=\"0\">");
	if (outcome == OUTCOME_FAILED)
		write_failure(document, findings, index);
	else if (outcome == OUTCOME_SKIPPED)
		write_skipped(document, finding);
	else
		write_told(document, finding);
	xml_printf(document, "</testcase>\n");
}

/* The tree as a whole has a case when no finding speaks for it, and when nothing was compared. */
static bool has_tree_case(const struct report *report)
{
	return report->findings->count == 0 || report->verdict == VERDICT_NONE;
}

static enum outcome tree_outcome(const struct report *report)
{
	return report->verdict == VERDICT_PASS ? OUTCOME_PASSED : OUTCOME_ERROR;
}

static void write_tree_case(struct document *document, const struct report *report)
{
	xml_printf(document, "    <testcase classname=\"goldseal\" name=\"tree\" time=\"0\"");
	if (tree_outcome(report) == OUTCOME_PASSED)
		xml_printf(document, "/>\n");
	else
		xml_printf(document,
			   ">\n      <error message=\"could not check\" type=\"%s\"/>\n"
			   "    </testcase>\n",
			   verdict_to_string(report->verdict));
}

/* The attributes that <testsuites> and <testsuite> share. */
static void write_counts(struct document *document, const struct report *report)
{
	size_t counts[_OUTCOME_MAX] = {0}, tests = report->findings->count;

	for (size_t i = 0; i < report->findings->count; i++)
		counts[outcome_of(report->findings, i)]++;
	if (has_tree_case(report)) {
		counts[tree_outcome(report)]++;
		tests++;
	}
	xml_printf(document,
		   " name=\"goldseal\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\""
		   " skipped=\"%zu\" time=\"%" PRIu64 ".%03" PRIu64 "\">\n",
		   tests, counts[OUTCOME_FAILED], counts[OUTCOME_ERROR], counts[OUTCOME_SKIPPED],
		   report->timing.total_ms / 1000, report->timing.total_ms % 1000);
}

static void write_property(struct document *document, const char *name, const char *value)
{
	if (!value)
		return;
	xml_printf(document, "      <property");
	xml_attribute(document, "name", name);
	xml_attribute(document, "value", value);
	xml_printf(document, "/>\n");
}

static void write_properties(struct document *document, const struct report *report)
{
	xml_printf(document, "    <properties>\n");
	write_property(document, "goldseal", GOLDSEAL_VERSION);
	write_property(document, "verdict", verdict_to_string(report->verdict));
	write_property(document, "root", report->root);
	write_property(document, "image", report->image_name);
	write_property(document, "image-version", report->image_version);
	write_property(document, "signer", report->manifest_signer);
	xml_printf(document, "    </properties>\n");
}

static void write_coverage(struct document *document, const struct coverage *coverage)
{
	const char *name;
	json_t *value;
	size_t i;

	xml_printf(document,
		   "    <system-out>measured: %" PRIu64 " entries, %" PRIu64 " bytes\n"
		   "could not be read: %" PRIu64 "\n",
		   coverage->entries, coverage->bytes, coverage->unreadable);
	json_array_foreach(coverage->ignored, i, value)
	{
		xml_line(document, "left out", json_string_value(value));
	}
	json_object_foreach(coverage->checks, name, value)
	{
		xml_printf(document, "check ");
		xml_escaped(document, name);
		xml_line(document, "", json_string_value(value) ? json_string_value(value) : "?");
	}
	xml_printf(document, "</system-out>\n");
}

int report_write_junit(const struct report *report, FILE *stream)
{
	_cleanup_buffer_ struct buffer text = {};
	struct document document = {};

	xml_printf(&document, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	write_counts(&document, report);
	xml_printf(&document, "  <testsuite");
	write_counts(&document, report);
	write_properties(&document, report);
	for (size_t i = 0; i < report->findings->count; i++)
		write_case(&document, report->findings, i);
	if (has_tree_case(report))
		write_tree_case(&document, report);
	write_coverage(&document, report->coverage);
	xml_printf(&document, "  </testsuite>\n</testsuites>\n");

	text = document.text;
	if (document.r < 0)
		return document.r;
	if (fwrite(text.data, 1, text.size, stream) != text.size || fflush(stream) != 0)
		return -EIO;
	return 0;
}
