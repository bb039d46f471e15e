/* SPDX-License-Identifier: Apache-2.0 */
#include "check/waiver.h"

#include "catalog.h"

#include <string.h>

static int take_expired(struct findings *findings, const struct policy_waiver *waiver)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, "waiver.expired");

	if (r < 0)
		return r;
	if (asprintf(&finding.title, "Waiver of %s for %s expired on %s (owner %s: %s)",
		     waiver->code_glob, waiver->path_glob, waiver->until, waiver->owner,
		     waiver->reason) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(findings, &finding);
}

static int mark(struct finding *finding, const struct policy_waiver *waiver)
{
	if (asprintf(&finding->waived, "%s until %s: %s", waiver->owner, waiver->until,
		     waiver->reason) < 0) {
		finding->waived = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* Whether an earlier finding met the same expired waiver already. */
static bool is_told(const struct policy *policy, const struct findings *findings, size_t end,
		    const struct policy_waiver *waiver)
{
	for (size_t i = 0; i < end; i++)
		if (policy_match_waiver(policy, findings->items[i].code, findings->items[i].path) ==
		    waiver)
			return true;
	return false;
}

int waivers_apply(const struct policy *policy, int64_t now, struct findings *findings)
{
	size_t count = findings->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		struct finding *finding = &findings->items[i];
		const struct policy_waiver *waiver;

		waiver = policy_match_waiver(policy, finding->code, finding->path);
		if (!waiver)
			continue;
		if (now < waiver->until_seconds)
			r = mark(finding, waiver);
		else if (!is_told(policy, findings, i, waiver))
			r = take_expired(findings, waiver);
	}
	return r;
}
