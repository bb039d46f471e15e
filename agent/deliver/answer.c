/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include "client.h"

#include <ctype.h>
#include <string.h>

#define PROBLEM_TEXT_MAX 300

static size_t take(struct answer *answer, size_t *used, size_t size)
{
	if (size > CLIENT_ANSWER_MAX - *used) {
		answer->is_too_large = true;
		return 0;
	}
	*used += size;
	return size;
}

size_t answer_take_header(char *data _unused_, size_t size, size_t count, void *answer)
{
	struct answer *to = answer;

	return take(to, &to->header_size, size * count);
}

size_t answer_take_body(char *data, size_t size, size_t count, void *answer)
{
	struct answer *to = answer;
	size_t used = to->body.size;

	if (take(to, &used, size * count) == 0)
		return 0;
	return buffer_append(&to->body, data, size * count) < 0 ? 0 : size * count;
}

static int copy_content_type(struct answer *answer, const char *value)
{
	if (!value)
		return 0;
	answer->content_type = strndup(value, strcspn(value, "; \t"));
	if (!answer->content_type)
		return -ENOMEM;
	for (char *c = answer->content_type; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return 0;
}

int answer_complete(struct answer *answer, const struct libcurl *libcurl, CURL *curl,
		    struct error *error)
{
	curl_off_t retry_after = 0;
	const char *type = NULL;

	if (libcurl->easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status) != CURLE_OK ||
	    libcurl->easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK ||
	    libcurl->easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after) != CURLE_OK)
		return error_set(error, -EIO, "libcurl does not tell about the answer");
	answer->retry_after = retry_after > 0 ? retry_after : 0;
	return copy_content_type(answer, type) < 0 ? error_set(error, -ENOMEM, "out of memory") : 0;
}

int answer_explain_failure(const struct answer *answer, CURLcode code, const char *reason,
			   struct error *error)
{
	static const struct {
		CURLcode code;
		int r;
	} rows[] = {
		/* the wrong server, or the wrong settings: the same a moment later */
		{CURLE_PEER_FAILED_VERIFICATION, -EACCES},
		{CURLE_SSL_PINNEDPUBKEYNOTMATCH, -EACCES},
		{CURLE_SSL_CACERT_BADFILE, -EACCES},
		{CURLE_SSL_ISSUER_ERROR, -EACCES},
		{CURLE_URL_MALFORMAT, -EACCES},
		/* not HTTP, or not as it should be */
		{CURLE_UNSUPPORTED_PROTOCOL, -EPROTO},
		{CURLE_WEIRD_SERVER_REPLY, -EPROTO},
		{CURLE_WRITE_ERROR, -EPROTO},
		{CURLE_BAD_CONTENT_ENCODING, -EPROTO},
	};
	_cleanup_free_ char *shown = text_escape(reason, strlen(reason));
	int r = -EHOSTUNREACH;

	if (answer->is_too_large)
		return error_set(error, -EPROTO, "the collector's answer is larger than %d bytes",
				 CLIENT_ANSWER_MAX);
	if (code == CURLE_OUT_OF_MEMORY)
		return error_set(error, -ENOMEM, "out of memory");
	for (size_t i = 0; i < ELEMENTS(rows); i++)
		if (rows[i].code == code)
			r = rows[i].r;
	return error_set(error, r, "%s", shown ? shown : strerror(ENOMEM));
}

static int code_of_status(long status)
{
	static const struct {
		long first, last;
		int r;
	} rows[] = {
		{200, 202, 0},
		/* 409: other evidence has this report's id */
		{400, 400, -EBADE},
		{409, 409, -EBADE},
		{413, 413, -EBADE},
		{422, 422, -EBADE},
		{408, 408, -EAGAIN},
		{425, 425, -EAGAIN},
		{429, 429, -EAGAIN},
		{400, 499, -EACCES},
		{500, 599, -EAGAIN},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++)
		if (status >= rows[i].first && status <= rows[i].last)
			return rows[i].r;
	return -EPROTO;
}

static bool has_type(const struct answer *answer, const char *type)
{
	return answer->content_type && strcmp(answer->content_type, type) == 0;
}

/* ": TITLE: DETAIL" of problem details (RFC 9457), escaped; "" when there are none. */
static char *problem_text(const struct answer *answer)
{
	_cleanup_json_ json_t *object = NULL;
	_cleanup_free_ char *title = NULL;
	_cleanup_free_ char *detail = NULL;
	const char *words[2];
	char *text;

	if (!has_type(answer, "application/problem+json") || !answer->body.data)
		return strdup("");
	object = json_loadb(answer->body.data, answer->body.size, JSON_REJECT_DUPLICATES, NULL);
	words[0] = json_string_value(json_object_get(object, "title"));
	words[1] = json_string_value(json_object_get(object, "detail"));
	title = text_escape(words[0] ? words[0] : "", words[0] ? strlen(words[0]) : 0);
	detail = text_escape(words[1] ? words[1] : "", words[1] ? strlen(words[1]) : 0);
	if (!title || !detail)
		return NULL;
	if (asprintf(&text, "%s%.*s%s%.*s", words[0] ? ": " : "", PROBLEM_TEXT_MAX, title,
		     words[1] ? ": " : "", PROBLEM_TEXT_MAX, detail) < 0)
		return NULL;
	return text;
}

int answer_judge(const struct answer *answer, struct error *error)
{
	int r = code_of_status(answer->status);
	_cleanup_free_ char *problem = problem_text(answer);

	if (!problem)
		return error_set(error, -ENOMEM, "out of memory");
	if (answer->status >= 300 && answer->status <= 399)
		return error_set(error, -EPROTO,
				 "the collector answered %ld, a redirect; redirects are never "
				 "followed: set url to the collector itself",
				 answer->status);
	/* Only the collector's own words condemn a report, not those of a proxy before it. */
	if (r == -EBADE && !has_type(answer, "application/problem+json"))
		r = -EAGAIN;
	if (r < 0)
		return error_set(error, r, "the collector answered %ld%s", answer->status, problem);
	if (!has_type(answer, "application/json") || !answer->body.data)
		return error_set(error, -EPROTO,
				 "the answer is not JSON: is url the address of a collector?");
	return 0;
}

void answer_done(struct answer *answer)
{
	buffer_done(&answer->body);
	free(answer->content_type);
	*answer = (struct answer){0};
}
