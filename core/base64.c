/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL converts; what it would let pass (white space, a missing end, stray bits) is refused
 * before it sees the text.
 */
#include "text.h"

#include <limits.h>
#include <string.h>

/* EVP_EncodeBlock() and EVP_DecodeBlock() count in int. */
#define BASE64_INPUT_MAX (INT_MAX / 4 * 3 - 3)

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t size)
{
	char *text;

	if (size > BASE64_INPUT_MAX)
		return NULL;
	text = malloc((size + 2) / 3 * 4 + 1);
	if (!text)
		return NULL;
	text[0] = '\0';
	if (size > 0)
		(void)EVP_EncodeBlock((unsigned char *)text, data, (int)size);
	return text;
}

/*
 * Copies `length` digits in the standard alphabet to `ret`. -EINVAL on any other byte and when the
 * two alphabets are mixed.
 */
static int to_standard(const char *text, size_t length, char *ret)
{
	bool is_standard = false, is_url = false;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (c == '-' || c == '_') {
			is_url = true;
			c = c == '-' ? '+' : '/';
		} else if (c == '+' || c == '/') {
			is_standard = true;
		} else if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			     (c >= '0' && c <= '9'))) {
			return -EINVAL;
		}
		ret[i] = c;
	}
	return is_standard && is_url ? -EINVAL : 0;
}

/* Whether the bits of the last digit that encode nothing are zero. */
static bool is_tail_zero(char digit, size_t padding)
{
	size_t value = (size_t)(strchr(standard, digit) - standard);
	size_t unused = padding == 2 ? 0x0f : padding == 1 ? 0x03 : 0;

	return (value & unused) == 0;
}

static size_t count_padding(const char *text, size_t length)
{
	if (length < 4 || text[length - 1] != '=')
		return 0;
	return text[length - 2] == '=' ? 2 : 1;
}

int base64_decode(const char *text, size_t length, uint8_t **ret_data, size_t *ret_size)
{
	_cleanup_free_ char *digits = NULL;
	_cleanup_free_ uint8_t *data = NULL;
	size_t padding = count_padding(text, length), size = length / 4 * 3 - padding;
	int r;

	if (length % 4 != 0 || length > INT_MAX)
		return -EINVAL;
	digits = malloc(length + 1);
	data = malloc(length / 4 * 3 + 1);
	if (!digits || !data)
		return -ENOMEM;
	r = to_standard(text, length - padding, digits);
	if (r < 0)
		return r;
	if (length > 0 && !is_tail_zero(digits[length - padding - 1], padding))
		return -EINVAL;
	memset(digits + length - padding, '=', padding);
	if (length > 0 && EVP_DecodeBlock(data, (unsigned char *)digits, (int)length) < 0)
		return -EINVAL;
	data[size] = '\0';
	*ret_data = TAKE_PTR(data);
	*ret_size = size;
	return 0;
}
