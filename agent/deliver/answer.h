/* SPDX-License-Identifier: Apache-2.0 */
/* One answer of the collector while it arrives, and what it means for the report. */
#pragma once

#include "error.h"
#include "text.h"

#include "deliver/libcurl.h"

/* A zeroed struct is an empty one. */
struct answer {
	struct buffer body; /* at most CLIENT_ANSWER_MAX */
	size_t header_size;
	bool is_too_large;
	long status;
	int64_t retry_after; /* seconds; 0: not stated */
	char *content_type;  /* lower case, without parameters; NULL: not stated */
};

/* libcurl's callbacks; the last argument is a struct answer. */
size_t answer_take_body(char *data, size_t size, size_t count, void *answer);
size_t answer_take_header(char *data, size_t size, size_t count, void *answer);

/* After a request that ended well: fills status, content type and Retry-After. */
int answer_complete(struct answer *answer, const struct libcurl *libcurl, CURL *curl,
		    struct error *error) _must_check_;

/* After one that did not: the code that client_deliver() documents, with the reason. */
int answer_explain_failure(const struct answer *answer, CURLcode code, const char *reason,
			   struct error *error) _must_check_;

/* 0 for a JSON answer with status 200 to 202, else the code that client_deliver() documents. */
int answer_judge(const struct answer *answer, struct error *error) _must_check_;

void answer_done(struct answer *answer);
