/* SPDX-License-Identifier: Apache-2.0 */
#include "check/miners.h"

#include "catalog.h"
#include "check/content.h"
#include "check/rules.h"
#include "clock.h"
#include "text.h"

#include <string.h>

#define SECONDS_MAX 20 /* for one file */

struct search {
	struct rules *rules;
	struct findings *findings;
};

/* Of a rule without a code of ours, the user's. */
static const char *match_code(const struct rule_match *match)
{
	return match->code ? match->code : "file.rule";
}

static enum severity match_severity(const struct rule_match *match)
{
	const struct catalog_entry *entry = match->code ? catalog_find(match->code) : NULL;

	return entry ? entry->severity : match->severity;
}

static const struct rule_match *find_gravest(const struct rule_matches *matches)
{
	const struct rule_match *gravest = &matches->items[0];

	for (size_t i = 1; i < matches->count; i++)
		if (match_severity(&matches->items[i]) > match_severity(gravest))
			gravest = &matches->items[i];
	return gravest;
}

static int describe(const struct content_file *file, const struct rule_matches *matches,
		    struct finding *finding)
{
	const struct rule_match *gravest = find_gravest(matches);
	const char *name = strrchr(file->path, '/') + 1;
	_cleanup_free_ char *safe = text_escape(name, strlen(name));
	_cleanup_buffer_ struct buffer actual = {};
	int r = 0;

	if (!safe)
		return -ENOMEM;
	if (asprintf(&finding->title, "%s holds %s", safe,
		     gravest->description ? gravest->description : gravest->rule) < 0) {
		finding->title = NULL;
		return -ENOMEM;
	}
	for (size_t i = 0; r == 0 && i < matches->count; i++)
		r = buffer_printf(&actual, "%s%s", i ? ", " : "rules: ", matches->items[i].rule);
	finding->actual = TAKE_PTR(actual.data);
	return r;
}

static int take_matches(const struct content_file *file, const struct rule_matches *matches,
			struct findings *ret)
{
	const struct rule_match *gravest = find_gravest(matches);
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, match_code(gravest));

	if (r < 0)
		return r;
	finding.severity = match_severity(gravest);
	finding.path = strdup(file->path);
	if (!finding.path)
		return -ENOMEM;
	r = describe(file, matches, &finding);
	return r < 0 ? r : findings_take(ret, &finding);
}

static int seconds_left(const struct check_context *context)
{
	uint64_t now = clock_monotonic_ms(), left;

	if (context->deadline_ms == 0)
		return SECONDS_MAX;
	left = context->deadline_ms > now ? (context->deadline_ms - now) / 1000 + 1 : 1;
	return left < SECONDS_MAX ? (int)left : SECONDS_MAX;
}

static int look(const struct check_context *context, struct content_file *file, void *data)
{
	_cleanup_rule_matches_ struct rule_matches matches = {};
	struct search *search = data;
	int r = rules_scan(search->rules, &file->window, file->path, seconds_left(context),
			   &matches);
	int s = 0;

	/* What was found in good time is true, whatever came of the rest. */
	if (matches.count > 0)
		s = take_matches(file, &matches, search->findings);
	return s < 0 ? s : r;
}

int miners_check(const struct check_context *context, struct findings *ret, struct error *error)
{
	_cleanup_(rules_free_p) struct rules *rules = NULL;
	struct search search = {.findings = ret};
	int r;

	/* Setting libyara up costs time and memory, which a clean root need not pay. */
	if (!content_is_any(context))
		return 0;
	r = rules_load(context->rules, ret, &rules, error);
	if (r < 0)
		return r;
	search.rules = rules;
	return content_each(context, "content rules", look, &search, ret);
}
