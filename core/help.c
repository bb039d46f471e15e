/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#include <string.h>

#define HELP_COLUMNS	80
#define TERM_COLUMN_MAX 28 /* a longer term gets a line of its own */

/* Lines that are filled with words and start at `indent`. */
struct filler {
	FILE *stream;
	int indent;
	int column; /* where the next character goes */
};

static void fill_newline(struct filler *filler)
{
	(void)fputc('\n', filler->stream);
	filler->column = 0;
}

static void fill_word(struct filler *filler, const char *word, int length)
{
	bool fresh = filler->column <= filler->indent;

	if (!fresh && filler->column + 1 + length >= HELP_COLUMNS) {
		fill_newline(filler);
		fresh = true;
	}
	if (filler->column < filler->indent) {
		(void)fprintf(filler->stream, "%*s", filler->indent - filler->column, "");
		filler->column = filler->indent;
	} else if (!fresh) {
		(void)fputc(' ', filler->stream);
		filler->column++;
	}
	(void)fprintf(filler->stream, "%.*s", length, word);
	filler->column += length;
}

static void fill_text(struct filler *filler, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, " \n");

		if (length > 0)
			fill_word(filler, text, (int)length);
		text += length;
		text += strspn(text, " \n");
	}
}

/* "  TERM    text", with the text wrapped in its own column. */
static void print_row(FILE *stream, const char *term, int width, const char *text)
{
	struct filler filler = {.stream = stream, .indent = width};

	filler.column = fprintf(stream, "  %s", term);
	if (filler.column > width - 2)
		fill_newline(&filler);
	fill_text(&filler, text);
	fill_newline(&filler);
}

/* "-x, --name=ARGUMENT" in a new string; NULL when out of memory. */
static char *option_term(const struct option_row *row)
{
	char letter[] = {'-', row->letter, ',', ' ', '\0'};
	char *term;
	int n = asprintf(&term, "%s--%s%s%s", row->letter ? letter : "    ", row->name,
			 row->argument ? "=" : "", row->argument ? row->argument : "");

	return n < 0 ? NULL : term;
}

bool option_is_for(const struct command_line *command_line, const struct option_row *row,
		   const struct verb *verb)
{
	return row->verbs >> (verb - command_line->verbs) & 1;
}

static const struct option_row standard_rows[] = {
	{.name = "help", .letter = 'h', .help = "Print this help."},
	{.name = "version", .letter = 'V', .help = "Print the version."},
};

/* Whether the row is shown: with a verb all that it takes, without one those that all take. */
static bool is_shown(const struct command_line *command_line, const struct option_row *row,
		     const struct verb *verb)
{
	return verb ? option_is_for(command_line, row, verb) : row->verbs == OPTION_ALL_VERBS;
}

static void print_option(FILE *stream, const struct option_row *row)
{
	_cleanup_free_ char *term = option_term(row);

	print_row(stream, term ? term : row->name, TERM_COLUMN_MAX, row->help);
}

static void print_options(FILE *stream, const struct command_line *command_line,
			  const struct verb *verb)
{
	(void)fputs("\nOptions:\n", stream);
	for (size_t i = 0; i < command_line->n_options; i++)
		if (is_shown(command_line, &command_line->options[i], verb))
			print_option(stream, &command_line->options[i]);
	for (size_t i = 0; i < ELEMENTS(standard_rows); i++)
		print_option(stream, &standard_rows[i]);
}

static void print_verbs(FILE *stream, const struct command_line *command_line)
{
	int width = 0;

	for (size_t i = 0; i < command_line->n_verbs; i++) {
		int length = (int)strlen(command_line->verbs[i].name);

		width = length > width ? length : width;
	}
	(void)fputs("\nVerbs:\n", stream);
	for (size_t i = 0; i < command_line->n_verbs; i++)
		print_row(stream, command_line->verbs[i].name, width + 4,
			  command_line->verbs[i].help);
}

/* Wraps the paragraphs and keeps the lines that are set in. */
static void print_details(FILE *stream, const char *text)
{
	struct filler filler = {.stream = stream};

	fill_newline(&filler);
	while (*text) {
		size_t length = strcspn(text, "\n");
		_cleanup_free_ char *line = strndup(text, length);

		if (length == 0 || *text == ' ') {
			if (filler.column > 0)
				fill_newline(&filler);
			(void)fprintf(stream, "%.*s\n", (int)length, text);
		} else if (line) {
			fill_text(&filler, line);
		}
		text += length;
		text += *text == '\n';
	}
	if (filler.column > 0)
		fill_newline(&filler);
}

static void print_usage(FILE *stream, const struct command_line *command_line,
			const struct verb *verb)
{
	struct filler filler = {.stream = stream, .indent = 7};

	(void)fputs("Usage:", stream);
	filler.column = 6;
	fill_text(&filler, command_line->program);
	fill_text(&filler, verb ? verb->name : "VERB");
	fill_text(&filler, "[OPTION...]");
	fill_text(&filler, verb ? verb->arguments : "[ARGUMENT...]");
	fill_newline(&filler);
}

void help_print(FILE *stream, const struct command_line *command_line, const struct verb *verb)
{
	struct filler filler = {.stream = stream};

	print_usage(stream, command_line, verb);
	fill_newline(&filler);
	fill_text(&filler, verb ? verb->help : command_line->purpose);
	fill_newline(&filler);
	if (verb && verb->details)
		print_details(stream, verb->details);
	if (!verb)
		print_verbs(stream, command_line);
	print_options(stream, command_line, verb);
	if (!verb)
		(void)fprintf(
			stream,
			"\nThe options of a verb: %s VERB --help\n"
			"Exit codes: %d pass, %d findings, %d wrong use, %d could not check\n",
			command_line->program, EXIT_PASS, EXIT_FINDINGS, EXIT_USAGE,
			EXIT_UNCHECKED);
}
