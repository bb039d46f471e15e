/* SPDX-License-Identifier: Apache-2.0 */
#include "check/secret_match.h"

#include "text.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX  256
#define LINE_LOOK 512

/* In these places a value is a password by its place; manuals have words there, though. */
static bool is_weak(const struct secret_view *view, const char *value, size_t length)
{
	size_t digits = 0, letters = 0;

	if (length > WORD_MAX || value_is_placeholder(value, length))
		return true;
	for (size_t i = 0; i < length; i++) {
		digits += isdigit((unsigned char)value[i]) != 0;
		letters += isalpha((unsigned char)value[i]) != 0;
	}
	return !view->is_login && (length < 8 || digits == 0 || letters == 0);
}

static bool found_password(const struct secret_view *view, size_t mark, size_t at, size_t length,
			   struct secret *ret)
{
	(void)secret_found(view, mark, at, length, ret);
	ret->is_guessable = true;
	return true;
}

/* The next word, its length 0 at the end. */
static size_t next_word(const struct secret_view *view, size_t at, size_t *ret_length)
{
	size_t length = 0;

	while (at < view->size && isspace((unsigned char)view->data[at]))
		at++;
	while (at + length < view->size && length <= WORD_MAX &&
	       !isspace((unsigned char)view->data[at + length]))
		length++;
	*ret_length = length;
	return at;
}

static bool word_is(const struct secret_view *view, size_t at, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(view->data + at, word, length) == 0;
}

static bool begins_word(const struct secret_view *view, size_t at)
{
	return at == 0 || isspace((unsigned char)view->data[at - 1]);
}

/* machine NAME login USER password VALUE, on one line or several: netrc(5), apt_auth.conf(5). */
bool match_netrc(const struct detector *detector _unused_, const struct secret_view *view,
		 size_t start, size_t end, struct secret *ret)
{
	size_t at = end, length;
	bool has_login = false;

	if (!view->is_text || !begins_word(view, start))
		return false;
	at = next_word(view, at, &length);
	for (int words = 0; words < 3 && length > 0; words++) {
		size_t value, value_length;

		at = next_word(view, at + length, &length);
		value = next_word(view, at + length, &value_length);
		if (has_login && word_is(view, at, length, "password"))
			return !is_weak(view, view->data + value, value_length) &&
			       found_password(view, start, value, value_length, ret);
		has_login |= word_is(view, at, length, "login");
		at = value;
		length = value_length;
	}
	return false;
}

static bool ends_authority(char c)
{
	return !c || isspace((unsigned char)c) || strchr("/\"'`<>(){}\\|,;", c) != NULL;
}

/* SCHEME://USER:PASSWORD@HOST */
bool match_url(const struct detector *detector _unused_, const struct secret_view *view,
	       size_t start, size_t end, struct secret *ret)
{
	size_t colon = 0, sign = 0;

	if (!view->is_text || start == 0 || !isalnum((unsigned char)view->data[start - 1]))
		return false;
	for (size_t at = end; at < view->size && at - end < LINE_LOOK; at++) {
		char c = view->data[at];

		if (c == '@')
			sign = at;
		else if (c == ':' && !colon)
			colon = at;
		else if (ends_authority(c))
			break;
	}
	if (!colon || sign <= colon + 1 || sign + 1 >= view->size ||
	    !isalnum((unsigned char)view->data[sign + 1]))
		return false;
	if (is_weak(view, view->data + colon + 1, sign - colon - 1))
		return false;
	return found_password(view, start, colon + 1, sign - colon - 1, ret);
}

static size_t line_end(const struct secret_view *view, size_t at)
{
	size_t left = view->size - at;
	const char *newline = memchr(view->data + at, '\n', left < LINE_LOOK ? left : LINE_LOOK);

	if (newline)
		return (size_t)(newline - view->data);
	return at + (left < LINE_LOOK ? left : LINE_LOOK);
}

/* The word at `at`, in quotes or not; false when there is none. */
static bool find_argument(const struct secret_view *view, size_t at, size_t end, size_t *ret_at,
			  size_t *ret_length)
{
	size_t length = 0;

	while (at < end && (view->data[at] == '\'' || view->data[at] == '"'))
		at++;
	while (at + length < end && view->data[at + length] &&
	       !strchr(" \t'\";|&", view->data[at + length]))
		length++;
	*ret_at = at;
	*ret_length = length;
	return length > 0;
}

/* The value of an option on the command line: -pVALUE, -p VALUE, or USER:VALUE after -u. */
static bool find_option(const struct secret_view *view, size_t at, size_t end, const char *option,
			size_t *ret_at, size_t *ret_length)
{
	const char *found = memmem(view->data + at, end - at, option, strlen(option));

	return found && find_argument(view, (size_t)(found - view->data) + strlen(option), end,
				      ret_at, ret_length);
}

/* sshpass -p, mysql -p, curl -u, docker login -p: what people type and what stays in histories. */
bool match_command(const struct detector *detector, const struct secret_view *view, size_t start,
		   size_t end, struct secret *ret)
{
	static const struct {
		const char *command, *option;
		bool has_user;
	} options[] = {
		{"sshpass", " -p ", false},	 {"sshpass", " -p", false},
		{"mysql", " -p", false},	 {"mysqldump", " -p", false},
		{"curl", " -u ", true},		 {"curl", " --user ", true},
		{"docker login", " -p ", false}, {"docker login", " --password ", false},
		{"ldapsearch", " -w ", false},	 {"smbclient", " --password=", false},
		{"redis-cli", " -a ", false},	 {"openssl", " pass:", false},
		{"ipmitool", " -P ", false},
	};
	size_t last, at, length;

	if (!view->is_text || !(view->is_login || !view->is_code))
		return false;
	last = line_end(view, end);
	for (size_t i = 0; i < ELEMENTS(options); i++) {
		if (strcmp(options[i].command, detector->word) != 0 ||
		    !find_option(view, end, last, options[i].option, &at, &length))
			continue;
		if (options[i].has_user) {
			const char *colon = memchr(view->data + at, ':', length);

			if (!colon)
				continue;
			length -= (size_t)(colon + 1 - (view->data + at));
			at = (size_t)(colon + 1 - view->data);
		}
		if (length >= 4 && view->data[at] != '-' && !is_weak(view, view->data + at, length))
			return found_password(view, start, at, length, ret);
	}
	return false;
}

/* A word and after it the secret, in quotes or not: requirepass VALUE, IDENTIFIED BY 'VALUE'. */
bool match_word(const struct detector *detector, const struct secret_view *view, size_t start,
		size_t end, struct secret *ret)
{
	size_t at, length;

	if (!view->is_text || !find_argument(view, end, line_end(view, end), &at, &length) ||
	    length < detector->min || is_weak(view, view->data + at, length))
		return false;
	return found_password(view, start, at, length, ret);
}

/* Authorization: Basic and the base64 of USER:PASSWORD; RFC 7617. */
bool match_basic(const struct detector *detector _unused_, const struct secret_view *view,
		 size_t start, size_t end, struct secret *ret)
{
	size_t limit = view->size - end < WORD_MAX ? view->size - end : WORD_MAX, length, size;
	_cleanup_free_ uint8_t *login = NULL;
	const char *colon;

	length = alphabet_span(ALPHABET_BASE64, view->data + end, limit);
	while (length < limit && view->data[end + length] == '=')
		length++;
	if (length < 12 || base64_decode(view->data + end, length, &login, &size) < 0)
		return false;
	colon = memchr(login, ':', size);
	if (!colon || !utf8_is_valid((const char *)login, size))
		return false;
	size -= (size_t)(colon + 1 - (const char *)login);
	if (size < 4 || is_weak(view, colon + 1, size))
		return false;
	return found_password(view, start, end, length, ret);
}

/* NAME:$id$salt$hash:DAYS:...: nine fields; shadow(5). */
bool match_shadow(const struct detector *detector _unused_, const struct secret_view *view,
		  size_t start, size_t end, struct secret *ret)
{
	size_t from = start, last = line_end(view, end), hash = 0, colons = 0;

	while (from > 0 && start - from < WORD_MAX && view->data[from - 1] != '\n')
		from--;
	if (from == start)
		return false;
	for (size_t at = from; at < start; at++)
		if (!alphabet_has(ALPHABET_DOTTED, view->data[at]))
			return false;
	for (size_t at = start; at < last; at++) {
		if (view->data[at] != ':')
			continue;
		if (++colons == 2)
			hash = at;
	}
	if (colons != 8 || hash - start < 20)
		return false;
	return found_password(view, from, start + 1, hash - start - 1, ret);
}
