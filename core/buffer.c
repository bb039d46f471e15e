/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdarg.h>
#include <string.h>

#define BUFFER_SPACE_MIN  256
#define BUFFER_PRINTF_MIN 64 /* what most formats need */

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
	va_list arguments, again;
	size_t space;
	int n, r;

	r = reserve(buffer, BUFFER_PRINTF_MIN);
	if (r < 0)
		return r;
	space = buffer->space - buffer->size;
	va_start(arguments, format);
	va_copy(again, arguments);
	n = vsnprintf(buffer->data + buffer->size, space, format, arguments);
	va_end(arguments);
	if (n >= 0 && (size_t)n >= space) {
		r = reserve(buffer, (size_t)n);
		if (r == 0)
			n = vsnprintf(buffer->data + buffer->size, (size_t)n + 1, format, again);
	}
	va_end(again);
	if (r < 0 || n < 0) {
		buffer->data[buffer->size] = '\0';
		return r < 0 ? r : -ENOMEM;
	}
	buffer->size += (size_t)n;
	return 0;
}

void buffer_done(struct buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct buffer){0};
}
