/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include "text.h"

#include <stdarg.h>
#include <string.h>

#define OUT_OF_MEMORY                                                                   \
	"{\"type\":\"about:blank\",\"title\":\"Internal Server Error\",\"status\":500," \
	"\"detail\":\"out of memory: try again later\"}"

/* RFC 9110 section 15 */
static const struct {
	unsigned status;
	const char *title;
} titles[] = {
	{400, "Bad Request"},	    {401, "Unauthorized"},	     {403, "Forbidden"},
	{404, "Not Found"},	    {405, "Method Not Allowed"},     {409, "Conflict"},
	{413, "Content Too Large"}, {415, "Unsupported Media Type"}, {422, "Unprocessable Content"},
	{429, "Too Many Requests"}, {500, "Internal Server Error"},  {503, "Service Unavailable"},
};

const char *reply_title(unsigned status)
{
	for (size_t i = 0; i < ELEMENTS(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

static void set(struct reply *reply, unsigned status, const char *type, char *body)
{
	free(reply->body);
	reply->status = status;
	reply->type = type;
	reply->body = body;
	reply->constant = NULL;
	reply->size = body ? strlen(body) : 0;
	if (body)
		return;
	reply->status = 500;
	reply->type = REPLY_PROBLEM;
	reply->constant = OUT_OF_MEMORY;
	reply->size = sizeof(OUT_OF_MEMORY) - 1;
}

void reply_json(struct reply *reply, unsigned status, json_t *object)
{
	char *body = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	set(reply, status, REPLY_JSON, body);
}

_printf_(1, 0) static char *format_detail(const char *format, va_list arguments)
{
	_cleanup_free_ char *text = NULL;

	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
		return NULL;
	}
	return text_to_utf8(text, strlen(text));
}

void reply_problem(struct reply *reply, unsigned status, const char *detail, ...)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ json_t *problem = NULL;
	va_list arguments;

	va_start(arguments, detail);
	text = format_detail(detail, arguments);
	va_end(arguments);
	if (text)
		problem = json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank", "title",
				    reply_title(status), "status", (int)status, "detail", text);
	set(reply, status, REPLY_PROBLEM, problem ? json_dumps(problem, JSON_COMPACT) : NULL);
}

void reply_text(struct reply *reply, const char *type, char *text)
{
	set(reply, 200, type, text);
}

void reply_constant(struct reply *reply, const char *type, const void *data, size_t size)
{
	free(reply->body);
	reply->status = 200;
	reply->type = type;
	reply->body = NULL;
	reply->constant = data;
	reply->size = size;
}

void reply_done(struct reply *reply)
{
	free(reply->body);
	*reply = (struct reply){0};
}
