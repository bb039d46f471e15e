/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request, apart from the HTTP library: what was asked, by whom, and the answer. Handlers see
 * nothing else; server.c makes it of the library's callbacks.
 */
#pragma once

#include "ingest.h"
#include "reply.h"
#include "service.h"
#include "text.h"
#include "token.h"

struct route;

struct request {
	struct service *service;
	const struct route *route;
	char *argument; /* what stood for {} in the path */
	enum role role;
	char caller[TOKEN_NAME_MAX + 1]; /* name of the token; "" without one */
	struct buffer body;
	struct reply reply;

	/* A query parameter or header of the request; NULL when there is none. */
	const char *(*get_query)(const struct request *request, const char *name);
	const char *(*get_header)(const struct request *request, const char *name);

	/* Writing: see request_write(). */
	void (*suspend)(struct request *request);
	void (*resume)(struct request *request);
	void (*finish)(struct request *request);
	bool suspended; /* was, at least */
	struct job job;
	struct ingest ingest;
	struct manifest *manifest; /* to publish */
	struct digest digest;	   /* to revoke */
	int64_t now;		   /* ms */
};

/*
 * Hands `run` to the thread that writes and suspends the request until its transaction is on disk;
 * then `finish` makes the answer of request->job.result, unless the writing failed: that answer is
 * made here. When too much waits already, the answer is made at once.
 */
void request_write(struct request *request, int (*run)(struct job *job, struct db *db),
		   void (*finish)(struct request *request), size_t weight);
#define REQUEST_OF(job_pointer) \
	((struct request *)(void *)((char *)(job_pointer)-offsetof(struct request, job)))

/* After the resumption: makes the answer. */
void request_finish(struct request *request);

/* Runs the route's handler on the complete body. */
void request_handle(struct request *request);

/*
 * Who asks, and may they: from the Authorization header. Makes the answer and returns -EACCES when
 * not. Open routes take any header, and none.
 */
int request_authorise(struct request *request, const char *authorization) _must_check_;

/* The answer to a failure `r` of the collector's own, with a moment to come back. */
void request_fail(struct request *request, int r, const struct error *error);

void request_done(struct request *request);
