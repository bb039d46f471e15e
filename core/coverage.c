/* SPDX-License-Identifier: Apache-2.0 */
#include "coverage.h"

#include "member.h"
#include "text.h"

#include <string.h>

#define COVERAGE_LIST_MAX 10000

int coverage_init(struct coverage *coverage)
{
	_cleanup_json_ json_t *ignored = json_array();
	_cleanup_json_ json_t *checks = json_object();

	if (!ignored || !checks)
		return -ENOMEM;

	*coverage = (struct coverage){
		.ignored = TAKE_PTR(ignored),
		.checks = TAKE_PTR(checks),
	};
	return 0;
}

static json_t *text_to_json(const char *text)
{
	_cleanup_free_ char *safe = text_to_utf8(text, strlen(text));

	return safe ? json_string(safe) : NULL;
}

int coverage_add_ignored(struct coverage *coverage, const char *path)
{
	_cleanup_json_ json_t *shown = text_to_json(path);

	if (!shown)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(coverage->ignored); i++)
		if (json_equal(json_array_get(coverage->ignored, i), shown))
			return 0;
	return json_array_append(coverage->ignored, shown) < 0 ? -ENOMEM : 0;
}

int coverage_set_check(struct coverage *coverage, const char *check, const char *state)
{
	return json_object_set_new(coverage->checks, check, text_to_json(state)) < 0 ? -ENOMEM : 0;
}

static int read_ignored(const json_t *value, void *field, struct error *error)
{
	if (!json_is_array(value) || json_array_size(value) > COVERAGE_LIST_MAX)
		return error_set(error, -EBADMSG, "expected an array of at most %d strings",
				 COVERAGE_LIST_MAX);
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)))
			return error_set(error, -EBADMSG, "item %zu: expected a string", i);

	*(json_t **)field = json_deep_copy(value);
	return *(json_t **)field ? 0 : -ENOMEM;
}

static int read_checks(const json_t *value, void *field, struct error *error)
{
	const char *name;
	json_t *state;

	if (!json_is_object(value) || json_object_size(value) > COVERAGE_LIST_MAX)
		return error_set(error, -EBADMSG, "expected an object of check names");
	json_object_foreach((json_t *)value, name, state) if (
		!json_is_string(state)) return error_set(error, -EBADMSG,
							 "each check's state must be a string");

	*(json_t **)field = json_deep_copy(value);
	return *(json_t **)field ? 0 : -ENOMEM;
}

static int write_copy(const void *field, json_t **ret, struct error *error)
{
	const json_t *value = *(json_t *const *)field;

	if (!value)
		return error_set(error, -EINVAL, "is not set");
	*ret = json_deep_copy(value);
	return 0;
}

#define NUMBER(member)                                      \
	{                                                   \
		.name = #member, .type = MEMBER_UINT64,     \
		.offset = offsetof(struct coverage, member) \
	}

static const struct member rows[] = {
	NUMBER(entries),
	NUMBER(bytes),
	{.name = "ignored",
	 .type = MEMBER_CUSTOM,
	 .offset = offsetof(struct coverage, ignored),
	 .read = read_ignored,
	 .write = write_copy},
	NUMBER(unreadable),
	{.name = "checks",
	 .type = MEMBER_CUSTOM,
	 .offset = offsetof(struct coverage, checks),
	 .read = read_checks,
	 .write = write_copy},
};

json_t *coverage_to_json(const struct coverage *coverage)
{
	json_t *object;

	if (members_write(rows, ELEMENTS(rows), coverage, &object, NULL) < 0)
		return NULL;
	return object;
}

int coverage_from_json(const json_t *object, struct coverage *ret, struct error *error)
{
	_cleanup_coverage_ struct coverage coverage = {0};
	int r;

	r = members_read(rows, ELEMENTS(rows), object, &coverage, error);
	if (r < 0)
		return error_prefix(error, r, "coverage");

	*ret = coverage;
	coverage = (struct coverage){0};
	return 0;
}

void coverage_done(struct coverage *coverage)
{
	json_decref(coverage->ignored);
	json_decref(coverage->checks);
	*coverage = (struct coverage){0};
}
