/* SPDX-License-Identifier: Apache-2.0 */
#include "finding.h"

#include <string.h>

static void strings_free(char **strings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(strings[i]);
	free(strings);
}

/* Adds a copy of `text` to an exactly sized array of strings. */
static int strings_add(char ***strings, size_t *count, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char **grown;

	if (!copy)
		return -ENOMEM;
	grown = reallocarray(*strings, *count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;

	*strings = grown;
	grown[(*count)++] = TAKE_PTR(copy);
	return 0;
}

void finding_done(struct finding *finding)
{
	free(finding->code);
	free(finding->path);
	free(finding->title);
	free(finding->expected);
	free(finding->actual);
	free(finding->package);
	free(finding->waived);
	strings_free(finding->attack, finding->n_attack);
	strings_free(finding->related, finding->n_related);
	*finding = (struct finding){0};
}

int finding_add_attack(struct finding *finding, const char *technique)
{
	return strings_add(&finding->attack, &finding->n_attack, technique);
}

int finding_add_related(struct finding *finding, const char *path)
{
	if (finding->n_related > FINDING_RELATED_MAX)
		return 0;
	if (finding->n_related == FINDING_RELATED_MAX)
		path = "...";
	return strings_add(&finding->related, &finding->n_related, path);
}

int findings_take(struct findings *findings, struct finding *finding)
{
	if (findings->count == findings->space) {
		size_t space = findings->space ? 2 * findings->space : 16;
		struct finding *grown = reallocarray(findings->items, space, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		findings->items = grown;
		findings->space = space;
	}

	findings->items[findings->count++] = *finding;
	*finding = (struct finding){0};
	return 0;
}

/* Bytewise; what is not there comes first. */
static int compare_text(const char *a, const char *b)
{
	if (!a || !b)
		return !!a - !!b;
	return strcmp(a, b);
}

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	int order;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	order = compare_text(a->path, b->path);
	if (order == 0)
		order = compare_text(a->code, b->code);
	if (order == 0)
		order = compare_text(a->title, b->title);
	return order;
}

void findings_sort(struct findings *findings)
{
	if (findings->count > 1)
		qsort(findings->items, findings->count, sizeof(*findings->items), compare_findings);
}

void findings_done(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		finding_done(&findings->items[i]);
	free(findings->items);
	*findings = (struct findings){0};
}

static enum verdict finding_weigh(const struct finding *finding)
{
	static const enum verdict verdicts[_SEVERITY_MAX] = {
		[SEVERITY_INFO] = VERDICT_PASS,	    [SEVERITY_LOW] = VERDICT_WARN,
		[SEVERITY_MEDIUM] = VERDICT_WARN,   [SEVERITY_HIGH] = VERDICT_FAIL,
		[SEVERITY_CRITICAL] = VERDICT_FAIL,
	};
	enum verdict verdict;

	if (finding->waived)
		return VERDICT_PASS;
	/* A severity out of range is a programming error and must not become a pass. */
	if ((int)finding->severity < 0 || finding->severity >= _SEVERITY_MAX)
		return VERDICT_FAIL;

	verdict = verdicts[finding->severity];
	if (finding->code && strncmp(finding->code, "coverage.", 9) == 0)
		verdict = verdict_worst(verdict, VERDICT_WARN);
	return verdict;
}

enum verdict findings_weigh(const struct findings *findings)
{
	enum verdict verdict = VERDICT_PASS;

	for (size_t i = 0; i < findings->count; i++)
		verdict = verdict_worst(verdict, finding_weigh(&findings->items[i]));
	return verdict;
}

void findings_count(const struct findings *findings, size_t ret_counts[static _SEVERITY_MAX])
{
	memset(ret_counts, 0, _SEVERITY_MAX * sizeof(*ret_counts));

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (!finding->waived && (int)finding->severity >= 0 &&
		    finding->severity < _SEVERITY_MAX)
			ret_counts[finding->severity]++;
	}
}
