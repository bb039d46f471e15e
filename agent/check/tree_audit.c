/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "check/describe.h"
#include "check/describe_audit.h"
#include "check/packages.h"
#include "check/release.h"
#include "check/rights.h"
#include "check/tree.h"
#include "check/unowned.h"
#include "check/usual.h"

#include <string.h>
#include <sys/stat.h>

/* What differs and is not explained, with what is to be said of each. */
struct selection {
	struct comparison reported; /* borrows from the context's */
	struct verdict_of {
		enum unowned unowned; /* 0: not unowned */
		const char *hint;
	} * verdicts; /* one each */
	size_t data;  /* of them: kept only because something may name them */
};

static void selection_done(struct selection *selection)
{
	free(selection->reported.differences);
	free(selection->verdicts);
}

/* Documents: nothing runs them, and images are made small by leaving them out. */
static bool is_document(const char *path)
{
	static const char *const places[] = {
		"/usr/share/doc/**",	"/usr/share/man/**",	    "/usr/share/info/**",
		"/usr/share/locale/**", "/usr/share/lintian/**",    "/usr/share/doc-base/**",
		"/usr/share/groff/**",	"/usr/share/gnome/help/**", "/usr/share/help/**",
		"/usr/share/doc",	"/usr/share/man",	    "/usr/share/info",
		"/usr/share/locale",	"/usr/share/lintian",	    "/usr/share/doc-base",
	};

	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (glob_match(places[i], path))
			return true;
	return false;
}

/* 1: to be named, 0: not. */
static int judge(const struct check_context *context, const struct difference *difference,
		 struct verdict_of *ret)
{
	*ret = (struct verdict_of){};
	switch (difference->kind) {
	case DIFFERENCE_MISSING:
		return !is_document(difference->path);
	case DIFFERENCE_CHANGED:
		return !release_is_named(context->root_fd, difference);
	case DIFFERENCE_UNEXPECTED:
		if (context->packages && usual_explains(context, difference, &ret->hint))
			return 0;
		ret->unowned = unowned_judge(context, difference, mechanism_find(difference));
		return 1;
	default:
		return 1;
	}
}

static int select_differences(const struct check_context *context, struct selection *ret)
{
	const struct comparison *comparison = context->comparison;

	ret->reported.differences = calloc(comparison->count + 1, sizeof(struct difference));
	ret->verdicts = calloc(comparison->count + 1, sizeof(struct verdict_of));
	if (!ret->reported.differences || !ret->verdicts)
		return -ENOMEM;
	for (size_t i = 0; i < comparison->count; i++) {
		size_t at = ret->reported.count;

		if (!judge(context, &comparison->differences[i], &ret->verdicts[at]))
			continue;
		ret->reported.differences[at] = comparison->differences[i];
		ret->reported.count++;
	}
	return 0;
}

static const char *what(const struct difference *difference)
{
	switch (difference->kind) {
	case DIFFERENCE_CHANGED:
		return "altered";
	case DIFFERENCE_MISSING:
		return "removed";
	default:
		return "unowned";
	}
}

/* Packages that log, audit or defend: what is taken from them is missed. */
static bool is_defender(const char *package)
{
	static const char *const names[] = {
		"aide",
		"apparmor",
		"auditd",
		"clamav-daemon",
		"fail2ban",
		"falco",
		"nftables",
		"osquery",
		"rsyslog",
		"syslog-ng-core",
		"unattended-upgrades",
		"ufw",
	};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcmp(package, names[i]) == 0)
			return true;
	return false;
}

static enum severity weigh(const struct check_context *context, const struct candidate *head,
			   enum unowned unowned, enum severity severity)
{
	const struct difference *difference = head->difference;
	struct package_file file = {};

	/* A name says little of what is in it; the check that reads it says more. */
	if (head->kind == KIND_SECRET && difference->kind == DIFFERENCE_UNEXPECTED)
		return SEVERITY_LOW;
	if (difference->kind == DIFFERENCE_UNEXPECTED)
		return unowned == UNOWNED_ACTS && severity < SEVERITY_MEDIUM ? SEVERITY_MEDIUM
									     : severity;
	if (!context->packages || !packages_find(context->packages, difference->path, &file))
		return severity;
	if (difference->kind == DIFFERENCE_MISSING)
		return is_defender(file.package) ? SEVERITY_MEDIUM : severity;
	if (difference->attributes == ATTRIBUTE_MODE && !(difference->actual.mode & S_IWOTH) &&
	    !rights_is_dangerous(difference->path))
		return SEVERITY_LOW;
	/* Administrators change them: that is what they are for. */
	if (file.conffile && !(difference->attributes & (ATTRIBUTE_MODE | ATTRIBUTE_CAPABILITY)))
		return SEVERITY_LOW;
	return severity;
}

/* The gravest that is to be said of a member. */
static enum unowned group_unowned(const struct group_set *set, const struct selection *selection,
				  size_t head)
{
	enum unowned unowned = selection->verdicts[head].unowned;

	for (size_t i = set->candidates[head].first; i != GROUP_NONE; i = set->candidates[i].next)
		if (selection->verdicts[i].unowned > unowned)
			unowned = selection->verdicts[i].unowned;
	return unowned;
}

/* Whether anything of the group is a finding: not one of data alone. */
static bool is_named(const struct group_set *set, const struct selection *selection, size_t head)
{
	if (selection->verdicts[head].unowned != UNOWNED_DATA)
		return true;
	for (size_t i = set->candidates[head].first; i != GROUP_NONE; i = set->candidates[i].next)
		if (selection->verdicts[i].unowned != UNOWNED_DATA)
			return true;
	return false;
}

static int start(const struct candidate *head, struct finding *finding)
{
	_cleanup_free_ char *code = NULL;

	if (asprintf(&code, "%s.%s", mechanism_get(head->kind)->name, what(head->difference)) < 0) {
		code = NULL;
		return -ENOMEM;
	}
	return finding_start(finding, code);
}

static int take_group(const struct check_context *context, const struct group_set *set,
		      const struct selection *selection, size_t head, struct findings *ret)
{
	const struct candidate *candidate = &set->candidates[head];
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	if (candidate->difference->kind == DIFFERENCE_PROBLEM) {
		r = describe_problem(candidate->difference, &finding);
		return r < 0 ? r : findings_take(ret, &finding);
	}
	r = start(candidate, &finding);
	if (r < 0)
		return r;
	finding.severity =
		weigh(context, candidate, group_unowned(set, selection, head), finding.severity);
	finding.path = strdup(candidate->difference->path);
	if (!finding.path)
		return -ENOMEM;
	r = describe_audit(context, set, head, selection->verdicts[head].hint, &finding);
	for (size_t i = candidate->first; r == 0 && i != GROUP_NONE; i = set->candidates[i].next)
		r = finding_add_related(&finding, set->candidates[i].difference->path);
	return r < 0 ? r : findings_take(ret, &finding);
}

static int take_groups(const struct check_context *context, const struct group_set *set,
		       const struct selection *selection, struct findings *ret)
{
	size_t n_waivers, limit;
	int r = 0;

	/* Room for the limits and for each waiver that has expired. */
	(void)policy_list_waivers(context->policy, &n_waivers);
	limit = FINDINGS_MAX - 4 - n_waivers;
	for (size_t i = 0; r == 0 && i < set->count; i++) {
		if (set->candidates[i].head != i || !is_named(set, selection, i))
			continue;
		if (ret->count >= limit)
			return tree_take_limit(ret, SEVERITY_HIGH,
					       "More findings than can be listed; looked at",
					       set->count);
		r = take_group(context, set, selection, i, ret);
	}
	return r;
}

static int take_no_packages(struct findings *ret)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, "coverage.no-packages");

	if (r < 0)
		return r;
	finding.title = strdup("No dpkg database: no package vouches for any file here");
	return finding.title ? findings_take(ret, &finding) : -ENOMEM;
}

int tree_audit(const struct check_context *context, struct findings *ret,
	       struct error *error _unused_)
{
	const struct comparison *comparison = context->comparison;
	_cleanup_(selection_done) struct selection selection = {};
	_cleanup_group_set_ struct group_set set = {};
	int r = context->packages ? 0 : take_no_packages(ret);

	if (r == 0)
		r = select_differences(context, &selection);
	if (r == 0)
		r = group_differences(&selection.reported, context->root_fd, &set);
	if (r == 0)
		r = take_groups(context, &set, &selection, ret);
	if (r == 0 && set.unread > 0)
		r = tree_take_unread(ret, set.unread);
	if (r == 0 && context->packages && packages_unread(context->packages) > 0)
		r = tree_take_limit(ret, 0, "Parts of the package database that were not read",
				    packages_unread(context->packages));
	if (r == 0 && comparison->dropped > 0)
		r = tree_take_limit(ret, 0, "Further files of no package, not looked at",
				    comparison->dropped);
	return r;
}
