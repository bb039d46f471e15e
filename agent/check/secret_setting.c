/* SPDX-License-Identifier: Apache-2.0 */
#include "check/secret_match.h"

#include "text.h"

#include <ctype.h>
#include <string.h>

#define VALUE_MAX 512
#define NAME_MAX_ 128
#define LOGIN_MIN 4 /* shorter passwords are not told from words */

static bool is_name_byte(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static char byte_at(const struct secret_view *view, size_t at)
{
	return (char)(at < view->size ? view->data[at] : '\n');
}

static size_t skip_blanks(const struct secret_view *view, size_t at)
{
	while (byte_at(view, at) == ' ' || byte_at(view, at) == '\t')
		at++;
	return at;
}

/* Where the name begins whose end the word is. */
static size_t name_start(const struct secret_view *view, size_t start)
{
	size_t limit = start > NAME_MAX_ ? start - NAME_MAX_ : 0;

	while (start > limit && is_name_byte(view->data[start - 1]))
		start--;
	return start;
}

/* Whether only words that may stand before a setting come before it on its line. */
static bool begins_line(const struct secret_view *view, size_t name)
{
	static const char *const words[] = {"export", "ENV", "ARG", "set", "declare", "-e", "-x"};
	size_t from = name, to = name, word;

	while (to > 0 && (view->data[to - 1] == ' ' || view->data[to - 1] == '\t' ||
			  view->data[to - 1] == '"'))
		to--;
	if (to == 0 || view->data[to - 1] == '\n')
		return true;
	/* systemd's Environment=NAME=VALUE */
	if (view->data[to - 1] == '=')
		return to >= 12 && memcmp(view->data + to - 12, "Environment=", 12) == 0;
	for (from = to;
	     from > 0 && to - from < 16 && !isspace((unsigned char)view->data[from - 1]);)
		from--;
	for (word = 0; word < ELEMENTS(words); word++)
		if (to - from == strlen(words[word]) &&
		    memcmp(view->data + from, words[word], to - from) == 0)
			return true;
	return to - from == 1 && (view->data[from] == '-' || view->data[from] == ';');
}

/* Over the sign between name and value: the place of the value, or 0. */
static size_t find_value(const struct secret_view *view, size_t name, size_t end, char *ret_quote)
{
	char before = (char)(name > 0 ? view->data[name - 1] : '\n'), sign;
	bool is_quoted = before == '"' || before == '\'';
	size_t at = end;

	/* "NAME": VALUE, or "NAME=VALUE" as a whole. */
	if (is_quoted && byte_at(view, at) == before) {
		at++;
	} else if (is_quoted) {
		*ret_quote = before;
		return byte_at(view, at) == '=' ? at + 1 : 0;
	}
	at = before == '<' ? at : skip_blanks(view, at);
	sign = byte_at(view, at);
	if (sign != '=' && sign != ':' && !(sign == ',' && is_quoted) &&
	    !(sign == '>' && before == '<'))
		return 0;
	at = skip_blanks(view, at + 1);
	/* Ruby's and PHP's arrow */
	if (sign == '=' && byte_at(view, at) == '>')
		at = skip_blanks(view, at + 1);
	*ret_quote = byte_at(view, at);
	if (*ret_quote == '"' || *ret_quote == '\'')
		return at + 1;
	*ret_quote = before == '<' ? '<' : '\0';
	return at;
}

static size_t value_length(const struct secret_view *view, size_t at, char quote)
{
	size_t length = 0;

	while (length <= VALUE_MAX && at + length < view->size) {
		char c = view->data[at + length];

		if (c == '\n' || c == '\r' || !c || (quote && c == quote) ||
		    (!quote && isspace((unsigned char)c)))
			break;
		length++;
	}
	return length;
}

/* A value without quotes is one only when nothing but a comment follows it on its line. */
static bool ends_line(const struct secret_view *view, size_t at)
{
	at = skip_blanks(view, at);
	return strchr("\r\n#;", byte_at(view, at)) != NULL;
}

/* One of several in a row: mount options, connection strings, the query of an address. */
static bool is_in_list(const struct secret_view *view, size_t name, size_t end)
{
	return name > 0 && strchr(",;&?", view->data[name - 1]) && byte_at(view, end) == '=';
}

static size_t list_value_length(const struct secret_view *view, size_t at)
{
	size_t length = value_length(view, at, '\0');

	for (size_t i = 0; i < length; i++)
		if (strchr(",;&\"'`<>)#", view->data[at + i]))
			return i;
	return length;
}

static bool is_path(const char *value, size_t length)
{
	return value[0] == '/' || value[0] == '~' || (length > 2 && memcmp(value, "./", 2) == 0) ||
	       memmem(value, length, "://", 3) != NULL;
}

static bool is_secret_value(const struct secret_view *view, const char *value, size_t length)
{
	if (length > VALUE_MAX || is_path(value, length))
		return false;
	if (view->is_login)
		return length >= LOGIN_MIN && !value_is_placeholder(value, length);
	return !memchr(value, '(', length) && !memchr(value, ' ', length) &&
	       value_is_random(value, length);
}

bool match_setting(const struct detector *detector _unused_, const struct secret_view *view,
		   size_t start, size_t end, struct secret *ret)
{
	size_t name, at, length;
	char quote;

	/* password_file, token-type and the like are not the thing itself. */
	if (!view->is_text || is_name_byte(byte_at(view, end)))
		return false;
	/* A word that says itself that it begins a line. */
	name = view->data[start] == '\n' ? start + 1 : name_start(view, start);
	at = find_value(view, name, end, &quote);
	if (at == 0 || at >= view->size)
		return false;
	length = value_length(view, at, quote);
	if (is_in_list(view, name, end))
		length = list_value_length(view, at);
	else if (!quote && !view->is_login &&
		 (view->is_code || !begins_line(view, name) || !ends_line(view, at + length)))
		return false;
	if (!is_secret_value(view, view->data + at, length))
		return false;
	(void)secret_found(view, name, at, length, ret);
	ret->is_guessable = true;
	return true;
}

/* The string after the word, which is a member's name in quotes, a colon and blanks. */
static size_t member_string(const struct secret_view *view, size_t at, size_t *ret_length)
{
	at = skip_blanks(view, at);
	if (byte_at(view, at) != ':')
		return 0;
	at = skip_blanks(view, at + 1);
	if (byte_at(view, at) != '"')
		return 0;
	*ret_length = value_length(view, at + 1, '"');
	return at + 1;
}

bool match_json(const struct detector *detector, const struct secret_view *view, size_t start,
		size_t end, struct secret *ret)
{
	size_t length, at = member_string(view, end, &length);

	if (at == 0 || length < detector->min || length > detector->max ||
	    !value_is_random(view->data + at, length))
		return false;
	return secret_found(view, start, at, length, ret);
}

/* Docker's config.json: the base64 of USER:PASSWORD. */
bool match_docker(const struct detector *detector _unused_, const struct secret_view *view,
		  size_t start, size_t end, struct secret *ret)
{
	size_t length, at = member_string(view, end, &length), size;
	_cleanup_free_ uint8_t *login = NULL;
	const char *colon;

	if (at == 0 || length < 8 || length > VALUE_MAX ||
	    base64_decode(view->data + at, length, &login, &size) < 0)
		return false;
	colon = memchr(login, ':', size);
	if (!colon || colon == (const char *)login || !utf8_is_valid((const char *)login, size))
		return false;
	size -= (size_t)(colon + 1 - (const char *)login);
	if (size < LOGIN_MIN || value_is_placeholder(colon + 1, size))
		return false;
	(void)secret_found(view, start, at, length, ret);
	ret->is_guessable = true;
	return true;
}
