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
