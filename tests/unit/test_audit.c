/* SPDX-License-Identifier: Apache-2.0 */
#include "audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Takes a head apart in place, as the HTTP library does: continued lines are joined to the line
 * before, bare line feeds end lines, blanks after the colon are skipped. */
static void add_all(struct header_audit *audit, char *head)
{
	char *line = strstr(head, "\n") + 1;

	while (*line && *line != '\r' && *line != '\n') {
		char *end = strchr(line, '\n');
		char *next = end + 1;
		char *colon, *value;

		if (end > line && end[-1] == '\r')
			end--;
		*end = '\0';
		while (*next == ' ' || *next == '\t') {
			char *tail = next + strspn(next, " \t");

			next = strchr(tail, '\n') + 1;
			next[-2] = '\0';
			memmove(end, tail, strlen(tail) + 1);
			end += strlen(end);
		}
		colon = strchr(line, ':');
		*colon = '\0';
		value = colon + 1;
		value += strspn(value, " \t");
		header_audit_add(audit, line, value);
		line = next;
	}
}

static int judge(const char *text, struct error *error)
{
	char head[1024];
	struct header_audit audit;

	assert_true(strlen(text) < sizeof(head));
	memcpy(head, text, strlen(text) + 1);
	header_audit_init(&audit);
	audit.method_size = strlen("POST");
	audit.target_size = strlen("/a?b");
	audit.version_size = strlen("HTTP/1.1");
	audit.received_size = strlen(text);
	add_all(&audit, head);
	return header_audit_judge(&audit, error);
}

#define LINE "POST /a?b HTTP/1.1\r\n"
#define HOST "Host: x\r\n"

static void test_plain(void **state _unused_)
{
	static const char *const heads[] = {
		LINE HOST "\r\n",
		LINE HOST "Content-Length: 0\r\n\r\n",
		LINE "Accept: */*\r\n" HOST "Content-Length: 123\r\nX-Y: a:b c\r\n\r\n",
		LINE HOST "X-Empty:\r\n\r\n",
		LINE HOST "X-Empty: \r\nX-More: 1\r\n\r\n",
	};

	for (size_t i = 0; i < ELEMENTS(heads); i++) {
		_cleanup_error_ struct error error = {0};

		if (judge(heads[i], &error) != 0)
			fail_msg("%s: %s", heads[i], error_text(&error, 0));
	}
}

static void test_refused(void **state _unused_)
{
	static const struct {
		const char *head;
		const char *says;
	} rows[] = {
		{LINE "\r\n", "no Host"},
		{LINE HOST HOST "\r\n", "more than one Host"},
		{LINE HOST "Transfer-Encoding: chunked\r\n\r\n", "Transfer-Encoding"},
		{LINE HOST "tRANSFER-eNCODING: identity\r\n\r\n", "Transfer-Encoding"},
		{LINE HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "more than one"},
		{LINE HOST "Content-Length: 1\r\ncontent-length: 2\r\n\r\n", "more than one"},
		{LINE HOST "Content-Length: +1\r\n\r\n", "plain number"},
		{LINE HOST "Content-Length: -1\r\n\r\n", "plain number"},
		{LINE HOST "Content-Length: 1, 1\r\n\r\n", "plain number"},
		{LINE HOST "Content-Length: 0x10\r\n\r\n", "plain number"},
		{LINE HOST "Content-Length: 1234567890123456\r\n\r\n", "plain number"},
		{LINE HOST "Content-Length:\r\n\r\n", "plain number"},
		{LINE HOST "Content-Length : 1\r\n\r\n", "white space before the colon"},
		{LINE HOST "X Y: 1\r\n\r\n", "white space before the colon"},
		{LINE HOST ": 1\r\n\r\n", "white space before the colon"},
		{LINE HOST "X-\x80: 1\r\n\r\n", "white space before the colon"},
		{LINE HOST "X-Fold: a\r\n b\r\n\r\n", "plain lines"},
		{LINE HOST "X-Fold: a\r\n b\r\nX-A:1\r\nX-B:1\r\nX-C:1\r\n\r\n", "plain lines"},
		{LINE HOST "X-Fold: a\r\n b\r\nX-A:\r\nX-B:\r\nX-C:\r\n\r\n", "plain lines"},
		{LINE HOST "X-A: 1\nX-B: 1\r\n\r\n", "plain lines"},
		{LINE HOST "X-Last: 1\n\r\n", "plain lines"},
		{LINE HOST "X-A:1\r\n\r\n", "plain lines"},
		{LINE HOST "X-A:  1\r\n\r\n", "plain lines"},
		{"POST  /a?b HTTP/1.1\r\n" HOST "\r\n", "plain lines"},
		{"POST /a?b HTTP/1.1\n" HOST "\r\n", "plain lines"},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_error_ struct error error = {0};
		int r = judge(rows[i].head, &error);

		if (r != -EBADMSG || !strstr(error_text(&error, r), rows[i].says))
			fail_msg("%s: %d %s", rows[i].head, r, error_text(&error, r));
	}
}

static void test_length(void **state _unused_)
{
	struct header_audit audit;

	header_audit_init(&audit);
	assert_int_equal(audit.content_length, -1);
	header_audit_add(&audit, "Content-Length", "4096");
	assert_int_equal(audit.content_length, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
