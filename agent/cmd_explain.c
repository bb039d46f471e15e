/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "catalog.h"
#include "log.h"
#include "report.h"

#include <string.h>

#define NEAREST	    3
#define CODE_MAX    64
#define WRAP_COLUMN 80

/* Edits (insert, delete, replace) from one text to the other; both are cut at CODE_MAX bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t row[CODE_MAX + 1], n_a = strnlen(a, CODE_MAX), n_b = strnlen(b, CODE_MAX);

	for (size_t j = 0; j <= n_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n_b; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n_b];
}

/* Fills the nearest codes, nearest first. */
static size_t find_nearest(const char *code, const struct catalog_entry *ret[NEAREST])
{
	size_t n, found = 0, distances[NEAREST];
	const struct catalog_entry *entries = catalog_list(&n);

	for (size_t i = 0; i < n; i++) {
		size_t far = distance(code, entries[i].code), at = found;

		while (at > 0 && distances[at - 1] > far)
			at--;
		if (at == NEAREST)
			continue;
		if (found < NEAREST)
			found++;
		for (size_t j = found - 1; j > at; j--) {
			distances[j] = distances[j - 1];
			ret[j] = ret[j - 1];
		}
		distances[at] = far;
		ret[at] = &entries[i];
	}
	return found;
}

static int tell_unknown(const char *code)
{
	const struct catalog_entry *nearest[NEAREST];
	size_t n = find_nearest(code, nearest);

	log_error("%s is not a finding code; the nearest:", code);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "  %-28s %s\n", nearest[i]->code, nearest[i]->summary);
	return EXIT_USAGE;
}

static json_t *attack_to_json(const struct catalog_entry *entry)
{
	_cleanup_json_ json_t *array = json_array();

	for (size_t i = 0; i < CATALOG_ATTACK_MAX && entry->attack[i]; i++)
		if (json_array_append_new(array, json_string(entry->attack[i])) < 0)
			return NULL;
	return TAKE_PTR(array);
}

static json_t *entry_to_json(const struct catalog_entry *entry)
{
	json_t *attack = attack_to_json(entry);

	if (!attack)
		return NULL;
	return json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:s}", "code", entry->code, "severity",
			 severity_to_string(entry->severity), "attack", attack, "summary",
			 entry->summary, "why", entry->why, "confirm", entry->confirm, "remedy",
			 entry->remedy);
}

static int code_compare(const void *a, const void *b)
{
	const struct catalog_entry *const *x = a, *const *y = b;

	return strcmp((*x)->code, (*y)->code);
}

/* All, in the order of their codes; the caller frees the list. NULL when out of memory. */
static const struct catalog_entry **sort_entries(size_t *ret_count)
{
	const struct catalog_entry *entries = catalog_list(ret_count), **sorted;

	sorted = calloc(*ret_count, sizeof(const struct catalog_entry *));
	if (!sorted)
		return NULL;
	for (size_t i = 0; i < *ret_count; i++)
		sorted[i] = &entries[i];
	qsort(sorted, *ret_count, sizeof(const struct catalog_entry *), code_compare);
	return sorted;
}

static json_t *list_to_json(void)
{
	_cleanup_json_ json_t *array = json_array();
	_cleanup_free_ const struct catalog_entry **entries = NULL;
	size_t n;

	entries = sort_entries(&n);
	if (!entries)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(array, entry_to_json(entries[i])) < 0)
			return NULL;
	return TAKE_PTR(array);
}

static int print_json(const struct catalog_entry *entry)
{
	_cleanup_json_ json_t *json = entry ? entry_to_json(entry) : list_to_json();

	if (!json || json_dumpf(json, stdout, JSON_INDENT(2)) < 0) {
		log_error("cannot write the explanation");
		return EXIT_UNCHECKED;
	}
	printf("\n");
	return EXIT_PASS;
}

static int print_list(void)
{
	_cleanup_free_ const struct catalog_entry **entries = NULL;
	size_t n;

	entries = sort_entries(&n);
	if (!entries) {
		log_error("cannot list the codes");
		return EXIT_UNCHECKED;
	}
	for (size_t i = 0; i < n; i++)
		printf("%-28s %-8s %s\n", entries[i]->code,
		       severity_to_string(entries[i]->severity), entries[i]->summary);
	return EXIT_PASS;
}

static void print_attack(const struct catalog_entry *entry)
{
	for (size_t i = 0; i < CATALOG_ATTACK_MAX && entry->attack[i]; i++)
		printf("%s%s", i ? ", " : "ATT&CK:     ", entry->attack[i]);
	if (entry->attack[0])
		printf("\n");
}

/* Commands to type stand on lines of their own in the catalogue, so a newline stays one. */
static void print_wrapped(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " \n");
		bool is_broken = column + 1 + length > WRAP_COLUMN - 2;

		printf("%s%.*s", column == 0 ? "  " : is_broken ? "\n  " : " ", (int)length, text);
		column = column == 0 || is_broken ? length : column + 1 + length;
		text += length;
		if (*text == '\n') {
			printf("\n");
			column = 0;
		}
		if (*text)
			text++;
	}
	printf("\n");
}

static int print_entry(const struct catalog_entry *entry)
{
	const struct {
		const char *heading;
		const char *text;
	} paragraphs[] = {
		{"Why it matters", entry->why},
		{"How to confirm it", entry->confirm},
		{"What to do", entry->remedy},
	};

	printf("%s: %s\n\n", entry->code, entry->summary);
	printf("severity:   %s\n", severity_to_string(entry->severity));
	print_attack(entry);
	for (size_t i = 0; i < ELEMENTS(paragraphs); i++) {
		printf("\n%s\n", paragraphs[i].heading);
		print_wrapped(paragraphs[i].text);
	}
	return EXIT_PASS;
}

int cmd_explain(void *options, int n_arguments, char **arguments)
{
	const struct agent_options *given = options;
	_cleanup_error_ struct error error = {0};
	const struct catalog_entry *entry = NULL;
	struct report_style style;
	int r;

	r = report_style_init(given->format, given->quiet, &style, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	if (n_arguments > 0) {
		entry = catalog_find(arguments[0]);
		if (!entry)
			return tell_unknown(arguments[0]);
	}
	if (style.format == REPORT_JSON)
		return print_json(entry);
	return entry ? print_entry(entry) : print_list();
}
