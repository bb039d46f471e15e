/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"

#include <string.h>
#include <strings.h>

/* tchar of RFC 9110 section 5.6.2 */
#define TOKEN_BYTES	  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define LENGTH_DIGITS_MAX 15

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

/* "Name: value" CR LF, right behind the line before; an empty value's blank may be left out. */
static void check_line(struct header_audit *audit, const char *name, const char *value)
{
	uintptr_t start = (uintptr_t)name;
	uintptr_t colon = start + strlen(name);
	uintptr_t text = (uintptr_t)value;

	if (audit->next && name != audit->next)
		audit->bad_line = true;
	if (text != colon + 2 && (*value || text != colon + 1))
		audit->bad_line = true;
	audit->next = value + strlen(value) + 2;
	audit->counted_size += text + strlen(value) + 2 - start;
}

void header_audit_add(struct header_audit *audit, const char *name, const char *value)
{
	size_t length = strlen(name);

	value = value ? value : "";
	check_line(audit, name, value);
	if (length == 0 || strspn(name, TOKEN_BYTES) != length)
		audit->bad_name = true;
	if (strcasecmp(name, "Host") == 0)
		audit->n_host++;
	else if (strcasecmp(name, "Content-Length") == 0)
		add_length(audit, value);
	else if (strcasecmp(name, "Transfer-Encoding") == 0)
		audit->transfer_encoding = true;
}

/* No byte of the head is unaccounted for: two blanks in the request line would be, for one. */
static bool head_is_plain(const struct header_audit *audit)
{
	size_t line = audit->method_size + 1 + audit->target_size + 1 + audit->version_size + 2;

	if (audit->bad_line)
		return false;
	return audit->received_size == 0 || audit->received_size == line + audit->counted_size + 2;
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
	if (!head_is_plain(audit))
		return error_set(
			error, -EBADMSG,
			"the head is not made of plain lines: end each with CR LF, put one "
			"blank after each colon, and continue no header on a second line");
	return 0;
}
