/* SPDX-License-Identifier: Apache-2.0 */
#include "check/explained.h"

#include "catalog.h"
#include "check/check.h"
#include "check/mechanism.h"

#include <string.h>

static const char *const kind_names[_DIFFERENCE_MAX] = {
	[DIFFERENCE_UNEXPECTED] = "unexpected",
	[DIFFERENCE_MISSING] = "missing",
	[DIFFERENCE_CHANGED] = "changed",
};

static int start(const struct difference *difference, const struct explanation *explanation,
		 struct finding *finding)
{
	_cleanup_free_ char *code = NULL;
	int r;

	if (asprintf(&code, "%s.%s", mechanism_get(mechanism_find(difference))->name,
		     kind_names[difference->kind]) < 0) {
		code = NULL;
		return -ENOMEM;
	}
	r = finding_start(finding, code);
	if (r < 0)
		return r;
	finding->severity = explanation->severity;
	finding->path = strdup(difference->path);
	finding->actual = strdup(explanation->text);
	if (asprintf(&finding->title, "Explained by the first boot: %s", explanation->text) < 0)
		finding->title = NULL;
	return finding->path && finding->actual && finding->title ? 0 : -ENOMEM;
}

/* Where the finding of each reason is in the list. */
static int take_one(const struct difference *difference, const struct explanation *explanation,
		    json_t *reasons, struct findings *ret)
{
	bool full = json_object_size(reasons) >= EXPLAINED_MAX;
	const char *reason = full ? "" : explanation->text;
	const json_t *index = json_object_get(reasons, reason);
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	if (index)
		return finding_add_related(&ret->items[json_integer_value(index)],
					   difference->path);
	r = start(difference, explanation, &finding);
	if (r == 0 &&
	    json_object_set_new_nocheck(reasons, reason, json_integer((json_int_t)ret->count)) < 0)
		r = -ENOMEM;
	return r < 0 ? r : findings_take(ret, &finding);
}

int explained_take(const struct check_context *context, struct findings *ret)
{
	const struct comparison *comparison = context->comparison;
	_cleanup_json_ json_t *reasons = json_object();
	int r = reasons ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < comparison->count; i++)
		if (explanations_cover(context->explanations, i))
			r = take_one(&comparison->differences[i], &context->explanations->items[i],
				     reasons, ret);
	return r;
}
