/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

#include <string.h>

#define MANIFEST_MAX (16 * 1024 * 1024)
#define NO_BODY	     1024

static const struct route routes[] = {
	{METHOD_POST, "/v1/challenge", ROLE_AGENT, NO_BODY, api_challenge},
	{METHOD_POST, "/v1/evidence", ROLE_AGENT, DELIVERY_SIZE_MAX, api_evidence_post},
	{METHOD_GET, "/v1/evidence/{}", ROLE_VIEWER, NO_BODY, api_evidence_get},
	{METHOD_PUT, "/v1/manifests", ROLE_OPERATOR, MANIFEST_MAX, api_manifest_put},
	{METHOD_POST, "/v1/manifests/{}/revoke", ROLE_OPERATOR, NO_BODY, api_manifest_revoke},
	{METHOD_GET, "/v1/instances", ROLE_VIEWER, NO_BODY, api_instances},
	{METHOD_GET, "/v1/instances/{}", ROLE_VIEWER, NO_BODY, api_instance},
	{METHOD_GET, "/v1/images", ROLE_VIEWER, NO_BODY, api_images},
	{METHOD_GET, "/v1/findings", ROLE_VIEWER, NO_BODY, api_findings},
	{METHOD_GET, "/v1/summary", ROLE_VIEWER, NO_BODY, api_summary},
	{METHOD_GET, "/metrics", ROLE_VIEWER, NO_BODY, api_metrics},
	{METHOD_GET, "/healthz", ROLE_NONE, NO_BODY, api_health},
	{METHOD_GET, "/readyz", ROLE_NONE, NO_BODY, api_ready},
	{METHOD_GET, "/openapi.json", ROLE_NONE, NO_BODY, api_openapi},
	{METHOD_GET, "/", ROLE_NONE, NO_BODY, api_page},
	{METHOD_GET, "/assets/{}", ROLE_NONE, NO_BODY, api_page},
};

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	{"GET", METHOD_GET},
	{"HEAD", METHOD_GET},
	{"POST", METHOD_POST},
	{"PUT", METHOD_PUT},
};

static const char *const allowed[_METHOD_MAX] = {
	[METHOD_GET] = "GET, HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
};

enum method method_from_string(const char *text)
{
	for (size_t i = 0; i < ELEMENTS(methods); i++)
		if (strcmp(methods[i].name, text) == 0)
			return methods[i].method;
	return _METHOD_INVALID;
}

const struct route *route_list(size_t *ret_count)
{
	*ret_count = ELEMENTS(routes);
	return routes;
}

/* The argument's place in `path`, or an empty one when the pattern has none. */
static bool matches(const char *pattern, const char *path, const char **ret_argument,
		    size_t *ret_length)
{
	const char *hole = strstr(pattern, "{}");
	size_t prefix = hole ? (size_t)(hole - pattern) : strlen(pattern);
	size_t length;

	*ret_argument = NULL;
	if (!hole)
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, prefix) != 0)
		return false;
	length = strcspn(path + prefix, "/");
	*ret_argument = path + prefix;
	*ret_length = length;
	return length > 0 && length <= ROUTE_ARGUMENT_MAX &&
	       strcmp(path + prefix + length, hole + 2) == 0;
}

int route_find(enum method method, const char *path, const struct route **ret, char **ret_argument,
	       const char **ret_allow)
{
	int r = -ENOENT;

	for (size_t i = 0; i < ELEMENTS(routes); i++) {
		const char *argument;
		size_t length;

		if (!matches(routes[i].pattern, path, &argument, &length))
			continue;
		if (routes[i].method != method) {
			*ret_allow = allowed[routes[i].method];
			r = -EOPNOTSUPP;
			continue;
		}
		*ret_argument = argument ? strndup(argument, length) : NULL;
		if (argument && !*ret_argument)
			return -ENOMEM;
		*ret = &routes[i];
		return 0;
	}
	return r;
}
