/* SPDX-License-Identifier: Apache-2.0 */
#include "server_request.h"

#include "audit.h"
#include "routes.h"

#include <string.h>
#include <strings.h>

#define PAGE_POLICY                                                                         \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "   \
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " \
	"require-trusted-types-for 'script'; trusted-types 'none'"
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'"

enum step {
	STEP_HEADERS,
	STEP_BODY,
	STEP_ANSWER,
};

/* `request` comes first, so that a handler's request is one of these. */
struct exchange {
	struct request request;
	struct MHD_Connection *connection;
	struct watched *watched;
	size_t target_size;
	bool bad_target;
	enum step step;
	bool counted;	/* among those in flight */
	size_t charged; /* of the bodies in memory */
	size_t received;
};

static const char *get_query(const struct request *request, const char *name)
{
	const struct exchange *exchange = (const struct exchange *)request;

	return MHD_lookup_connection_value(exchange->connection, MHD_GET_ARGUMENT_KIND, name);
}

static const char *get_header(const struct request *request, const char *name)
{
	const struct exchange *exchange = (const struct exchange *)request;

	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

static void suspend(struct request *request)
{
	MHD_suspend_connection(((struct exchange *)request)->connection);
}

static void resume(struct request *request)
{
	MHD_resume_connection(((struct exchange *)request)->connection);
}

/* Called with the request's target as it was received, before anything is decoded. */
void *server_on_target(void *data, const char *target, struct MHD_Connection *connection)
{
	struct server_context *context = data;
	const union MHD_ConnectionInfo *info;
	struct exchange *exchange = calloc(1, sizeof(*exchange));

	if (!exchange)
		return NULL;
	exchange->request = (struct request){
		.service = context->service,
		.get_query = get_query,
		.get_header = get_header,
		.suspend = suspend,
		.resume = resume,
	};
	exchange->connection = connection;
	exchange->target_size = strlen(target);
	exchange->bad_target = target[0] != '/' || strcasestr(target, "%00");
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	exchange->watched = info ? info->socket_context : NULL;
	return exchange;
}

static enum MHD_Result add_header(void *data, enum MHD_ValueKind kind _unused_, const char *name,
				  const char *value)
{
	header_audit_add(data, name, value);
	return MHD_YES;
}

static int audit_headers(struct exchange *exchange, const char *method, const char *version,
			 struct header_audit *ret)
{
	_cleanup_error_ struct error error = {0};
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		exchange->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	int r = 0;

	header_audit_init(ret);
	ret->method_size = strlen(method);
	ret->target_size = exchange->target_size;
	ret->version_size = strlen(version);
	ret->received_size = info ? info->header_size : 0;
	(void)MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, add_header, ret);
	if (exchange->bad_target)
		r = error_set(&error, -EBADMSG,
			      "the target is no plain path: begin it with / and leave %%00 out");
	if (r >= 0)
		r = header_audit_judge(ret, &error);
	if (r < 0) {
		reply_problem(&exchange->request.reply, 400, "%s", error_text(&error, r));
		exchange->request.reply.close = true;
	}
	return r;
}

static int find_route(struct request *request, const char *url, const char *method)
{
	const char *allow = NULL;
	int r = route_find(method_from_string(method), url, &request->route, &request->argument,
			   &allow);

	if (r == -ENOENT)
		reply_problem(&request->reply, 404,
			      "nothing is at this path: /openapi.json lists what there is");
	else if (r == -EOPNOTSUPP)
		reply_problem(&request->reply, 405, "this path takes %s only", allow);
	else if (r < 0)
		request_fail(request, r, NULL);
	request->reply.allow = allow;
	return r;
}

static int check_type(struct request *request)
{
	const char *type = request->get_header(request, "Content-Type");
	const char *encoding = request->get_header(request, "Content-Encoding");

	if (encoding && strcasecmp(encoding, "identity") != 0) {
		reply_problem(&request->reply, 415,
			      "compressed bodies are not taken: leave Content-Encoding out");
		return -EINVAL;
	}
	if (type && request->route->method != METHOD_GET &&
	    (strncasecmp(type, REPLY_JSON, sizeof(REPLY_JSON) - 1) != 0 ||
	     !strchr("; \t", type[sizeof(REPLY_JSON) - 1]))) {
		reply_problem(&request->reply, 415,
			      "the body must be JSON: send Content-Type: application/json");
		return -EINVAL;
	}
	return 0;
}

static int check_size(struct exchange *exchange, int64_t length)
{
	struct request *request = &exchange->request;

	if (length > 0 && (uint64_t)length > request->route->max_body) {
		reply_problem(&request->reply, 413, "the body may have at most %zu bytes here",
			      request->route->max_body);
		return -EFBIG;
	}
	return 0;
}

static int check_rate(struct exchange *exchange)
{
	struct request *request = &exchange->request;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (limiter_allows(request->service->limiter, info ? info->client_addr : NULL,
			   request->now))
		return 0;
	atomic_fetch_add(&request->service->figures.overload, 1);
	reply_problem(&request->reply, 429,
		      "too many requests from this address: wait the time in Retry-After");
	request->reply.retry_after = 2 + (unsigned)(request->now % 4);
	return -EAGAIN;
}

static int check_stopping(struct exchange *exchange)
{
	if (!atomic_load(&exchange->request.service->stopping))
		return 0;
	request_fail(&exchange->request, -ESHUTDOWN, NULL);
	exchange->request.reply.close = true;
	return -ESHUTDOWN;
}

/* The cheapest questions come first. Sets the answer when one says no. */
static int judge_headers(struct exchange *exchange, const char *url, const char *method,
			 int64_t length)
{
	struct request *request = &exchange->request;
	int r = check_stopping(exchange);

	if (r >= 0)
		r = check_rate(exchange);
	if (r >= 0)
		r = find_route(request, url, method);
	if (r >= 0)
		r = check_size(exchange, length);
	if (r >= 0)
		r = request_authorise(request, request->get_header(request, "Authorization"));
	if (r >= 0)
		r = check_type(request);
	return r;
}

static enum MHD_Result send_answer(struct exchange *exchange);

static enum MHD_Result on_headers(struct exchange *exchange, const char *url, const char *method,
				  const char *version)
{
	struct header_audit audit;

	exchange->counted = true;
	atomic_fetch_add(&exchange->request.service->figures.in_flight, 1);
	exchange->request.now = store_now();
	exchange->step = STEP_BODY;
	if (audit_headers(exchange, method, version, &audit) < 0)
		return send_answer(exchange);
	if (judge_headers(exchange, url, method, audit.content_length) >= 0)
		return MHD_YES;
	/* Read a body that fits anyway: closing on unread bytes could take the answer with it. */
	if (audit.content_length <= DRAIN_MAX && !exchange->request.reply.close)
		return MHD_YES;
	exchange->request.reply.close = true;
	return send_answer(exchange);
}

static void take_body(struct exchange *exchange, const char *data, size_t size)
{
	struct request *request = &exchange->request;
	atomic_size_t *bytes = &request->service->figures.body_bytes;
	int r;

	exchange->received += size;
	if (request->reply.status)
		return;
	if (exchange->received > request->route->max_body) {
		(void)check_size(exchange, (int64_t)exchange->received);
		return;
	}
	exchange->charged += size;
	r = atomic_fetch_add(bytes, size) + size > BODIES_MAX ? -EAGAIN : 0;
	if (r >= 0)
		r = buffer_append(&request->body, data, size);
	if (r < 0) {
		buffer_done(&request->body);
		request_fail(request, r, NULL);
	}
}

static int add_common(struct MHD_Response *response, const struct reply *reply)
{
	const struct {
		const char *name, *value;
	} headers[] = {
		{"Content-Type", reply->type},
		{"Content-Security-Policy", reply->etag ? PAGE_POLICY : DATA_POLICY},
		{"Cache-Control", reply->etag ? "no-cache" : "no-store"},
		{"X-Content-Type-Options", "nosniff"},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
		{"ETag", reply->etag},
		{"Allow", reply->allow},
		{"WWW-Authenticate", reply->authenticate},
		{"Connection", reply->close ? "close" : NULL},
	};

	for (size_t i = 0; i < ELEMENTS(headers); i++)
		if (headers[i].value &&
		    MHD_add_response_header(response, headers[i].name, headers[i].value) != MHD_YES)
			return -ENOMEM;
	return 0;
}

static int add_headers(struct MHD_Response *response, const struct reply *reply)
{
	char seconds[16];

	if (add_common(response, reply) < 0)
		return -ENOMEM;
	if (reply->retry_after == 0)
		return 0;
	(void)snprintf(seconds, sizeof(seconds), "%u", reply->retry_after);
	return MHD_add_response_header(response, "Retry-After", seconds) == MHD_YES ? 0 : -ENOMEM;
}

static struct MHD_Response *make_response(struct reply *reply)
{
	struct MHD_Response *response;

	if (!reply->body)
		return MHD_create_response_from_buffer(reply->size, (void *)reply->constant,
						       MHD_RESPMEM_PERSISTENT);
	response = MHD_create_response_from_buffer(reply->size, reply->body, MHD_RESPMEM_MUST_FREE);
	if (response)
		reply->body = NULL;
	return response;
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
	struct reply *reply = &exchange->request.reply;
	struct MHD_Response *response;
	enum MHD_Result result = MHD_NO;

	/* No handler may leave without an answer; should one, say so. */
	if (!reply->status)
		reply_problem(reply, 500, "the collector made no answer: report this");
	if (reply->status / 100 < 6)
		atomic_fetch_add(&exchange->request.service->figures.requests[reply->status / 100],
				 1);
	watched_allow(exchange->watched, ANSWER_SECONDS);
	response = make_response(reply);
	if (!response)
		return MHD_NO;
	if (add_headers(response, reply) >= 0)
		result = MHD_queue_response(exchange->connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

/* The body is complete, or the writing that the request waited for is. */
static enum MHD_Result on_complete(struct exchange *exchange)
{
	struct request *request = &exchange->request;

	if (exchange->step == STEP_ANSWER) {
		request_finish(request);
		return send_answer(exchange);
	}
	exchange->step = STEP_ANSWER;
	watched_allow(exchange->watched, 0);
	if (!request->reply.status)
		request_handle(request);
	/* Then the writer's thread has the job, and the library calls again when it is done. */
	return request->suspended ? MHD_YES : send_answer(exchange);
}

enum MHD_Result server_on_request(void *data _unused_, struct MHD_Connection *connection _unused_,
				  const char *url, const char *method, const char *version,
				  const char *upload_data, size_t *upload_data_size,
				  void **request_context)
{
	struct exchange *exchange = *request_context;

	if (!exchange)
		return MHD_NO;
	if (exchange->step == STEP_HEADERS)
		return on_headers(exchange, url, method, version);
	if (*upload_data_size > 0) {
		take_body(exchange, upload_data, *upload_data_size);
		*upload_data_size = 0;
		return MHD_YES;
	}
	return on_complete(exchange);
}

void server_on_completed(void *data, struct MHD_Connection *connection _unused_,
			 void **request_context, enum MHD_RequestTerminationCode code _unused_)
{
	struct server_context *context = data;
	struct exchange *exchange = *request_context;

	if (!exchange)
		return;
	/* The next request on this connection has its own time. */
	watched_allow(exchange->watched, context->deadline);
	atomic_fetch_sub(&context->service->figures.body_bytes, exchange->charged);
	if (exchange->counted)
		atomic_fetch_sub(&context->service->figures.in_flight, 1);
	request_done(&exchange->request);
	free(exchange);
	*request_context = NULL;
}
