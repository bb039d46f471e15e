/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <string.h>
#include <time.h>

#define TIME_LENGTH 20
#define TIME_MAX    253402300799 /* 9999-12-31T23:59:59Z */

static const char hex_digits[] = "0123456789abcdef";

void hex_encode(const uint8_t *data, size_t size, char *ret_text)
{
	for (size_t i = 0; i < size; i++) {
		*ret_text++ = hex_digits[data[i] >> 4];
		*ret_text++ = hex_digits[data[i] & 15];
	}
	*ret_text = '\0';
}

/* The value of each digit plus one; zero for what is none. */
static const uint8_t hex_values[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

static int hex_value(char digit)
{
	return hex_values[(unsigned char)digit] - 1;
}

int hex_decode(const char *text, size_t length, uint8_t *ret_data, size_t size)
{
	if (length % 2 != 0 || length / 2 != size)
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		if (hex_value(text[i]) < 0)
			return -EINVAL;
	for (size_t i = 0; i < size; i++)
		ret_data[i] = (uint8_t)(hex_value(text[2 * i]) << 4 | hex_value(text[2 * i + 1]));
	return 0;
}

/* Shape of a UTF-8 sequence, by its first byte; `min` refuses overlong forms. */
struct utf8_form {
	uint8_t mask, lead;
	size_t length;
	uint32_t min;
};

static const struct utf8_form utf8_forms[] = {
	{.mask = 0x80, .lead = 0x00, .length = 1, .min = 0x01},
	{.mask = 0xe0, .lead = 0xc0, .length = 2, .min = 0x80},
	{.mask = 0xf0, .lead = 0xe0, .length = 3, .min = 0x800},
	{.mask = 0xf8, .lead = 0xf0, .length = 4, .min = 0x10000},
};

/* Length of the well-formed character at `text`, of `left` bytes; 0 when there is none. */
static size_t utf8_next(const char *text, size_t left, uint32_t *ret_character)
{
	const uint8_t *bytes = (const uint8_t *)text;
	const struct utf8_form *form = NULL;
	uint32_t c;

	for (size_t i = 0; i < ELEMENTS(utf8_forms) && !form; i++)
		if ((bytes[0] & utf8_forms[i].mask) == utf8_forms[i].lead)
			form = &utf8_forms[i];
	if (!form || form->length > left)
		return 0;
	c = bytes[0] & (uint8_t)~form->mask;
	for (size_t i = 1; i < form->length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (bytes[i] & 0x3f);
	}
	if (c < form->min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_character = c;
	return form->length;
}

bool utf8_is_valid(const char *text, size_t length)
{
	uint32_t c;

	for (size_t n; length > 0; text += n, length -= n) {
		n = utf8_next(text, length, &c);
		if (n == 0)
			return false;
	}
	return true;
}

/* First and last of the characters that could move the cursor or reorder a line. */
static const uint32_t unprintable[][2] = {
	{0x00, 0x1f},	  {0x7f, 0x9f},	    {0x61c, 0x61c},
	{0x200e, 0x200f}, {0x202a, 0x202e}, {0x2066, 0x2069},
};

static bool is_printable(uint32_t c)
{
	for (size_t i = 0; i < ELEMENTS(unprintable); i++)
		if (c >= unprintable[i][0] && c <= unprintable[i][1])
			return false;
	return true;
}

static bool is_any(uint32_t c)
{
	(void)c;
	return true;
}

static char *write_octal(char *out, uint8_t byte)
{
	*out++ = '\\';
	*out++ = (char)('0' + (byte >> 6));
	*out++ = (char)('0' + (byte >> 3 & 7));
	*out++ = (char)('0' + (byte & 7));
	return out;
}

/* Copies characters that `is_kept` likes, and writes each byte of the others in octal. */
static char *escape(const char *text, size_t length, bool (*is_kept)(uint32_t))
{
	char *result, *out;
	size_t space;

	if (__builtin_mul_overflow(length, 4, &space) || space == SIZE_MAX)
		return NULL;
	out = result = malloc(space + 1);
	if (!result)
		return NULL;
	while (length > 0) {
		uint32_t c;
		size_t n = utf8_next(text, length, &c);
		bool kept = n > 0 && is_kept(c);

		n = n > 0 ? n : 1;
		length -= n;
		for (; n > 0; n--, text++) {
			if (kept)
				*out++ = *text;
			else
				out = write_octal(out, (uint8_t)*text);
		}
	}
	*out = '\0';
	return result;
}

char *text_escape(const char *text, size_t length)
{
	return escape(text, length, is_printable);
}

char *text_to_utf8(const char *text, size_t length)
{
	return escape(text, length, is_any);
}

int time_format(int64_t seconds, char ret_text[21])
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (seconds < 0 || seconds > TIME_MAX || !gmtime_r(&t, &tm))
		return -ERANGE;
	if (strftime(ret_text, TIME_LENGTH + 1, "%Y-%m-%dT%H:%M:%SZ", &tm) != TIME_LENGTH)
		return -ERANGE;
	return 0;
}

static bool matches_shape(const char *text, const char *shape)
{
	if (strlen(text) != strlen(shape))
		return false;
	for (; *shape; text++, shape++)
		if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
			return false;
	return true;
}

int time_parse(const char *text, int64_t *ret_seconds)
{
	char again[TIME_LENGTH + 1];
	struct tm tm = {0};
	int64_t seconds;

	if (!matches_shape(text, "0000-00-00T00:00:00Z"))
		return -EINVAL;
	if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		   &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
		return -EINVAL;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	seconds = timegm(&tm);
	/* timegm() takes the 30th of February for a day in March; the text does not come back. */
	if (time_format(seconds, again) < 0 || strcmp(text, again) != 0)
		return -EINVAL;
	*ret_seconds = seconds;
	return 0;
}
