/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "check/live.h"
#include "text.h"

#include <stdarg.h>
#include <string.h>

/* A finding's text does not grow with the number of processes that it is about. */
#define ACTUAL_MAX 2000

#define PROC_PREFIX "/proc/"

static void process_directory(const struct process *process, char ret[static 32])
{
	(void)snprintf(ret, 32, PROC_PREFIX "%d", (int)process->pid);
}

static bool has_related(const struct finding *finding, const char *path)
{
	for (size_t i = 0; i < finding->n_related; i++)
		if (strcmp(finding->related[i], path) == 0)
			return true;
	return false;
}

/* Only the checks of processes name their directories. */
static bool is_live(const struct finding *finding)
{
	return finding->path && finding->n_related > 0 &&
	       strncmp(finding->related[0], PROC_PREFIX, strlen(PROC_PREFIX)) == 0;
}

static struct finding *find_earlier(struct live *live, const char *path, const char *directory)
{
	struct findings *findings = live->findings;
	bool own = live_vouch(live, path) == VOUCHED_NOT;

	for (size_t i = findings->count; i > 0; i--) {
		struct finding *finding = &findings->items[i - 1];

		if (is_live(finding) && strcmp(finding->path, path) == 0 &&
		    (own || has_related(finding, directory)))
			return finding;
	}
	return NULL;
}

static bool has_attack(const struct finding *finding, const char *technique)
{
	for (size_t i = 0; i < finding->n_attack; i++)
		if (strcmp(finding->attack[i], technique) == 0)
			return true;
	return false;
}

static int set_title(const struct sighting *sighting, struct finding *finding)
{
	char *title;

	if (asprintf(&title, "Process %d (%s) %s", (int)sighting->process->pid,
		     sighting->process->comm, sighting->title) < 0)
		return -ENOMEM;
	free(finding->title);
	finding->title = title;
	return 0;
}

/* The graver thing names the finding. */
static int take_over(struct finding *finding, const struct sighting *sighting)
{
	char *code = strdup(sighting->code);

	if (!code)
		return -ENOMEM;
	free(finding->code);
	finding->code = code;
	return set_title(sighting, finding);
}

/* What the row of the further code says counts for the finding too. */
static int take_row(struct finding *finding, const struct sighting *sighting)
{
	const struct catalog_entry *entry = catalog_find(sighting->code);
	enum severity severity;
	int r = 0;

	if (!entry)
		return -ENOENT;
	severity = sighting->corroborates ? SEVERITY_INFO : entry->severity;
	if (severity > finding->severity) {
		finding->severity = severity;
		r = take_over(finding, sighting);
	}
	for (size_t i = 0; r == 0 && i < CATALOG_ATTACK_MAX && entry->attack[i]; i++)
		if (!has_attack(finding, entry->attack[i]))
			r = finding_add_attack(finding, entry->attack[i]);
	return r;
}

static int append_actual(struct finding *finding, const char *text)
{
	char *joined;

	if (finding->actual && strlen(finding->actual) > ACTUAL_MAX)
		return 0;
	if (asprintf(&joined, "%s%s%s", finding->actual ? finding->actual : "",
		     finding->actual && finding->actual[0] ? "; " : "", text) < 0)
		return -ENOMEM;
	free(finding->actual);
	finding->actual = joined;
	return 0;
}

static int append_process(struct finding *finding, const struct process *process)
{
	_cleanup_free_ char *words = process_words(process), *text = NULL;

	if (!words)
		return -ENOMEM;
	if (asprintf(&text, "process %d: %s", (int)process->pid, words) < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return append_actual(finding, text);
}

static int start(const struct sighting *sighting, const char *path, struct finding *finding)
{
	int r = finding_start(finding, sighting->code);

	if (r < 0)
		return r;
	if (sighting->corroborates)
		finding->severity = SEVERITY_INFO;
	finding->path = strdup(path);
	if (!finding->path)
		return -ENOMEM;
	return set_title(sighting, finding);
}

static int tell(struct finding *finding, const struct process *process, const char *directory,
		const char *text)
{
	int r = 0;

	if (!has_related(finding, directory)) {
		r = finding_add_related(finding, directory);
		if (r == 0)
			r = append_process(finding, process);
	}
	return r < 0 ? r : append_actual(finding, text);
}

static int report(struct live *live, const struct sighting *sighting, const char *text)
{
	_cleanup_(finding_done) struct finding finding = {};
	struct finding *earlier;
	const char *path = sighting->path;
	char directory[32];
	int r;

	process_directory(sighting->process, directory);
	if (!path)
		path = sighting->process->program;
	if (!path || path[0] != '/' || sighting->process->memory)
		path = directory;
	earlier = find_earlier(live, path, directory);
	if (earlier) {
		r = tell(earlier, sighting->process, directory, text);
		return r < 0 ? r : take_row(earlier, sighting);
	}
	if (live->findings->count - live->first >= LIVE_FINDINGS_MAX) {
		live->dropped++;
		return 0;
	}
	r = start(sighting, path, &finding);
	if (r == 0)
		r = tell(&finding, sighting->process, directory, text);
	return r < 0 ? r : findings_take(live->findings, &finding);
}

int live_report(struct live *live, const struct sighting *sighting, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int r;

	/* Each is compared with all findings, so there is an end to them. */
	if (++live->sightings > LIVE_SIGHTINGS_MAX) {
		live->dropped++;
		return 0;
	}
	va_start(arguments, format);
	r = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (r < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return report(live, sighting, text);
}

int live_annotate(struct live *live, const char *path, const struct process *process,
		  bool *ret_found)
{
	char directory[32];

	process_directory(process, directory);
	*ret_found = false;
	if (++live->sightings > LIVE_SIGHTINGS_MAX)
		return 0;
	for (size_t i = live->findings->count; i > 0; i--) {
		struct finding *finding = &live->findings->items[i - 1];

		if (!finding->path || strncmp(finding->code, "coverage.", 9) == 0 ||
		    (strcmp(finding->path, path) != 0 && !has_related(finding, path)))
			continue;
		*ret_found = true;
		return tell(finding, process, directory, "it runs");
	}
	return 0;
}
