/* SPDX-License-Identifier: Apache-2.0 */
#include "check/polkit.h"

#include "check/flaws.h"
#include "check/span.h"

#include <string.h>

#define POLKIT_MAX   (256 * 1024)
#define REPORTED_MAX 200

static bool is_comment(struct span words)
{
	return span_starts(words, "//") || span_starts(words, "*") || span_starts(words, "/*") ||
	       span_starts(words, "#") || span_starts(words, "<!--");
}

/* JavaScript, polkit(8): looked at for its words, not run. */
static bool rule_answers(struct span words)
{
	return span_has(words, "Result.YES") || span_has(words, "\"yes\"") ||
	       span_has(words, "'yes'");
}

static bool rule_runs(struct span words)
{
	return span_has(words, "polkit.spawn");
}

/* An action's default for those who are not on the console, or are not active there. */
static bool action_answers(struct span words)
{
	return span_has(words, "<allow_any>yes<") || span_has(words, "<allow_inactive>yes<") ||
	       span_has(words, "<allow_active>yes<");
}

static bool authority_answers(struct span words)
{
	return span_is_nocase(words, "ResultAny=yes") ||
	       span_is_nocase(words, "ResultInactive=yes") ||
	       span_is_nocase(words, "ResultActive=yes");
}

static bool is_admin(struct span words)
{
	return span_starts(words, "AdminIdentities=") || span_has(words, "addAdminRule");
}

static const struct {
	const char *glob;
	bool (*is_bad)(struct span words);
	const char *code;
	const char *words;
} places[] = {
	{"/**/polkit-1/rules.d/*", rule_answers, "polkit.answers-yes", "it answers yes"},
	{"/**/polkit-1/rules.d/*", rule_runs, "polkit.answers-yes", "a program decides"},
	{"/**/polkit-1/rules.d/*", is_admin, "polkit.administrators",
	 "it says whose password counts"},
	{"/**/polkit-1/actions/*", action_answers, "polkit.answers-yes",
	 "it is allowed without a password"},
	{"/**/polkit-1/localauthority/**", authority_answers, "polkit.answers-yes",
	 "it answers yes"},
	{"/**/polkit-1/localauthority.conf.d/*", is_admin, "polkit.administrators",
	 "it says whose password counts"},
	{"/**.pkla", authority_answers, "polkit.answers-yes", "it answers yes"},
};

static int judge_line(const char *path, struct span words, size_t number, struct flaws *flaws)
{
	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (glob_match(places[i].glob, path) && places[i].is_bad(words))
			return flaws_add(flaws, places[i].code, "%s (line %zu: %.*s)",
					 places[i].words, number, SPAN_ARGS(words));
	return 0;
}

static bool is_place(const char *path)
{
	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (glob_match(places[i].glob, path))
			return true;
	return false;
}

static int judge_file(const struct check_context *context, const char *path, struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	struct span rest = {}, line;
	int r = flaws_read(context, path, POLKIT_MAX, ret, &data, &rest.size);

	if (r <= 0)
		return r;
	rest.text = data;
	r = 0;
	for (size_t number = 1; r == 0 && span_line(&rest, &line); number++) {
		struct span words = span_trim(line);

		if (words.size > 0 && !is_comment(words))
			r = judge_line(path, words, number, &flaws);
	}
	return r < 0 ? r : flaws_report(&flaws, path, "Polkit rule", ret);
}

int polkit_check(const struct check_context *context, struct findings *ret,
		 struct error *error _unused_)
{
	size_t before = ret->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < context->suspects.count; i++) {
		const struct difference *suspect = context->suspects.by_path[i];

		if ((suspect->actual.type != ENTRY_FILE && suspect->actual.type != ENTRY_LINK) ||
		    !is_place(suspect->path))
			continue;
		/* What packages have there answers yes to much. */
		if (context->unvouched && strncmp(suspect->path, "/usr/share/", 11) == 0)
			continue;
		if (ret->count - before >= REPORTED_MAX)
			return flaws_uncovered("coverage.limit", suspect->path,
					       "too many rules of polkit to name", ret);
		r = judge_file(context, suspect->path, ret);
	}
	return r;
}
