/* SPDX-License-Identifier: Apache-2.0 */
#include "check/words.h"

#include <string.h>

#define BLANKS " \t\r\f\v"

void words_done(struct words *words)
{
	free(words->delimiter);
	words->delimiter = NULL;
}

static bool at_end(const struct words *words)
{
	return words->at >= words->end;
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static char ahead(const struct words *words, size_t by)
{
	if ((size_t)(words->end - words->at) <= by)
		return '\0';
	return words->at[by];
}

static bool is_operator(char c)
{
	return is_one_of(c, ";&|()<>\n");
}

/* Leaves out the lines of a here document: they are data. */
static void skip_document(struct words *words)
{
	size_t length = strlen(words->delimiter);

	while (!at_end(words)) {
		const char *line = words->at;
		const char *stop = memchr(line, '\n', (size_t)(words->end - line));

		words->at = stop ? stop + 1 : words->end;
		stop = stop ? stop : words->end;
		while (line < stop && *line == '\t')
			line++;
		if ((size_t)(stop - line) == length && memcmp(line, words->delimiter, length) == 0)
			break;
	}
	words_done(words);
}

static void skip_blanks(struct words *words)
{
	while (!at_end(words)) {
		char c = *words->at;

		if (words->syntax == WORDS_SHELL && c == '\\' && ahead(words, 1) == '\n')
			words->at += 2;
		else if (is_one_of(c, BLANKS) || c == '\0' ||
			 (c == '\n' && words->syntax != WORDS_SHELL))
			words->at++;
		else
			break;
	}
	if (words->syntax == WORDS_SHELL && !at_end(words) && *words->at == '#')
		while (!at_end(words) && *words->at != '\n')
			words->at++;
}

/* What stands between parentheses or backquotes, with them, as it is. */
static int take_inside(struct words *words, struct buffer *text)
{
	const char *begin = words->at;
	char open = *begin, quote = '\0';
	size_t depth = 0;

	while (!at_end(words)) {
		char c = *words->at++;

		if (c == '\\' && quote != '\'' && !at_end(words))
			words->at++;
		else if (quote && c == quote)
			quote = '\0';
		else if (quote)
			continue;
		else if (open == '`' && c == '`' && words->at - begin > 1)
			break;
		else if (open == '(' && is_one_of(c, "'\""))
			quote = c;
		else if (open == '(' && c == '(')
			depth++;
		else if (open == '(' && c == ')' && --depth == 0)
			break;
	}
	return buffer_append(text, begin, (size_t)(words->at - begin));
}

static int digit_value(char c)
{
	static const char *const digits = "0123456789abcdef";
	const char *found;

	if (c == '\0')
		return -1;
	found = strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c);
	return found ? (int)(found - digits) : -1;
}

/* -1 for what is no number of that base, and for a NUL and what is no byte. */
static int digits_value(const char *digits, size_t count, int base)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		int digit = digit_value(digits[i]);

		if (digit < 0 || digit >= base)
			return -1;
		value = value * base + digit;
	}
	return value > 0 && value < 256 ? value : -1;
}

/* C escapes, as systemd has them: "\x2f" and "\057" are '/', "\s" a blank. */
static int take_c_escape(struct words *words, struct buffer *text)
{
	static const char *const letters = "nrtsabfv", *const bytes = "\n\r\t \a\b\f\v";
	size_t left = (size_t)(words->end - words->at);
	const char *found = ahead(words, 0) ? strchr(letters, ahead(words, 0)) : NULL;
	int value = -1;
	char byte;

	if (ahead(words, 0) == 'x' && left >= 3) {
		value = digits_value(words->at + 1, 2, 16);
		words->at += value > 0 ? 3 : 0;
	} else if (left >= 3) {
		value = digits_value(words->at, 3, 8);
		words->at += value > 0 ? 3 : 0;
	}
	if (value > 0) {
		byte = (char)value;
		return buffer_append(text, &byte, 1);
	}
	byte = ahead(words, 0);
	if (found)
		byte = bytes[found - letters];
	words->at += left > 0;
	return buffer_append(text, &byte, left > 0);
}

/* After a backslash. */
static int take_escape(struct words *words, struct buffer *text, char quote)
{
	char c = ahead(words, 0);

	if (words->syntax == WORDS_EXEC)
		return take_c_escape(words, text);
	if (quote == '"' && !is_one_of(c, "\"\\$`\n") && buffer_append(text, "\\", 1) < 0)
		return -ENOMEM;
	if (at_end(words))
		return 0;
	words->at++;
	return words->syntax == WORDS_SHELL && c == '\n' ? 0 : buffer_append(text, &c, 1);
}

static int take_quoted(struct words *words, struct buffer *text)
{
	bool literal = words->syntax != WORDS_EXEC && *words->at == '\'';
	char quote = *words->at++;
	int r = 0;

	while (r == 0 && !at_end(words) && *words->at != quote) {
		char c = *words->at;

		if (words->syntax == WORDS_SHELL && !literal && c == '$' &&
		    ahead(words, 1) == '(') {
			words->at++;
			r = buffer_append(text, "$", 1);
			if (r == 0)
				r = take_inside(words, text);
		} else if (words->syntax == WORDS_SHELL && !literal && c == '`') {
			r = take_inside(words, text);
		} else {
			words->at++;
			r = c == '\\' && !literal ? take_escape(words, text, quote)
						  : buffer_append(text, &c, 1);
		}
	}
	words->at += !at_end(words);
	return r;
}

/* "$(", "<(", ">(" and "`" begin something that belongs to the word. */
static size_t inside_begins(const struct words *words)
{
	char c = *words->at;

	if (words->syntax != WORDS_SHELL)
		return SIZE_MAX;
	if (c == '`')
		return 0;
	return is_one_of(c, "$<>") && ahead(words, 1) == '(' ? 1 : SIZE_MAX;
}

static int take_piece(struct words *words, struct buffer *text)
{
	size_t inside = inside_begins(words);
	char c = *words->at;

	if (inside != SIZE_MAX) {
		words->at += inside;
		if (inside > 0 && buffer_append(text, &c, 1) < 0)
			return -ENOMEM;
		return take_inside(words, text);
	}
	if (is_one_of(c, "'\""))
		return take_quoted(words, text);
	words->at++;
	if (c == '\\')
		return take_escape(words, text, '\0');
	return buffer_append(text, &c, 1);
}

static bool ends_word(const struct words *words)
{
	char c = *words->at;

	if (is_one_of(c, BLANKS) || c == '\0' || c == '\n')
		return true;
	return words->syntax == WORDS_SHELL && is_operator(c) && inside_begins(words) == SIZE_MAX;
}

static int take_operator(struct words *words)
{
	char c = *words->at++;

	if (c == '\n' && words->delimiter)
		skip_document(words);
	if (c == '|' && ahead(words, 0) == '|') {
		words->at++;
		return WORD_SEPARATOR;
	}
	if (c == '|') {
		words->at += ahead(words, 0) == '&';
		return WORD_PIPE;
	}
	if (c == '&' && ahead(words, 0) == '>') {
		words->at++;
		return WORD_REDIRECT;
	}
	if (!is_one_of(c, "<>"))
		return WORD_SEPARATOR;
	words->wants_delimiter = c == '<' && ahead(words, 0) == '<' && ahead(words, 1) != '<';
	while (is_one_of(ahead(words, 0), "<>&|-"))
		words->at++;
	return WORD_REDIRECT;
}

static int take_word(struct words *words, struct buffer *text)
{
	const char *begin = words->at;
	int r = 0;

	while (r == 0 && !at_end(words) && !ends_word(words))
		r = take_piece(words, text);
	if (r < 0)
		return r;
	if (words->syntax == WORDS_EXEC && words->at - begin == 1 && *begin == ';')
		return WORD_SEPARATOR;
	if (words->wants_delimiter) {
		words->wants_delimiter = false;
		words_done(words);
		words->delimiter = strdup(text->data);
		if (!words->delimiter)
			return -ENOMEM;
	}
	return WORD_TEXT;
}

/* The "2" of "2>&1" is no word. */
static bool is_descriptor(const struct words *words, const struct buffer *text)
{
	return words->syntax == WORDS_SHELL && is_one_of(ahead(words, 0), "<>") &&
	       ahead(words, 1) != '(' && text->size > 0 &&
	       strspn(text->data, "0123456789") == text->size;
}

int words_next(struct words *words, struct buffer *text)
{
	int r;

	text->size = 0;
	r = buffer_append_text(text, "");
	if (r < 0)
		return r;
	skip_blanks(words);
	if (at_end(words))
		return WORD_END;
	if (words->syntax == WORDS_SHELL && is_operator(*words->at) &&
	    inside_begins(words) == SIZE_MAX)
		return take_operator(words);
	r = take_word(words, text);
	return r == WORD_TEXT && is_descriptor(words, text) ? take_operator(words) : r;
}
