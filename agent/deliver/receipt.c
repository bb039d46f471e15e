/* SPDX-License-Identifier: Apache-2.0 */
#include "receipt.h"

#include <string.h>

static int refuse(struct error *error, const char *what)
{
	return error_set(error, -EPROTO, "the collector's answer is not a receipt: %s", what);
}

static bool is_reason(json_t *reason)
{
	static const char *const members[] = {"stage", "code", "text"};

	for (size_t i = 0; i < ELEMENTS(members); i++)
		if (!json_is_string(json_object_get(reason, members[i])))
			return false;
	return true;
}

static int check_reasons(json_t *reasons, struct error *error)
{
	if (!json_is_array(reasons))
		return refuse(error, "\"reasons\" is not an array");
	if (json_array_size(reasons) > RECEIPT_REASONS_MAX)
		return refuse(error, "too many reasons");
	for (size_t i = 0; i < json_array_size(reasons); i++)
		if (!is_reason(json_array_get(reasons, i)))
			return refuse(error, "a reason without stage, code and text");
	return 0;
}

static bool is_tier(const char *text)
{
	return text && text[0] == 'T' && text[1] >= '0' && text[1] <= '3' && !text[2];
}

static int fill(json_t *object, const char *expected_id, struct receipt *ret, struct error *error)
{
	const char *id = json_string_value(json_object_get(object, "id"));
	const char *verdict = json_string_value(json_object_get(object, "verdict"));
	const char *tier = json_string_value(json_object_get(object, "tier"));
	json_t *reasons = json_object_get(object, "reasons");
	int r;

	if (!id)
		return refuse(error, "no \"id\"");
	if (strcmp(id, expected_id) != 0)
		return refuse(error, "its \"id\" is another report's");
	ret->verdict = verdict ? verdict_from_string(verdict) : _VERDICT_INVALID;
	if ((int)ret->verdict < 0)
		return refuse(error, "no known \"verdict\"");
	if (!is_tier(tier))
		return refuse(error, "no known \"tier\"");
	r = check_reasons(reasons, error);
	if (r < 0)
		return r;
	ret->id = strdup(id);
	ret->tier = strdup(tier);
	ret->reasons = json_incref(reasons);
	return ret->id && ret->tier ? 0 : error_set(error, -ENOMEM, "out of memory");
}

int receipt_parse(const char *json, size_t size, const char *expected_id, struct receipt *ret,
		  struct error *error)
{
	_cleanup_json_ json_t *object = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
	_cleanup_receipt_ struct receipt receipt = {0};
	int r;

	if (!json_is_object(object))
		return refuse(error, "not a JSON object");
	r = fill(object, expected_id, &receipt, error);
	if (r < 0)
		return r;
	*ret = receipt;
	receipt = (struct receipt){0};
	return 0;
}

json_t *receipt_to_json(const struct receipt *receipt)
{
	return json_pack("{s:s, s:s, s:s, s:O, s:b}", "id", receipt->id, "verdict",
			 verdict_to_string(receipt->verdict), "tier", receipt->tier, "reasons",
			 receipt->reasons, "duplicate", receipt->duplicate);
}

void receipt_done(struct receipt *receipt)
{
	free(receipt->id);
	free(receipt->tier);
	json_decref(receipt->reasons);
	*receipt = (struct receipt){0};
}
