/* SPDX-License-Identifier: Apache-2.0 */
#include "urlsafe.h"

#include <string.h>

char *urlsafe_encode(const void *data, size_t size)
{
	char *text = base64_encode(data, size);

	if (!text)
		return NULL;
	text[strcspn(text, "=")] = '\0';
	for (char *at = text; *at; at++) {
		if (*at == '+')
			*at = '-';
		else if (*at == '/')
			*at = '_';
	}
	return text;
}

int urlsafe_decode(const char *text, void *ret_data, size_t size)
{
	_cleanup_buffer_ struct buffer padded = {0};
	_cleanup_free_ uint8_t *data = NULL;
	size_t length = strlen(text);
	size_t found;
	int r;

	if (length != (size * 4 + 2) / 3 || strpbrk(text, "+/="))
		return -EINVAL;
	r = buffer_append(&padded, text, length);
	if (r >= 0)
		r = buffer_append(&padded, "==", (4 - length % 4) % 4);
	if (r >= 0)
		r = base64_decode(padded.data, padded.size, &data, &found);
	if (r < 0)
		return r;
	if (found != size)
		return -EINVAL;
	memcpy(ret_data, data, size);
	return 0;
}
