/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy, a NUL and a path. A policy may come from a stranger's manifest, a path from a hostile
 * disk. What is accepted must mean the same when its own text is parsed again.
 */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static bool same_rule(const struct policy_rule *a, const struct policy_rule *b)
{
	if (!a || !b)
		return a == b;
	return a->class == b->class && strcmp(a->glob, b->glob) == 0 &&
	       a->optional == b->optional && a->has_mode == b->has_mode && a->mode == b->mode;
}

/* The quick answer is that of one glob after the other, and what is critical can be reached. */
static void check_critical(const struct policy *policy, const char *path)
{
	_cleanup_free_ char *above = strdup(path);
	const struct policy_glob *globs;
	bool expected = false;
	size_t count;
	char *slash;

	globs = policy_list_critical(policy, &count);
	for (size_t i = 0; i < count; i++)
		expected = expected || glob_match(globs[i].glob, path);
	require(above && policy_is_critical(policy, path) == expected);
	while (expected && (slash = strrchr(above, '/')) && slash > above) {
		*slash = '\0';
		require(policy_leads_to_critical(policy, above));
	}
}

static void fuzz_policy(const char *text, size_t size, const char *path)
{
	_cleanup_(policy_free_p) struct policy *policy = NULL, *again = NULL;
	_cleanup_error_ struct error error = {0};
	const struct policy_rule *rules;
	size_t count;

	if (policy_parse(text, size, "fuzz", &policy, &error) < 0) {
		require(!policy);
		return;
	}
	require(policy_parse(policy_get_text(policy), strlen(policy_get_text(policy)), "again",
			     &again, NULL) == 0);
	require(same_rule(policy_match(policy, path), policy_match(again, path)));
	require(!policy_match_waiver(policy, "service.unexpected", path) ==
		!policy_match_waiver(again, "service.unexpected", path));

	require(policy_is_critical(policy, path) == policy_is_critical(again, path));
	require(policy_leads_to_critical(policy, path) == policy_leads_to_critical(again, path));
	require(policy_follows(policy, path) == policy_follows(again, path));
	check_critical(policy, path);

	rules = policy_list_rules(policy, &count);
	for (size_t i = 0; i < count; i++)
		require(path_class_to_string(rules[i].class) && rules[i].glob[0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t length = nul ? (size_t)(nul - data) : size;
	_cleanup_free_ char *path =
		nul ? strndup((const char *)nul + 1, size - length - 1) : strdup("/etc/passwd");
	_cleanup_free_ char *glob = strndup((const char *)data, length);

	require(path && glob);
	fuzz_policy((const char *)data, length, path);
	/* Patterns that no policy would let through must be harmless too. */
	(void)glob_match(glob, path);
	return 0;
}
