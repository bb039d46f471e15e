/* SPDX-License-Identifier: Apache-2.0 */
/* One answer: JSON, a problem (RFC 9457), text, or a constant. */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

#define REPLY_JSON    "application/json"
#define REPLY_PROBLEM "application/problem+json"
#define REPLY_METRICS "text/plain; version=0.0.4; charset=utf-8"

struct reply {
	unsigned status; /* 0: no answer yet */
	const char *type;
	char *body; /* owned, or NULL */
	const void *constant;
	size_t size;
	const char *etag;	  /* of a page that may be kept */
	const char *allow;	  /* 405 */
	const char *authenticate; /* 401 */
	unsigned retry_after;	  /* seconds; 0: not said */
	bool close;		  /* and then the connection */
};

/* Each replaces an earlier answer. They cannot fail: without memory the answer is a constant 500.
 */

/* Takes `object` over; NULL is the lack of memory. */
void reply_json(struct reply *reply, unsigned status, json_t *object);
/* `detail`: what is wrong, and what to do. */
void reply_problem(struct reply *reply, unsigned status, const char *detail, ...) _printf_(3, 4);
/* Takes `text` over. */
void reply_text(struct reply *reply, const char *type, char *text);
void reply_constant(struct reply *reply, const char *type, const void *data, size_t size);

/* "Bad Request" */
const char *reply_title(unsigned status);

void reply_done(struct reply *reply);
