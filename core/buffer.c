/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdarg.h>
#include <string.h>

#define BUFFER_SPACE_MIN 256

/* Makes room for `more` bytes and a NUL. Doubling keeps appends linear in total. */
static int reserve(struct buffer *buffer, size_t more)
{
	size_t needed, space = buffer->space ? buffer->space : BUFFER_SPACE_MIN;
	char *data;

	if (__builtin_add_overflow(buffer->size, more, &needed) ||
	    __builtin_add_overflow(needed, 1, &needed))
		return -ENOMEM;
	if (needed <= buffer->space)
		return 0;
	while (space < needed)
		if (__builtin_mul_overflow(space, 2, &space))
			return -ENOMEM;
	data = realloc(buffer->data, space);
	if (!data)
		return -ENOMEM;
	buffer->data = data;
	buffer->space = space;
	return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t size)
{
	int r = reserve(buffer, size);

	if (r < 0)
		return r;
	if (size > 0)
		memcpy(buffer->data + buffer->size, data, size);
	buffer->size += size;
	buffer->data[buffer->size] = '\0';
	return 0;
}

int buffer_append_text(struct buffer *buffer, const char *text)
{
	return buffer_append(buffer, text, strlen(text));
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (n < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return buffer_append(buffer, text, (size_t)n);
}

void buffer_done(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}
