/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_found(void **state _unused_)
{
	static const struct {
		const char *method;
		const char *path;
		const char *pattern;
		const char *argument;
	} rows[] = {
		{"POST", "/v1/evidence", "/v1/evidence", NULL},
		{"GET", "/v1/evidence/abc", "/v1/evidence/{}", "abc"},
		{"HEAD", "/v1/instances", "/v1/instances", NULL},
		{"GET", "/v1/instances/0f", "/v1/instances/{}", "0f"},
		{"PUT", "/v1/manifests", "/v1/manifests", NULL},
		{"POST", "/v1/manifests/00/revoke", "/v1/manifests/{}/revoke", "00"},
		{"GET", "/", "/", NULL},
		{"GET", "/assets/main.js", "/assets/{}", "main.js"},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *argument = NULL;
		const struct route *route = NULL;
		const char *allow = NULL;

		assert_int_equal(route_find(method_from_string(rows[i].method), rows[i].path,
					    &route, &argument, &allow),
				 0);
		assert_string_equal(route->pattern, rows[i].pattern);
		if (rows[i].argument)
			assert_string_equal(argument, rows[i].argument);
		else
			assert_null(argument);
	}
}

static void test_not_found(void **state _unused_)
{
	static const char *const paths[] = {
		"",
		"/v1",
		"/v1/",
		"/v1/evidence/",
		"/v1/evidence/a/b",
		"/V1/evidence",
		"/v1/manifests//revoke",
		"/v1/manifests/a/b/revoke",
		"/v1/manifests/a/revoke/",
		"//",
		"/assets/",
		"/assets/../main.js",
		"/healthz/",
	};
	char long_path[256] = "/v1/evidence/";
	_cleanup_free_ char *argument = NULL;
	const struct route *route = NULL;
	const char *allow = NULL;

	for (size_t i = 0; i < ELEMENTS(paths); i++)
		assert_int_equal(route_find(METHOD_GET, paths[i], &route, &argument, &allow),
				 -ENOENT);
	memset(long_path + strlen(long_path), 'a', ROUTE_ARGUMENT_MAX + 1);
	assert_int_equal(route_find(METHOD_GET, long_path, &route, &argument, &allow), -ENOENT);
	assert_null(argument);
}

static void test_method(void **state _unused_)
{
	_cleanup_free_ char *argument = NULL;
	const struct route *route = NULL;
	const char *allow = NULL;

	assert_int_equal(route_find(METHOD_GET, "/v1/challenge", &route, &argument, &allow),
			 -EOPNOTSUPP);
	assert_string_equal(allow, "POST");
	assert_int_equal(method_from_string("DELETE"), _METHOD_INVALID);
	assert_int_equal(method_from_string("get"), _METHOD_INVALID);
	assert_int_equal(route_find(_METHOD_INVALID, "/v1/summary", &route, &argument, &allow),
			 -EOPNOTSUPP);
	assert_string_equal(allow, "GET, HEAD");
}

/* Whatever writes or tells of the fleet needs a role; whoever adds a route decides it here too. */
static void test_open_routes(void **state _unused_)
{
	static const char *const open_patterns[] = {"/healthz", "/readyz", "/openapi.json", "/",
						    "/assets/{}"};
	static const char *const agent_patterns[] = {"/v1/challenge", "/v1/evidence"};
	size_t n, n_open = 0, n_agent = 0;
	const struct route *routes = route_list(&n);

	for (size_t i = 0; i < n; i++) {
		bool open = false, agent = false;

		for (size_t k = 0; k < ELEMENTS(open_patterns); k++)
			open = open || strcmp(routes[i].pattern, open_patterns[k]) == 0;
		for (size_t k = 0; k < ELEMENTS(agent_patterns); k++)
			agent = agent || strcmp(routes[i].pattern, agent_patterns[k]) == 0;
		if (routes[i].role == ROLE_NONE)
			assert_true(open);
		if (routes[i].role == ROLE_AGENT)
			assert_true(agent);
		n_open += routes[i].role == ROLE_NONE;
		n_agent += routes[i].role == ROLE_AGENT;
		if (routes[i].method == METHOD_PUT || strstr(routes[i].pattern, "revoke"))
			assert_int_equal(routes[i].role, ROLE_OPERATOR);
		assert_true(routes[i].max_body > 0);
	}
	assert_int_equal(n_open, ELEMENTS(open_patterns));
	assert_int_equal(n_agent, ELEMENTS(agent_patterns));
}

static void test_roles(void **state _unused_)
{
	static const struct {
		enum role has, needs;
		bool allows;
	} rows[] = {
		{ROLE_NONE, ROLE_NONE, true},	    {ROLE_NONE, ROLE_AGENT, false},
		{ROLE_NONE, ROLE_VIEWER, false},    {ROLE_AGENT, ROLE_AGENT, true},
		{ROLE_AGENT, ROLE_VIEWER, false},   {ROLE_VIEWER, ROLE_AGENT, false},
		{ROLE_VIEWER, ROLE_VIEWER, true},   {ROLE_VIEWER, ROLE_OPERATOR, false},
		{ROLE_OPERATOR, ROLE_VIEWER, true}, {ROLE_OPERATOR, ROLE_ADMIN, false},
		{ROLE_OPERATOR, ROLE_AGENT, false}, {ROLE_ADMIN, ROLE_OPERATOR, true},
		{ROLE_ADMIN, ROLE_AGENT, true},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++)
		assert_int_equal(role_allows(rows[i].has, rows[i].needs), rows[i].allows);
	assert_int_equal(role_from_string("none"), _ROLE_INVALID);
	for (enum role role = ROLE_AGENT; role < _ROLE_MAX; role++)
		assert_int_equal(role_from_string(role_to_string(role)), role);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),  cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_method), cmocka_unit_test(test_open_routes),
		cmocka_unit_test(test_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
