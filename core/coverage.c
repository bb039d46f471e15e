/* SPDX-License-Identifier: Apache-2.0 */
#include "coverage.h"

#include "member.h"
#include "text.h"

#include <string.h>

#define COVERAGE_LIST_MAX 10000

static const char *const mode_names[_COVERAGE_MODE_MAX] = {
	[COVERAGE_FULL] = "full",
	[COVERAGE_RECHECK] = "recheck",
};

static const char *const tier_names[_COVERAGE_TIER_MAX] = {
	[COVERAGE_ALL] = "all",
	[COVERAGE_CRITICAL] = "critical",
};

const char *coverage_tier_to_string(enum coverage_tier tier)
{
	return tier > 0 && tier < _COVERAGE_TIER_MAX ? tier_names[tier] : NULL;
}

enum coverage_tier coverage_tier_from_string(const char *text)
{
	for (int i = 1; i < _COVERAGE_TIER_MAX; i++)
		if (strcmp(text, tier_names[i]) == 0)
			return (enum coverage_tier)i;
	return _COVERAGE_TIER_INVALID;
}

int coverage_init(struct coverage *coverage)
{
	_cleanup_json_ json_t *ignored = json_array();
	_cleanup_json_ json_t *checks = json_object();
	_cleanup_json_ json_t *mounts = json_array();
	_cleanup_json_ json_t *vouched = json_object();

	if (!ignored || !checks || !mounts || !vouched)
		return -ENOMEM;

	*coverage = (struct coverage){
		.ignored = TAKE_PTR(ignored),
		.checks = TAKE_PTR(checks),
		.mounts = TAKE_PTR(mounts),
		.vouched = TAKE_PTR(vouched),
	};
	return 0;
}

static json_t *text_to_json(const char *text)
{
	_cleanup_free_ char *safe = text_to_utf8(text, strlen(text));

	return safe ? json_string(safe) : NULL;
}

static int add_text(json_t *list, const char *text)
{
	_cleanup_json_ json_t *shown = text_to_json(text);

	if (!shown)
		return -ENOMEM;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), shown))
			return 0;
	return json_array_append(list, shown) < 0 ? -ENOMEM : 0;
}

int coverage_add_ignored(struct coverage *coverage, const char *path)
{
	return add_text(coverage->ignored, path);
}

int coverage_add_mount(struct coverage *coverage, const char *path)
{
	/* Each has a finding too; the list only helps to read them. */
	if (json_array_size(coverage->mounts) >= COVERAGE_LIST_MAX)
		return 0;
	return add_text(coverage->mounts, path);
}

int coverage_set_vouched(struct coverage *coverage, const char *by, json_t *value)
{
	return json_object_set_new(coverage->vouched, by, value) < 0 ? -ENOMEM : 0;
}

bool coverage_is_partial(const struct coverage *coverage)
{
	return coverage->tier == COVERAGE_CRITICAL || coverage->unexamined > 0;
}

int coverage_set_check(struct coverage *coverage, const char *check, const char *state)
{
	return json_object_set_new(coverage->checks, check, text_to_json(state)) < 0 ? -ENOMEM : 0;
}

static int read_list(const json_t *value, void *field, struct error *error)
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

static int read_name(const json_t *value, const char *const names[], int count, void *field,
		     struct error *error)
{
	const char *text = json_string_value(value);

	for (int i = 1; text && i < count; i++)
		if (strcmp(text, names[i]) == 0) {
			*(unsigned *)field = (unsigned)i;
			return 0;
		}
	return error_set(error, -EBADMSG, "expected one of %s, %s", names[1], names[2]);
}

static int read_mode(const json_t *value, void *field, struct error *error)
{
	return read_name(value, mode_names, _COVERAGE_MODE_MAX, field, error);
}

static int read_tier(const json_t *value, void *field, struct error *error)
{
	return read_name(value, tier_names, _COVERAGE_TIER_MAX, field, error);
}

static int write_name(const char *name, json_t **ret)
{
	*ret = name ? json_string(name) : NULL;
	return name && !*ret ? -ENOMEM : 0;
}

static int write_mode(const void *field, json_t **ret, struct error *error _unused_)
{
	return write_name(mode_names[*(const enum coverage_mode *)field], ret);
}

static int write_tier(const void *field, json_t **ret, struct error *error _unused_)
{
	return write_name(tier_names[*(const enum coverage_tier *)field], ret);
}

static int read_object(const json_t *value, void *field, struct error *error)
{
	if (!json_is_object(value) || json_object_size(value) > COVERAGE_LIST_MAX)
		return error_set(error, -EBADMSG, "expected an object");
	*(json_t **)field = json_deep_copy(value);
	return *(json_t **)field ? 0 : -ENOMEM;
}

static int write_optional(const void *field, json_t **ret, struct error *error _unused_)
{
	const json_t *value = *(json_t *const *)field;

	*ret = value ? json_deep_copy(value) : NULL;
	return value && !*ret ? -ENOMEM : 0;
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

#define OPTIONAL_NUMBER(member)                                               \
	{                                                                     \
		.name = #member, .type = MEMBER_UINT64,                       \
		.offset = offsetof(struct coverage, member), .optional = true \
	}

#define OPTIONAL(member, read_it, write_it)                                                     \
	{                                                                                       \
		.name = #member, .type = MEMBER_CUSTOM, .optional = true,                       \
		.offset = offsetof(struct coverage, member), .read = read_it, .write = write_it \
	}

static const struct member rows[] = {
	NUMBER(entries),
	NUMBER(bytes),
	{.name = "ignored",
	 .type = MEMBER_CUSTOM,
	 .offset = offsetof(struct coverage, ignored),
	 .read = read_list,
	 .write = write_copy},
	NUMBER(unreadable),
	{.name = "checks",
	 .type = MEMBER_CUSTOM,
	 .offset = offsetof(struct coverage, checks),
	 .read = read_checks,
	 .write = write_copy},
	OPTIONAL(mode, read_mode, write_mode),
	OPTIONAL(tier, read_tier, write_tier),
	OPTIONAL_NUMBER(hashed),
	OPTIONAL_NUMBER(linked),
	OPTIONAL_NUMBER(reused),
	OPTIONAL_NUMBER(unexamined),
	OPTIONAL(vouched, read_object, write_optional),
	OPTIONAL(mounts, read_list, write_optional),
	OPTIONAL(early, read_object, write_optional),
};

/* What an older agent did not count is not stated as nothing. */
static void drop_uncounted(json_t *object)
{
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		const json_t *value = json_object_get(object, rows[i].name);

		if (rows[i].optional && json_is_integer(value) && json_integer_value(value) == 0)
			(void)json_object_del(object, rows[i].name);
	}
}

json_t *coverage_to_json(const struct coverage *coverage)
{
	json_t *object;

	if (members_write(rows, ELEMENTS(rows), coverage, &object, NULL) < 0)
		return NULL;
	if (coverage->mode == 0)
		drop_uncounted(object);
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
	json_decref(coverage->vouched);
	json_decref(coverage->mounts);
	json_decref(coverage->early);
	*coverage = (struct coverage){0};
}
