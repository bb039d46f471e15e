/* SPDX-License-Identifier: Apache-2.0 */
#include "check/secret_value.h"

#include "cleanup.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#define LOOKED_AT_MAX 4096 /* bytes of a value that decide */

bool alphabet_has(enum alphabet alphabet, char c)
{
	static const char *const further[] = {
		[ALPHABET_ALNUM] = "",	    [ALPHABET_BASE64] = "+/", [ALPHABET_BASE64URL] = "-_",
		[ALPHABET_DOTTED] = "-_.~", [ALPHABET_PATH] = "-_/",
	};

	if (!c)
		return false;
	if (alphabet == ALPHABET_HEX)
		return isxdigit((unsigned char)c);
	if (alphabet == ALPHABET_UPPER)
		return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return true;
	return strchr(further[alphabet], c) != NULL;
}

size_t alphabet_span(enum alphabet alphabet, const char *text, size_t size)
{
	size_t length = 0;

	while (length < size && alphabet_has(alphabet, text[length]))
		length++;
	return length;
}

static bool has_word(const char *value, size_t length, const char *word)
{
	size_t size = strlen(word);

	for (size_t i = 0; i + size <= length; i++)
		if (strncasecmp(value + i, word, size) == 0)
			return true;
	return false;
}

static bool is_word(const char *value, size_t length, const char *word)
{
	return length == strlen(word) && strncasecmp(value, word, length) == 0;
}

static size_t count_distinct(const char *value, size_t length)
{
	bool seen[256] = {};
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		bool *mark = &seen[(unsigned char)value[i]];

		count += !*mark;
		*mark = true;
	}
	return count;
}

bool value_is_placeholder(const char *value, size_t length)
{
	static const char *const parts[] = {
		"xxxx",	       "****",	     "....",	    "${",	"$(",	     "{{",
		"<",	       "%(",	     "example",	    "changeme", "change_me", "change-me",
		"placeholder", "your",	     "redacted",    "dummy",	"insert",    "replace",
		"notset",      "1234567890", "abcdefghijk", "mypass",	"secret123",
	};
	static const char *const words[] = {
		"password", "passwd",	"pass",	    "secret", "token",	   "user",   "username",
		"foo",	    "bar",	"foobar",   "test",   "none",	   "null",   "nil",
		"true",	    "false",	"yes",	    "no",     "default",   "empty",  "unset",
		"disabled", "required", "optional", "string", "key",	   "prompt", "ask",
		"hidden",   "sample",	"pwd",	    "pw",     "undefined",
	};

	if (length > LOOKED_AT_MAX)
		length = LOOKED_AT_MAX;
	if (length == 0 || count_distinct(value, length) < 3 || strchr("$%@{[(&", value[0]))
		return true;
	for (size_t i = 0; i < ELEMENTS(parts); i++)
		if (has_word(value, length, parts[i]))
			return true;
	for (size_t i = 0; i < ELEMENTS(words); i++)
		if (is_word(value, length, words[i]))
			return true;
	return false;
}

double value_entropy(const char *value, size_t length)
{
	size_t counts[256] = {};
	double bits = 0;

	if (length > LOOKED_AT_MAX)
		length = LOOKED_AT_MAX;
	for (size_t i = 0; i < length; i++)
		counts[(unsigned char)value[i]]++;
	for (size_t i = 0; i < ELEMENTS(counts); i++)
		if (counts[i] > 0) {
			double share = (double)counts[i] / (double)length;

			bits -= share * log2(share);
		}
	return bits;
}

/* Lower and upper letters, digits, other signs; those that join words do not count. */
static unsigned count_kinds(const char *value, size_t length)
{
	bool lower = false, upper = false, digit = false, other = false;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)value[i];

		lower |= islower(c) != 0;
		upper |= isupper(c) != 0;
		digit |= isdigit(c) != 0;
		other |= !isalnum(c) && !strchr("-_./: ", c);
	}
	return (unsigned)lower + upper + digit + other;
}

bool value_is_random(const char *value, size_t length)
{
	unsigned kinds;

	if (length < 10 || length > LOOKED_AT_MAX || value_is_placeholder(value, length))
		return false;
	kinds = count_kinds(value, length);
	if (kinds >= 3)
		return value_entropy(value, length) >= 3.0;
	return kinds == 2 && length >= 20 && value_entropy(value, length) >= 3.2;
}
