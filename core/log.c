/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"
#include "text.h"

#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* Where messages go is a property of the process; only main() sets it. */
static struct {
	const char *program;
	enum log_level max_level;
	bool journal;
	bool colour;
} sink = {.max_level = LOG_LEVEL_INFO};

struct level {
	const char *label;
	const char *colour;
};

static const struct level levels[] = {
	[LOG_LEVEL_ERROR] = {.label = "error: ", .colour = "\033[1;31m"},
	[LOG_LEVEL_WARNING] = {.label = "warning: ", .colour = "\033[1;33m"},
	[LOG_LEVEL_INFO] = {.label = "", .colour = ""},
	[LOG_LEVEL_DEBUG] = {.label = "debug: ", .colour = "\033[2m"},
};

/* JOURNAL_STREAM names the journal's socket; a redirected standard error is another file. */
static bool is_journal(void)
{
	const char *text = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	char rest;

	if (!text || sscanf(text, "%llu:%llu%c", &device, &inode, &rest) != 2)
		return false;
	if (fstat(STDERR_FILENO, &st) < 0)
		return false;
	return st.st_dev == device && st.st_ino == inode;
}

static bool is_colour_wanted(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color && *no_color)
		return false;
	return isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

void log_open(const char *program, enum log_level max_level)
{
	sink.program = program;
	sink.max_level = max_level;
	sink.journal = is_journal();
	sink.colour = !sink.journal && is_colour_wanted();
}

static void write_line(enum log_level level, const char *text)
{
	const struct level *row = &levels[level];
	const char *end = sink.colour && *row->colour ? "\033[0m" : "";
	const char *start = *end ? row->colour : "";

	if (sink.journal)
		(void)fprintf(stderr, "<%d>", (int)level);
	else if (sink.program)
		(void)fprintf(stderr, "%s: ", sink.program);
	(void)fprintf(stderr, "%s%s%s%s\n", start, row->label, end, text);
}

int log_full(enum log_level level, int r, const char *format, ...)
{
	_cleanup_free_ char *text = NULL, *shown = NULL;
	int saved = errno;
	va_list arguments;

	if (level > sink.max_level)
		return r;
	va_start(arguments, format);
	errno = r < 0 ? -r : r;
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text)
		shown = text_escape(text, strlen(text));
	/* One line is written whole, also when several threads log. */
	flockfile(stderr);
	write_line(level, shown ? shown : "out of memory while writing a message");
	funlockfile(stderr);
	errno = saved;
	return r;
}
