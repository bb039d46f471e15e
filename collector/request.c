/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "log.h"
#include "routes.h"

#include <string.h>
#include <strings.h>

#define RETRY_MIN    2
#define RETRY_SPREAD 9

/* Spread, so that those who were sent away do not come back at one time. */
static unsigned retry_after(void)
{
	return RETRY_MIN + (unsigned)(store_now() % RETRY_SPREAD);
}

void request_fail(struct request *request, int r, const struct error *error)
{
	struct reply *reply = &request->reply;

	(void)log_full(LOG_LEVEL_DEBUG, r, "request failed: %s", error_text(error, r));
	switch (r) {
	case -ENOSPC:
	case -EIO:
	case -EROFS:
	case -EUCLEAN:
		reply_problem(reply, 503,
			      "the store cannot be written or read now (%s): nothing was kept, "
			      "send it again later; its operator must look at the disk",
			      r == -ENOSPC ? "disk full" : "input/output error");
		break;
	case -EAGAIN:
	case -ESHUTDOWN:
	case -ENOMEM:
		atomic_fetch_add(&request->service->figures.overload, 1);
		reply_problem(reply, 503,
			      "too much to do, or stopping: nothing was kept, send it again after "
			      "the time in Retry-After");
		break;
	default:
		reply_problem(reply, 500,
			      "an error of the collector's own: nothing was kept, and its log has "
			      "more");
		(void)log_full(LOG_LEVEL_ERROR, r, "request failed: %s", error_text(error, r));
		return;
	}
	reply->retry_after = retry_after();
}

static void job_done(struct job *job)
{
	struct request *request = REQUEST_OF(job);

	request->resume(request);
}

void request_write(struct request *request, int (*run)(struct job *job, struct db *db),
		   void (*finish)(struct request *request), size_t weight)
{
	int r;

	request->finish = finish;
	request->job = (struct job){.weight = weight, .run = run, .done = job_done};
	request->suspended = true;
	request->suspend(request);
	r = writer_submit(request->service->writer, &request->job);
	if (r < 0) {
		request->job.result = r;
		request->resume(request);
	}
}

void request_finish(struct request *request)
{
	if (request->job.result < 0)
		request_fail(request, request->job.result, NULL);
	else
		request->finish(request);
	request->finish = NULL;
}

void request_handle(struct request *request)
{
	_cleanup_error_ struct error error = {0};
	int r = request->route->handle(request, &error);

	if (r == -EINVAL)
		reply_problem(&request->reply, 400, "%s", error_text(&error, r));
	else if (r == -ENOENT)
		reply_problem(&request->reply, 404, "%s", error_text(&error, r));
	else if (r < 0)
		request_fail(request, r, &error);
}

static int refuse(struct request *request, unsigned status, const char *detail)
{
	reply_problem(&request->reply, status, "%s", detail);
	if (status == 401)
		request->reply.authenticate = "Bearer realm=\"goldseal-collector\"";
	return -EACCES;
}

static int find_token(struct request *request, const char *authorization, struct token *ret)
{
	_cleanup_error_ struct error error = {0};
	struct store *store = request->service->store;
	struct db *db;
	int r;

	if (strncasecmp(authorization, "Bearer ", 7) != 0)
		return -ENOENT;
	db = store_take_reader(store);
	r = token_find(db, authorization + 7 + strspn(authorization + 7, " "), ret, &error);
	store_give_reader(store, db);
	if (r < 0 && r != -ENOENT)
		request_fail(request, r, &error);
	return r;
}

int request_authorise(struct request *request, const char *authorization)
{
	enum role needs = request->route->role;
	struct token token = {.role = ROLE_NONE};
	int r;

	if (needs == ROLE_AGENT && !request->service->enrol_by_token)
		needs = ROLE_NONE;
	if (needs == ROLE_NONE)
		return 0;
	if (!authorization)
		return refuse(request, 401,
			      "this needs a token: send Authorization: Bearer gs_..., made with "
			      "`goldseal-collector token add`");
	r = find_token(request, authorization, &token);
	if (r == -ENOENT)
		return refuse(request, 401,
			      "the token is unknown or revoked: ask the operator for another, made "
			      "with `goldseal-collector token add`");
	if (r < 0)
		return -EACCES;
	if (!role_allows(token.role, needs)) {
		reply_problem(&request->reply, 403,
			      "this needs the role %s and the token has the role %s: use another "
			      "token",
			      role_to_string(needs), role_to_string(token.role));
		return -EACCES;
	}
	request->role = token.role;
	(void)snprintf(request->caller, sizeof(request->caller), "%s", token.name);
	return 0;
}

void request_done(struct request *request)
{
	free(request->argument);
	buffer_done(&request->body);
	reply_done(&request->reply);
	ingest_done(&request->ingest);
	manifest_free(request->manifest);
	request->manifest = NULL;
	request->argument = NULL;
}
