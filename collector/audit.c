/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"

#include <string.h>
#include <strings.h>

/* tchar of RFC 9110 section 5.6.2 */
#define TOKEN_BYTES	  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define LENGTH_DIGITS_MAX 15
/* Headers without a value whose blank after the colon is left out; three could hide a fold. */
#define EMPTY_MAX 2

void header_audit_init(struct header_audit *audit)
{
	*audit = (struct header_audit){.content_length = -1};
}

static void add_length(struct header_audit *audit, const char *value)
{
	size_t digits = strspn(value, "0123456789");

	audit->n_length++;
	if (digits == 0 || value[digits] || digits > LENGTH_DIGITS_MAX)
		audit->bad_length = true;
	else
		audit->content_length = strtoll(value, NULL, 10);
}

void header_audit_add(struct header_audit *audit, const char *name, const char *value)
{
	size_t length = strlen(name);

	value = value ? value : "";
	/* "Name: value" and the line's end */
	audit->counted_size += length + 2 + strlen(value) + 2;
	if (!*value)
		audit->n_empty++;
	if (length == 0 || strspn(name, TOKEN_BYTES) != length)
		audit->bad_name = true;
	if (strcasecmp(name, "Host") == 0)
		audit->n_host++;
	else if (strcasecmp(name, "Content-Length") == 0)
		add_length(audit, value);
	else if (strcasecmp(name, "Transfer-Encoding") == 0)
		audit->transfer_encoding = true;
}

/*
 * The library unfolds continued lines and accepts bare line feeds without a word, so count: a head
 * of plain "Name: value" lines has one possible size.
 */
static bool size_is_plain(const struct header_audit *audit)
{
	size_t line = audit->method_size + 1 + audit->target_size + 1 + audit->version_size + 2;
	size_t most = line + audit->counted_size + 2;
	size_t slack = audit->n_empty < EMPTY_MAX ? audit->n_empty : EMPTY_MAX;

	if (audit->received_size == 0)
		return true;
	return audit->received_size <= most && audit->received_size >= most - slack;
}

int header_audit_judge(const struct header_audit *audit, struct error *error)
{
	if (audit->bad_name)
		return error_set(error, -EBADMSG,
				 "a header's name has bytes other than those of a token: send "
				 "\"Name: value\" without white space before the colon");
	if (audit->transfer_encoding)
		return error_set(error, -EBADMSG,
				 "Transfer-Encoding is not taken: send the body with one "
				 "Content-Length");
	if (audit->n_length > 1)
		return error_set(error, -EBADMSG, "more than one Content-Length: send one");
	if (audit->bad_length)
		return error_set(error, -EBADMSG,
				 "Content-Length is not a plain number: send decimal digits only");
	if (audit->n_host != 1)
		return error_set(error, -EBADMSG, "%s Host header: send exactly one",
				 audit->n_host ? "more than one" : "no");
	if (!size_is_plain(audit))
		return error_set(
			error, -EBADMSG,
			"the head is not made of plain lines: end each with CR LF, put one "
			"blank after each colon, and continue no header on a second line");
	return 0;
}
