/* SPDX-License-Identifier: Apache-2.0 */
#include "check/tree.h"

#include "catalog.h"
#include "check/check.h"
#include "check/describe.h"
#include "check/explained.h"

#include <inttypes.h>
#include <string.h>

static const char *const kind_names[_DIFFERENCE_MAX] = {
	[DIFFERENCE_UNEXPECTED] = "unexpected",
	[DIFFERENCE_MISSING] = "missing",
	[DIFFERENCE_CHANGED] = "changed",
};

static int start_finding(struct finding *finding, const struct candidate *head)
{
	_cleanup_free_ char *code = NULL;

	if (asprintf(&code, "%s.%s", mechanism_get(head->kind)->name,
		     kind_names[head->difference->kind]) < 0) {
		code = NULL;
		return -ENOMEM;
	}
	return finding_start(finding, code);
}

static int add_members(const struct group_set *set, size_t head, struct finding *finding)
{
	int r = 0;

	for (size_t i = set->candidates[head].first; r == 0 && i != GROUP_NONE;
	     i = set->candidates[i].next)
		r = finding_add_related(finding, set->candidates[i].difference->path);
	return r;
}

/* What differs and is not explained: borrowed from the comparison, with its remarks. */
struct remainder {
	struct comparison comparison;
	const char **remarks; /* one for each difference, or NULL */
};

static void remainder_done(struct remainder *remainder)
{
	free(remainder->comparison.differences);
	free(remainder->remarks);
}

static int remainder_init(struct remainder *remainder, const struct check_context *context)
{
	const struct comparison *all = context->comparison;
	size_t count = 0;

	remainder->comparison = (struct comparison){};
	remainder->comparison.differences =
		calloc(all->count + 1, sizeof(*remainder->comparison.differences));
	remainder->remarks = calloc(all->count + 1, sizeof(*remainder->remarks));
	if (!remainder->comparison.differences || !remainder->remarks)
		return -ENOMEM;
	for (size_t i = 0; i < all->count; i++) {
		if (explanations_cover(context->explanations, i))
			continue;
		remainder->comparison.differences[count] = all->differences[i];
		remainder->remarks[count++] =
			context->explanations ? context->explanations->items[i].text : NULL;
	}
	remainder->comparison.count = count;
	return 0;
}

static int add_remark(struct finding *finding, const char *remark)
{
	char *text;

	if (!remark)
		return 0;
	if (asprintf(&text, "%s%s%s", finding->actual ? finding->actual : "",
		     finding->actual ? "; " : "", remark) < 0)
		return -ENOMEM;
	free(finding->actual);
	finding->actual = text;
	return 0;
}

static int add_remarks(const struct group_set *set, size_t head, const char *const *remarks,
		       struct finding *finding)
{
	int r = add_remark(finding, remarks[head]);

	for (size_t i = set->candidates[head].first; r == 0 && i != GROUP_NONE;
	     i = set->candidates[i].next)
		r = add_remark(finding, remarks[i]);
	return r;
}

static int take_group(const struct group_set *set, size_t head, const char *const *remarks,
		      struct findings *ret)
{
	const struct candidate *candidate = &set->candidates[head];
	const struct difference *difference = candidate->difference;
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	if (difference->kind == DIFFERENCE_PROBLEM) {
		r = describe_problem(difference, &finding);
		return r < 0 ? r : findings_take(ret, &finding);
	}
	r = start_finding(&finding, candidate);
	if (r < 0)
		return r;
	finding.path = strdup(difference->path);
	if (!finding.path)
		return -ENOMEM;
	r = describe_group(set, head, &finding);
	if (r == 0)
		r = add_members(set, head, &finding);
	if (r == 0)
		r = add_remarks(set, head, remarks, &finding);
	return r < 0 ? r : findings_take(ret, &finding);
}

/*
 * More differences than can be listed. Somebody may have made them to push the grave ones off the
 * list, so this fails whatever the listed ones amount to.
 */
int tree_take_limit(struct findings *ret, enum severity severity, const char *title, uint64_t count)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	r = finding_start(&finding, "coverage.limit");
	if (r < 0)
		return r;
	if (severity)
		finding.severity = severity;
	if (asprintf(&finding.title, "%s: %" PRIu64, title, count) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(ret, &finding);
}

/* Their differences are listed; only what they name was not followed. */
int tree_take_unread(struct findings *ret, uint64_t count)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, "coverage.unreadable");

	if (r < 0)
		return r;
	if (asprintf(&finding.title, "Differing files whose content was not looked into: %" PRIu64,
		     count) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(ret, &finding);
}

/* Like mechanism_is_minor(), of a candidate whose mechanism is known already. */
static bool is_minor(const struct candidate *candidate)
{
	return candidate->difference->kind == DIFFERENCE_PROBLEM ||
	       (mechanism_get(candidate->kind)->flags & MECHANISM_MINOR);
}

/* The groups whose heads are minor, or those whose heads are not, while the list has room. */
static int take_some(const struct group_set *set, bool minor, size_t limit,
		     const char *const *remarks, struct findings *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < set->count; i++) {
		if (set->candidates[i].head != i || is_minor(&set->candidates[i]) != minor)
			continue;
		if (ret->count >= limit)
			return tree_take_limit(ret, SEVERITY_HIGH,
					       "More differences than can be listed; looked at",
					       set->count);
		r = take_group(set, i, remarks, ret);
	}
	return r;
}

/* The grave ones first: a flood of harmless files must not push them off the list. */
static int take_groups(const struct group_set *set, const struct policy *policy,
		       const char *const *remarks, struct findings *ret)
{
	size_t n_waivers, limit;
	int r;

	/* Room for the limits and for each waiver that has expired. */
	(void)policy_list_waivers(policy, &n_waivers);
	limit = FINDINGS_MAX - 4 - EXPLAINED_MAX - n_waivers;
	r = take_some(set, false, limit, remarks, ret);
	return r < 0 ? r : take_some(set, true, limit, remarks, ret);
}

int tree_check(const struct check_context *context, struct findings *ret, struct error *error)
{
	_cleanup_(remainder_done) struct remainder remainder = {};
	_cleanup_group_set_ struct group_set set = {};
	int r;

	if (context->situation == SITUATION_AUDIT)
		return tree_audit(context, ret, error);
	r = remainder_init(&remainder, context);
	if (r == 0)
		r = group_differences(&remainder.comparison, context->root_fd, &set);
	if (r == 0)
		r = take_groups(&set, context->policy, remainder.remarks, ret);
	if (r == 0 && context->explanations)
		r = explained_take(context, ret);
	if (r == 0 && set.unread > 0)
		r = tree_take_unread(ret, set.unread);
	if (r == 0 && context->comparison->dropped > 0)
		r = tree_take_limit(ret, SEVERITY_HIGH, "Further differences, not listed",
				    context->comparison->dropped);
	return r;
}
