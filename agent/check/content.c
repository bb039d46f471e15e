/* SPDX-License-Identifier: Apache-2.0 */
#include "check/content.h"

#include "catalog.h"
#include "clock.h"

#include <inttypes.h>
#include <string.h>

/* One reason for not having looked: how often, and where first. */
struct tally {
	const char *code;
	const char *text;
	uint64_t count;
	const char *path;
};

enum tally_id {
	UNREADABLE,
	VANISHED,
	CUT,
	SLOW,
	LATE,
	_TALLY_MAX,
};

static enum tally_id tally_of(int r)
{
	switch (r) {
	case -ETIME:
		return SLOW;
	case -ENOENT:
	case -ENOTDIR:
		return VANISHED;
	default:
		return UNREADABLE;
	}
}

static void count(struct tally *tally, const char *path)
{
	if (tally->count++ == 0)
		tally->path = path;
}

static int take_tally(const struct tally *tally, const char *what, struct findings *ret)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	if (tally->count == 0)
		return 0;
	r = finding_start(&finding, tally->code);
	if (r < 0)
		return r;
	finding.path = strdup(tally->path);
	if (!finding.path)
		return -ENOMEM;
	if (asprintf(&finding.title, "Files that %s %s: %" PRIu64, what, tally->text,
		     tally->count) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(ret, &finding);
}

static bool is_to_be_read(const struct difference *difference)
{
	if (difference->actual.type != ENTRY_FILE)
		return false;
	return difference->kind == DIFFERENCE_UNEXPECTED ||
	       (difference->attributes &
		(ATTRIBUTE_DIGEST | ATTRIBUTE_SIZE | ATTRIBUTE_TYPE | ATTRIBUTE_BEGINNING));
}

bool content_is_any(const struct check_context *context)
{
	for (size_t i = 0; i < context->suspects.count; i++)
		if (is_to_be_read(context->suspects.by_path[i]))
			return true;
	return false;
}

static bool is_late(const struct check_context *context)
{
	return context->deadline_ms > 0 && clock_monotonic_ms() >= context->deadline_ms;
}

int content_each(const struct check_context *context, const char *what,
		 int (*look)(const struct check_context *context, struct content_file *file,
			     void *data),
		 void *data, struct findings *ret)
{
	struct tally tallies[_TALLY_MAX] = {
		[UNREADABLE] = {.code = "coverage.unreadable", .text = "could not read"},
		[VANISHED] = {.code = "coverage.vanished", .text = "found gone"},
		[CUT] = {.code = "coverage.limit", .text = "looked at only the ends of"},
		[SLOW] = {.code = "coverage.deadline", .text = "took too long over"},
		[LATE] = {.code = "coverage.deadline", .text = "had no time for"},
	};
	int r = 0;

	for (size_t i = 0; i < context->suspects.count && r != -ENOMEM; i++) {
		const struct difference *difference = context->suspects.by_path[i];
		struct content_file file = {.path = difference->path, .difference = difference};

		if (!is_to_be_read(difference))
			continue;
		if (is_late(context)) {
			count(&tallies[LATE], file.path);
			continue;
		}
		r = window_open(&file.window, context->root_fd, file.path);
		if (r == 0)
			r = look(context, &file, data);
		if (r < 0)
			count(&tallies[tally_of(r)], file.path);
		else if (file.window.left_out > 0)
			count(&tallies[CUT], file.path);
		window_done(&file.window);
	}
	for (size_t i = 0; i < _TALLY_MAX && r != -ENOMEM; i++)
		r = take_tally(&tallies[i], what, ret);
	return r == -ENOMEM ? r : 0;
}
