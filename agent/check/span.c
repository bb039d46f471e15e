/* SPDX-License-Identifier: Apache-2.0 */
#include "check/span.h"

#include <string.h>
#include <strings.h>

struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

/* A piece of nothing may have no address, which memcmp() and its kin do not take. */
static bool is_prefix(struct span span, const char *text, size_t length)
{
	return span.size >= length && (length == 0 || memcmp(span.text, text, length) == 0);
}

static bool is_prefix_nocase(struct span span, const char *text, size_t length)
{
	return span.size >= length && (length == 0 || strncasecmp(span.text, text, length) == 0);
}

bool span_is(struct span span, const char *text)
{
	return span.size == strlen(text) && is_prefix(span, text, span.size);
}

bool span_is_nocase(struct span span, const char *text)
{
	return span.size == strlen(text) && is_prefix_nocase(span, text, span.size);
}

bool span_same(struct span a, struct span b)
{
	return a.size == b.size && is_prefix(a, b.text, b.size);
}

bool span_starts(struct span span, const char *text)
{
	return is_prefix(span, text, strlen(text));
}

bool span_starts_nocase(struct span span, const char *text)
{
	return is_prefix_nocase(span, text, strlen(text));
}

bool span_ends(struct span span, const char *text)
{
	size_t length = strlen(text);

	return span.size >= length && is_prefix(span_after(span, span.size - length), text, length);
}

bool span_has(struct span span, const char *text)
{
	return span.size > 0 && memmem(span.text, span.size, text, strlen(text)) != NULL;
}

bool span_has_nocase(struct span span, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i + length <= span.size; i++)
		if (is_prefix_nocase(span_after(span, i), text, length))
			return true;
	return false;
}

struct span span_after(struct span span, size_t size)
{
	if (size == 0)
		return span;
	if (size >= span.size)
		return (struct span){span.text ? span.text + span.size : NULL, 0};
	return (struct span){span.text + size, span.size - size};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

struct span span_trim(struct span span)
{
	while (span.size > 0 && is_blank(span.text[0]))
		span = span_after(span, 1);
	while (span.size > 0 && is_blank(span.text[span.size - 1]))
		span.size--;
	return span;
}

bool span_number(struct span span, uint32_t *ret)
{
	uint64_t value = 0;

	if (span.size == 0 || span.size > 10)
		return false;
	for (size_t i = 0; i < span.size; i++) {
		if (span.text[i] < '0' || span.text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(span.text[i] - '0');
	}
	if (value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* Up to `size` bytes become `ret`; the byte after them, if there is one, is left out. */
static void cut(struct span *rest, size_t size, struct span *ret)
{
	*ret = (struct span){rest->text, size};
	*rest = span_after(*rest, size + 1);
}

bool span_line(struct span *rest, struct span *ret)
{
	const char *end;

	if (rest->size == 0)
		return false;
	end = memchr(rest->text, '\n', rest->size);
	cut(rest, end ? (size_t)(end - rest->text) : rest->size, ret);
	if (ret->size > 0 && ret->text[ret->size - 1] == '\r')
		ret->size--;
	return true;
}

bool span_field(struct span *rest, char separator, struct span *ret)
{
	const char *end;

	if (!rest->text)
		return false;
	end = rest->size > 0 ? memchr(rest->text, separator, rest->size) : NULL;
	if (end) {
		cut(rest, (size_t)(end - rest->text), ret);
		return true;
	}
	*ret = *rest;
	*rest = (struct span){};
	return true;
}

static void skip_blanks(struct span *rest)
{
	while (rest->size > 0 && is_blank(rest->text[0]))
		*rest = span_after(*rest, 1);
}

bool span_word(struct span *rest, struct span *ret)
{
	size_t size = 0;

	skip_blanks(rest);
	while (size < rest->size && !is_blank(rest->text[size]))
		size++;
	if (size == 0)
		return false;
	cut(rest, size, ret);
	return true;
}

bool span_quoted(struct span *rest, struct span *ret)
{
	bool inside = false;
	size_t size = 0;

	skip_blanks(rest);
	while (size < rest->size && (inside || !is_blank(rest->text[size]))) {
		if (rest->text[size] == '\\' && inside && size + 1 < rest->size)
			size++;
		else if (rest->text[size] == '"')
			inside = !inside;
		size++;
	}
	if (size == 0)
		return false;
	cut(rest, size, ret);
	if (ret->size >= 2 && ret->text[0] == '"' && ret->text[ret->size - 1] == '"')
		*ret = (struct span){ret->text + 1, ret->size - 2};
	return true;
}

char *span_copy(struct span span)
{
	return strndup(span.size ? span.text : "", span.size);
}
