/* SPDX-License-Identifier: Apache-2.0 */
/* A report for people. Everything that came from a disk or a peer is escaped on its way out. */
#include "report.h"

#include "catalog.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

#define WRAP_COLUMN 80
#define LABEL_WIDTH 9

enum colour {
	COLOUR_PLAIN,
	COLOUR_BOLD,
	COLOUR_RED,
	COLOUR_YELLOW,
	COLOUR_GREEN,
	_COLOUR_MAX,
};

static const char *const colour_codes[_COLOUR_MAX] = {
	[COLOUR_PLAIN] = "\033[0m",   [COLOUR_BOLD] = "\033[1m",     [COLOUR_RED] = "\033[1;31m",
	[COLOUR_YELLOW] = "\033[33m", [COLOUR_GREEN] = "\033[1;32m",
};

static const struct {
	const char *word;
	enum colour colour;
} verdict_rows[_VERDICT_MAX] = {
	[VERDICT_NONE] = {"NOT CHECKED", COLOUR_YELLOW},
	[VERDICT_PASS] = {"PASS", COLOUR_GREEN},
	[VERDICT_WARN] = {"WARN", COLOUR_YELLOW},
	[VERDICT_FAIL] = {"FAIL", COLOUR_RED},
};

static const struct {
	const char *heading;
	enum colour colour;
} severity_rows[_SEVERITY_MAX] = {
	[SEVERITY_CRITICAL] = {"CRITICAL", COLOUR_RED}, [SEVERITY_HIGH] = {"HIGH", COLOUR_RED},
	[SEVERITY_MEDIUM] = {"MEDIUM", COLOUR_YELLOW},	[SEVERITY_LOW] = {"LOW", COLOUR_YELLOW},
	[SEVERITY_INFO] = {"INFO", COLOUR_BOLD},
};

/* Collects the whole text, so that nothing is written when memory ends half-way. The first failure
 * stays in `r` and stops all that follows. */
struct page {
	struct buffer text;
	bool colour;
	int r;
};

#define page_printf(page, ...)                                                 \
	do {                                                                   \
		if ((page)->r == 0)                                            \
			(page)->r = buffer_printf(&(page)->text, __VA_ARGS__); \
	} while (0)

static void page_paint(struct page *page, enum colour colour)
{
	if (page->colour)
		page_printf(page, "%s", colour_codes[colour]);
}

static void page_coloured(struct page *page, enum colour colour, const char *text)
{
	page_paint(page, colour);
	page_printf(page, "%s", text);
	page_paint(page, COLOUR_PLAIN);
}

/* Untrusted bytes. */
static void page_escaped(struct page *page, const char *text)
{
	_cleanup_free_ char *escaped = NULL;

	if (page->r < 0)
		return;
	escaped = text_escape(text, strlen(text));
	if (!escaped)
		page->r = -ENOMEM;
	else
		page_printf(page, "%s", escaped);
}

/* Words of our own, wrapped, each line indented; the first goes on where the page stands. */
static void page_wrapped(struct page *page, const char *text, int indent)
{
	int column = indent;

	while (*text) {
		int length = (int)strcspn(text, " \n");

		if (column > indent && column + 1 + length > WRAP_COLUMN) {
			page_printf(page, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			page_printf(page, " ");
			column++;
		}
		page_printf(page, "%.*s", length, text);
		column += length;
		text += length;
		text += strspn(text, " \n");
	}
	page_printf(page, "\n");
}

static void page_field(struct page *page, const char *label, const char *value)
{
	if (!value)
		return;
	page_printf(page, "      %-*s ", LABEL_WIDTH, label);
	page_escaped(page, value);
	page_printf(page, "\n");
}

static void page_attack(struct page *page, const struct finding *finding)
{
	if (finding->n_attack == 0)
		return;
	page_printf(page, "      %-*s ", LABEL_WIDTH, "attack");
	for (size_t i = 0; i < finding->n_attack; i++) {
		page_printf(page, i ? ", " : "");
		page_escaped(page, finding->attack[i]);
	}
	page_printf(page, "\n");
}

static void page_finding(struct page *page, const struct finding *finding)
{
	page_printf(page, "    ");
	page_escaped(page, finding->path ? finding->path : "(no path)");
	page_printf(page, "\n");
	page_field(page, "found", finding->title);
	page_field(page, "expected", finding->expected);
	page_field(page, "actual", finding->actual);
	page_field(page, "package", finding->package);
	page_attack(page, finding);
	page_field(page, "waived", finding->waived);
	for (size_t i = 0; i < finding->n_related; i++)
		page_field(page, i ? "" : "related", finding->related[i]);
}

static bool is_in_group(const struct finding *finding, enum severity severity, bool waived)
{
	return finding->severity == severity && !finding->waived == !waived;
}

/* Whether `index` is the first of its code in its group: there the code's block is written. */
static bool is_first_of_code(const struct findings *findings, size_t index, bool waived)
{
	const struct finding *finding = &findings->items[index];

	for (size_t i = 0; i < index; i++)
		if (is_in_group(&findings->items[i], finding->severity, waived) &&
		    strcmp(findings->items[i].code, finding->code) == 0)
			return false;
	return true;
}

/* All findings of one code in one group, then what to do about them. */
static void page_code(struct page *page, const struct findings *findings, size_t first, bool waived)
{
	const char *code = findings->items[first].code;
	const struct catalog_entry *entry = catalog_find(code);

	page_printf(page, "  ");
	page_escaped(page, code);
	page_printf(page, "%s%s\n", entry ? ": " : "", entry ? entry->summary : "");
	for (size_t i = first; i < findings->count; i++)
		if (is_in_group(&findings->items[i], findings->items[first].severity, waived) &&
		    strcmp(findings->items[i].code, code) == 0)
			page_finding(page, &findings->items[i]);
	if (entry && !waived) {
		page_printf(page, "    what to do: ");
		page_wrapped(page, entry->remedy, 16);
	}
}

static void page_group(struct page *page, const struct findings *findings, enum severity severity,
		       bool waived)
{
	bool has_heading = false;

	for (size_t i = 0; i < findings->count; i++) {
		if (!is_in_group(&findings->items[i], severity, waived) ||
		    !is_first_of_code(findings, i, waived))
			continue;
		if (!has_heading) {
			page_printf(page, "\n");
			page_coloured(page, severity_rows[severity].colour,
				      severity_rows[severity].heading);
			page_printf(page, "%s\n", waived ? " (waived)" : "");
			has_heading = true;
		}
		page_code(page, findings, i, waived);
	}
}

static void page_findings(struct page *page, const struct findings *findings)
{
	for (int waived = 0; waived < 2; waived++)
		for (int severity = _SEVERITY_MAX - 1; severity >= 0; severity--)
			page_group(page, findings, (enum severity)severity, waived);
}

/* "3 findings (1 critical, 2 high), 1 waived" */
static void page_counts(struct page *page, const struct findings *findings)
{
	size_t counts[_SEVERITY_MAX] = {0}, total = 0;
	bool is_first = true;

	findings_count(findings, counts);
	for (int i = 0; i < _SEVERITY_MAX; i++)
		total += counts[i];
	page_printf(page, total ? "%zu finding%s" : "no findings", total, total == 1 ? "" : "s");
	for (int i = _SEVERITY_MAX - 1; i >= 0; i--) {
		if (counts[i] == 0)
			continue;
		page_printf(page, "%s%zu %s", is_first ? " (" : ", ", counts[i],
			    severity_to_string((enum severity)i));
		is_first = false;
	}
	page_printf(page, "%s", is_first ? "" : ")");
	if (findings->count > total)
		page_printf(page, ", %zu waived", findings->count - total);
}

static void page_image(struct page *page, const struct report *report)
{
	if (!report->image_name) {
		page_printf(page, report->audit ? "audit" : "unknown image");
		return;
	}
	page_escaped(page, report->image_name);
	if (report->image_version) {
		page_printf(page, " ");
		page_escaped(page, report->image_version);
	}
}

static void page_summary(struct page *page, const struct report *report)
{
	page_coloured(page, verdict_rows[report->verdict].colour,
		      verdict_rows[report->verdict].word);
	page_printf(page, "  ");
	page_image(page, report);
	page_printf(page, ": ");
	page_counts(page, report->findings);
	page_printf(page, "; %" PRIu64 " entries in %" PRIu64 ".%02" PRIu64 " s\n",
		    report->coverage->entries, report->timing.total_ms / 1000,
		    report->timing.total_ms % 1000 / 10);
}

static void page_fact(struct page *page, const char *label, const char *value)
{
	if (!value)
		return;
	page_printf(page, "  %-*s ", LABEL_WIDTH, label);
	page_escaped(page, value);
	page_printf(page, "\n");
}

static void page_facts(struct page *page, const struct report *report)
{
	char created_at[21];

	page_fact(page, "root", report->root);
	page_fact(page, "phase", report->phase ? phase_to_string(report->phase) : NULL);
	page_fact(page, "instance", report->instance_id);
	page_fact(page, "evidence", report->evidence_id);
	if (report->created_at && time_format(report->created_at, created_at) == 0)
		page_fact(page, "made", created_at);
	page_fact(page, "signer", report->manifest_signer);
	page_fact(page, "signature", report->signature);
}

/* 1288490188 as "1.2 GiB". */
static void page_bytes(struct page *page, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double amount = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		page_printf(page, "%" PRIu64 " bytes", bytes);
		return;
	}
	for (amount /= 1024; amount >= 1024 && unit + 1 < ELEMENTS(units); unit++)
		amount /= 1024;
	page_printf(page, "%.1f %s", amount, units[unit]);
}

static void page_count(struct page *page, const char *label, uint64_t count, const char *what)
{
	if (count > 0)
		page_printf(page, "  %-*s %" PRIu64 " %s\n", LABEL_WIDTH, label, count, what);
}

static void page_ignored(struct page *page, const json_t *ignored)
{
	for (size_t i = 0; i < json_array_size(ignored); i++)
		page_fact(page, i ? "" : "left out", json_string_value(json_array_get(ignored, i)));
}

/* Where a run did less than read everything, and for which reason. */
static void page_extent(struct page *page, const struct coverage *coverage)
{
	const char *verdict = json_string_value(json_object_get(coverage->early, "verdict"));

	if (coverage->tier == COVERAGE_CRITICAL)
		page_fact(page, "tier", "critical paths alone");
	if (verdict)
		page_fact(page, "early", verdict);
	page_count(page, "reused", coverage->reused, "files as an earlier run saw them");
	page_count(page, "linked", coverage->linked, "files read under another name");
	page_count(page, "unseen", coverage->unexamined, "entries not examined");
	for (size_t i = 0; i < json_array_size(coverage->mounts); i++)
		page_fact(page, i ? "" : "mounts",
			  json_string_value(json_array_get(coverage->mounts, i)));
}

static void page_vouched(struct page *page, json_t *vouched)
{
	const char *name;
	json_t *value;

	json_object_foreach(vouched, name, value)
	{
		page_printf(page, "  %-*s ", LABEL_WIDTH, "vouched");
		page_escaped(page, name);
		if (json_is_integer(value))
			page_printf(page, " %" JSON_INTEGER_FORMAT " files",
				    json_integer_value(value));
		else
			page_escaped(page,
				     json_string_value(value) ? json_string_value(value) : "?");
		page_printf(page, "\n");
	}
}

static void page_checks(struct page *page, json_t *checks)
{
	const char *name, *separator = "";
	json_t *state;

	if (json_object_size(checks) == 0)
		return;
	page_printf(page, "  %-*s ", LABEL_WIDTH, "checks");
	json_object_foreach(checks, name, state)
	{
		page_printf(page, "%s", separator);
		page_escaped(page, name);
		page_printf(page, " ");
		page_escaped(page, json_string_value(state) ? json_string_value(state) : "?");
		separator = ", ";
	}
	page_printf(page, "\n");
}

/* What was not looked at stands as plainly as what was. */
static void page_coverage(struct page *page, const struct coverage *coverage)
{
	page_printf(page, "\n");
	page_coloured(page, COLOUR_BOLD, "COVERAGE");
	page_printf(page, "\n  %-*s %" PRIu64 " entries, ", LABEL_WIDTH, "measured",
		    coverage->entries);
	page_bytes(page, coverage->bytes);
	page_printf(page, "; %" PRIu64 " could not be read\n", coverage->unreadable);
	page_extent(page, coverage);
	page_vouched(page, coverage->vouched);
	page_ignored(page, coverage->ignored);
	page_checks(page, coverage->checks);
}

int report_write_text(const struct report *report, const struct report_style *style, FILE *stream)
{
	_cleanup_(buffer_done) struct buffer text = {0};
	struct page page = {.colour = style->colour};

	page_summary(&page, report);
	if (!style->quiet) {
		page_facts(&page, report);
		page_findings(&page, report->findings);
		page_coverage(&page, report->coverage);
	}
	text = page.text;
	if (page.r < 0)
		return page.r;
	if (fwrite(text.data, 1, text.size, stream) != text.size || fflush(stream) != 0)
		return -EIO;
	return 0;
}
