/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include "file.h"
#include "glob.h"
#include "policy_private.h"

#include <fcntl.h>
#include <string.h>

static const char *const class_names[_PATH_CLASS_MAX] = {
	[PATH_FIXED] = "fixed",		[PATH_MUTABLE] = "mutable", [PATH_APPEND] = "append",
	[PATH_GENERATED] = "generated", [PATH_IGNORED] = "ignored",
};

const char *path_class_to_string(enum path_class class)
{
	if ((int)class <= 0 || class >= _PATH_CLASS_MAX)
		return NULL;
	return class_names[class];
}

enum path_class path_class_from_string(const char *text)
{
	for (int class = PATH_FIXED; text && class < _PATH_CLASS_MAX; class ++)
		if (strcmp(class_names[class], text) == 0)
			return (enum path_class) class;
	return _PATH_CLASS_INVALID;
}

int policy_load(const char *path, struct policy **ret, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = file_read(AT_FDCWD, path, POLICY_TEXT_MAX, true, &text, &size, error);
	if (r < 0)
		return r;
	return policy_parse(text, size, path, ret, error);
}

int policy_new_default(struct policy **ret, struct error *error)
{
	const char *text = policy_default_text();

	return policy_parse(text, strlen(text), POLICY_DEFAULT_NAME, ret, error);
}

static void rule_done(struct policy_rule *rule)
{
	free(rule->glob);
}

static void waiver_done(struct policy_waiver *waiver)
{
	free(waiver->code_glob);
	free(waiver->path_glob);
	free(waiver->owner);
	free(waiver->until);
	free(waiver->reason);
}

void policy_free(struct policy *policy)
{
	if (!policy)
		return;

	for (size_t i = 0; i < policy->n_rules; i++)
		rule_done(&policy->rules[i]);
	for (size_t i = 0; i < policy->n_waivers; i++)
		waiver_done(&policy->waivers[i]);
	free(policy->rules);
	free(policy->waivers);
	policy_globs_done(&policy->critical);
	policy_globs_done(&policy->follows);
	for (size_t i = 0; i < policy->n_off; i++)
		free(policy->off[i]);
	free(policy->off);
	buffer_done(&policy->text);
	free(policy);
}

const char *policy_get_text(const struct policy *policy)
{
	return policy->text.data ? policy->text.data : "";
}

uint64_t policy_head(const char *text, size_t length)
{
	uint64_t head = 0;

	memcpy(&head, text, length < sizeof(head) ? length : sizeof(head));
	return head;
}

static bool rule_matches(const struct policy_rule *rule, const char *path)
{
	if (strncmp(rule->glob, path, rule->literal) != 0)
		return false;
	/* An ignored directory is never entered, so all below it is ignored with it. */
	if (rule->class == PATH_IGNORED)
		return glob_match_below(rule->glob, path);
	return glob_match(rule->glob, path);
}

const struct policy_rule *policy_match(const struct policy *policy, const char *path)
{
	const uint64_t head = policy_head(path, strnlen(path, sizeof(head)));

	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		/* Most rules are out of the question by their first bytes. */
		if ((head & rule->mask) == rule->head && rule_matches(rule, path))
			return rule;
	}
	return NULL;
}

const struct policy_waiver *policy_match_waiver(const struct policy *policy, const char *code,
						const char *path)
{
	for (size_t i = 0; i < policy->n_waivers; i++) {
		const struct policy_waiver *waiver = &policy->waivers[i];

		/* A finding without a path is one about the root. */
		if (glob_match(waiver->code_glob, code) &&
		    glob_match(waiver->path_glob, path ? path : "/"))
			return waiver;
	}
	return NULL;
}

bool policy_is_off(const struct policy *policy, const char *check)
{
	for (size_t i = 0; i < policy->n_off; i++)
		if (strcmp(policy->off[i], check) == 0)
			return true;
	return false;
}

const char *const *policy_list_off(const struct policy *policy, size_t *ret_count)
{
	*ret_count = policy->n_off;
	return (const char *const *)policy->off;
}

const struct policy_rule *policy_list_rules(const struct policy *policy, size_t *ret_count)
{
	*ret_count = policy->n_rules;
	return policy->rules;
}

const struct policy_waiver *policy_list_waivers(const struct policy *policy, size_t *ret_count)
{
	*ret_count = policy->n_waivers;
	return policy->waivers;
}
