/* SPDX-License-Identifier: Apache-2.0 */
#include "check/sudoers.h"

#include <string.h>

int sudoers_open(const char *data, size_t size, struct sudoers_reader *ret)
{
	char *text = malloc(size + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text, data, size);
	text[size] = '\0';
	*ret = (struct sudoers_reader){.text = text, .rest = {text, size}, .number = 1};
	return 0;
}

void sudoers_close(struct sudoers_reader *reader)
{
	free(reader->text);
	*reader = (struct sudoers_reader){};
}

/* Joins continued lines in place: the backslash and its newline become blanks. */
static struct span take_line(struct sudoers_reader *reader, size_t *ret_lines)
{
	char *text = reader->text + (reader->rest.text - reader->text);
	size_t size = 0, left = reader->rest.size;

	*ret_lines = 1;
	while (size < left && text[size] != '\n') {
		if (text[size] == '\\' && size + 1 < left && text[size + 1] == '\n') {
			text[size] = text[size + 1] = ' ';
			(*ret_lines)++;
		}
		size++;
	}
	reader->rest = span_after(reader->rest, size + 1);
	return (struct span){text, size};
}

static bool parse_include(struct span line, struct sudoers_line *ret)
{
	static const struct {
		const char *word;
		enum sudoers_kind kind;
	} words[] = {
		{"@includedir", SUDOERS_INCLUDEDIR},
		{"#includedir", SUDOERS_INCLUDEDIR},
		{"@include", SUDOERS_INCLUDE},
		{"#include", SUDOERS_INCLUDE},
	};
	struct span word;

	if (!span_word(&line, &word))
		return false;
	for (size_t i = 0; i < ELEMENTS(words); i++) {
		if (!span_is(word, words[i].word))
			continue;
		line = span_trim(line);
		ret->kind = words[i].kind;
		return span_quoted(&line, &ret->path);
	}
	return false;
}

/* A comment that is not "#1000", which is a uid. */
static bool is_comment(struct span line)
{
	return line.size == 0 || (line.text[0] == '#' &&
				  (line.size == 1 || line.text[1] < '0' || line.text[1] > '9'));
}

static void parse_rule(struct span line, struct sudoers_line *ret)
{
	struct span word = {};
	const char *equals;

	/* A list of users may have blanks after its commas. */
	(void)span_word(&line, &word);
	while (word.size > 0 && word.text[word.size - 1] == ',') {
		struct span next;

		if (!span_word(&line, &next))
			break;
		word.size = (size_t)(next.text + next.size - word.text);
	}
	equals = line.size ? memchr(line.text, '=', line.size) : NULL;
	ret->kind = SUDOERS_RULE;
	ret->who = word;
	ret->rule = span_trim(line);
	if (equals)
		ret->what = span_trim(span_after(line, (size_t)(equals + 1 - line.text)));
}

static void parse_line(struct span line, struct sudoers_line *ret)
{
	static const char *const aliases[] = {"User_Alias", "Runas_Alias", "Host_Alias",
					      "Cmnd_Alias", "Cmd_Alias"};
	struct span rest = line, word;

	if (parse_include(line, ret))
		return;
	ret->kind = SUDOERS_NOTHING;
	if (is_comment(line) || !span_word(&rest, &word))
		return;
	for (size_t i = 0; i < ELEMENTS(aliases); i++)
		if (span_is(word, aliases[i]))
			return;
	if (!span_starts(word, "Defaults")) {
		parse_rule(line, ret);
		return;
	}
	ret->kind = SUDOERS_DEFAULTS;
	ret->settings = span_trim(rest);
}

bool sudoers_next(struct sudoers_reader *reader, struct sudoers_line *ret)
{
	size_t lines;
	struct span line;

	if (reader->rest.size == 0)
		return false;
	*ret = (struct sudoers_line){.number = reader->number};
	line = span_trim(take_line(reader, &lines));
	reader->number += lines;
	parse_line(line, ret);
	return true;
}

bool sudoers_setting_next(struct span *settings, struct span *ret_name, struct span *ret_value)
{
	struct span rest = *settings;
	bool quoted = false;
	size_t size = 0, equals;

	while (rest.size > 0 &&
	       (rest.text[0] == ',' || rest.text[0] == ' ' || rest.text[0] == '\t'))
		rest = span_after(rest, 1);
	if (rest.size == 0)
		return false;
	while (size < rest.size && (quoted || rest.text[size] != ',')) {
		if (rest.text[size] == '"')
			quoted = !quoted;
		size++;
	}
	*settings = span_after(rest, size);
	rest.size = size;
	for (equals = 0; equals < size && rest.text[equals] != '='; equals++)
		;
	*ret_value = span_trim(span_after(rest, equals + 1));
	if (ret_value->size >= 2 && ret_value->text[0] == '"' && span_ends(*ret_value, "\""))
		*ret_value = (struct span){ret_value->text + 1, ret_value->size - 2};
	/* "env_keep += X" adds, "-=" takes away. */
	while (equals > 0 && strchr("+-", rest.text[equals - 1]) && equals < size)
		equals--;
	*ret_name = span_trim((struct span){rest.text, equals});
	return true;
}

bool sudoers_has_tag(struct span what, const char *tag)
{
	size_t length = strlen(tag);

	for (size_t i = 0; i + length < what.size; i++) {
		struct span at = span_after(what, i);

		if (span_starts(at, tag) && span_starts(span_trim(span_after(at, length)), ":") &&
		    (i == 0 || strchr(" \t:,)=", what.text[i - 1])))
			return true;
	}
	return false;
}

bool sudoers_allows_all(struct span what)
{
	size_t depth = 0;

	/* What stands in parentheses is as whom, and not what. */
	for (size_t i = 0; i < what.size; i++) {
		char c = what.text[i];

		depth += c == '(';
		depth -= c == ')' && depth > 0;
		if (depth == 0 && span_starts(span_after(what, i), "ALL") &&
		    (i == 0 || strchr(" \t:,)=", what.text[i - 1])) &&
		    (i + 3 == what.size || strchr(" \t,#", what.text[i + 3])))
			return true;
	}
	return false;
}

bool doas_permits(struct span line, bool *ret_nopass)
{
	struct span rest = span_trim(line), word;

	*ret_nopass = false;
	if (!span_word(&rest, &word) || !span_is(word, "permit"))
		return false;
	while (span_word(&rest, &word) && word.text[0] != '#')
		*ret_nopass = *ret_nopass || span_is(word, "nopass");
	return true;
}
