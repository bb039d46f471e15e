/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector answers to: one row a method and path. */
#pragma once

#include "request.h"

enum method {
	METHOD_GET = 1,
	METHOD_POST,
	METHOD_PUT,
	_METHOD_MAX,
	_METHOD_INVALID = -EINVAL,
};

/* HEAD is GET; the HTTP library leaves the body out. */
enum method method_from_string(const char *text);

struct route {
	enum method method;
	const char *pattern; /* at most one component may be {} */
	enum role role;	     /* ROLE_AGENT: open unless enrolment is by token */
	size_t max_body;
	/*
	 * Makes the answer, or hands it to request_write(). -EINVAL is answered with 400 and
	 * -ENOENT with 404, with the error's text; any other failure is the collector's own.
	 */
	int (*handle)(struct request *request, struct error *error);
};

#define ROUTE_ARGUMENT_MAX 128

/*
 * Finds the row for a decoded path. `ret_argument` is a new string or NULL. -ENOENT; -EOPNOTSUPP
 * when the path takes other methods only, which `ret_allow` then names.
 */
int route_find(enum method method, const char *path, const struct route **ret, char **ret_argument,
	       const char **ret_allow) _must_check_;

const struct route *route_list(size_t *ret_count);

/* api_*.c */
int api_challenge(struct request *request, struct error *error);
int api_evidence_post(struct request *request, struct error *error);
int api_evidence_get(struct request *request, struct error *error);
int api_manifest_put(struct request *request, struct error *error);
int api_manifest_revoke(struct request *request, struct error *error);
int api_instances(struct request *request, struct error *error);
int api_instance(struct request *request, struct error *error);
int api_images(struct request *request, struct error *error);
int api_findings(struct request *request, struct error *error);
int api_summary(struct request *request, struct error *error);
int api_health(struct request *request, struct error *error);
int api_ready(struct request *request, struct error *error);
int api_metrics(struct request *request, struct error *error);
int api_openapi(struct request *request, struct error *error);
int api_page(struct request *request, struct error *error);
