/* SPDX-License-Identifier: Apache-2.0 */
#include "error.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <string.h>

/* Takes `message` over; NULL (out of memory) leaves what was there. */
static void replace(struct error *error, char *message)
{
	if (!message)
		return;
	free(error->message);
	error->message = message;
}

static _printf_(1, 0) char *format_text(const char *format, va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

/* Formats "a: b". */
static char *join(const char *a, const char *b)
{
	char *text;

	return asprintf(&text, "%s: %s", a, b) < 0 ? NULL : text;
}

int error_set(struct error *error, int r, const char *format, ...)
{
	va_list arguments;

	if (!error)
		return r;
	va_start(arguments, format);
	replace(error, format_text(format, arguments));
	va_end(arguments);
	return r;
}

int error_prefix(struct error *error, int r, const char *format, ...)
{
	_cleanup_free_ char *prefix = NULL;
	va_list arguments;

	if (!error)
		return r;
	va_start(arguments, format);
	prefix = format_text(format, arguments);
	va_end(arguments);
	if (prefix)
		replace(error, join(prefix, error_text(error, r)));
	return r;
}

/* The newest reason in OpenSSL's queue; NULL when there is none. Points to static text. */
static const char *openssl_reason(void)
{
	unsigned long code = ERR_peek_last_error();

	if (code == 0)
		return NULL;
	if (ERR_SYSTEM_ERROR(code))
		return strerror(ERR_GET_REASON(code));
	return ERR_reason_error_string(code);
}

int error_set_openssl(struct error *error, int r, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	const char *reason = openssl_reason();
	va_list arguments;

	if (error) {
		va_start(arguments, format);
		text = format_text(format, arguments);
		va_end(arguments);
		if (text)
			replace(error, reason ? join(text, reason) : TAKE_PTR(text));
	}
	ERR_clear_error();
	return r;
}

const char *error_text(const struct error *error, int r)
{
	if (error && error->message)
		return error->message;
	return strerror(r < 0 ? -r : r);
}

void error_done(struct error *error)
{
	free(error->message);
	error->message = NULL;
}
