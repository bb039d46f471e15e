/* SPDX-License-Identifier: Apache-2.0 */
#include "member.h"

#include "text.h"

#include <string.h>

/* One type's two directions; both get the field itself. */
struct member_codec {
	int (*read)(const struct member *row, const json_t *value, void *field,
		    struct error *error);
	int (*write)(const struct member *row, const void *field, json_t **ret,
		     struct error *error);
};

static int check_name(const char *text, struct error *error)
{
	size_t length = strlen(text);

	if (length == 0 || length > MEMBER_NAME_MAX)
		return error_set(error, -EBADMSG, "expected 1 to %d bytes of text, found %zu",
				 MEMBER_NAME_MAX, length);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return error_set(error, -EBADMSG, "has a control character");
	return 0;
}

static int read_text(const struct member *row, const json_t *value, void *field,
		     struct error *error)
{
	const char *text = json_string_value(value);
	char *copy;
	int r;

	if (row->nullable && json_is_null(value))
		return 0;
	if (!text)
		return error_set(error, -EBADMSG, "expected a string%s",
				 row->nullable ? " or null" : "");
	if (strlen(text) != json_string_length(value))
		return error_set(error, -EBADMSG, "has a NUL character");
	if (row->type == MEMBER_NAME) {
		r = check_name(text, error);
		if (r < 0)
			return r;
	}

	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	*(char **)field = copy;
	return 0;
}

static int write_text(const struct member *row, const void *field, json_t **ret,
		      struct error *error)
{
	const char *text = *(const char *const *)field;
	_cleanup_free_ char *safe = NULL;

	if (!text && !row->nullable)
		return error_set(error, -EINVAL, "is not set");
	if (!text) {
		*ret = json_null();
		return 0;
	}
	if (row->type == MEMBER_NAME && check_name(text, error) < 0)
		return -EINVAL;

	safe = text_to_utf8(text, strlen(text));
	if (!safe)
		return -ENOMEM;
	*ret = json_string(safe);
	return 0;
}

static int read_uint64(const struct member *row _unused_, const json_t *value, void *field,
		       struct error *error)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return error_set(error, -EBADMSG, "expected an integer that is not negative");

	*(uint64_t *)field = (uint64_t)json_integer_value(value);
	return 0;
}

static int write_uint64(const struct member *row _unused_, const void *field, json_t **ret,
			struct error *error)
{
	uint64_t number = *(const uint64_t *)field;

	if (number > INT64_MAX)
		return error_set(error, -EINVAL, "is too large");
	*ret = json_integer((json_int_t)number);
	return 0;
}

static int read_bool(const struct member *row _unused_, const json_t *value, void *field,
		     struct error *error)
{
	if (!json_is_boolean(value))
		return error_set(error, -EBADMSG, "expected true or false");

	*(bool *)field = json_is_true(value);
	return 0;
}

static int write_bool(const struct member *row _unused_, const void *field, json_t **ret,
		      struct error *error _unused_)
{
	*ret = json_boolean(*(const bool *)field);
	return 0;
}

static int read_time(const struct member *row _unused_, const json_t *value, void *field,
		     struct error *error)
{
	const char *text = json_string_value(value);
	int64_t seconds;

	if (!text || time_parse(text, &seconds) < 0)
		return error_set(error, -EBADMSG, "expected a time like 2026-01-31T12:00:00Z");

	*(int64_t *)field = seconds;
	return 0;
}

static int write_time(const struct member *row _unused_, const void *field, json_t **ret,
		      struct error *error)
{
	char text[21];

	if (time_format(*(const int64_t *)field, text) < 0)
		return error_set(error, -EINVAL, "is not a time between 1970 and 9999");
	*ret = json_string(text);
	return 0;
}

static int read_digest(const struct member *row _unused_, const json_t *value, void *field,
		       struct error *error)
{
	const char *text = json_string_value(value);

	if (!text || digest_from_hex(text, json_string_length(value), field) < 0)
		return error_set(error, -EBADMSG, "expected 64 lower-case hexadecimal digits");
	return 0;
}

static int write_digest(const struct member *row _unused_, const void *field, json_t **ret,
			struct error *error _unused_)
{
	char text[DIGEST_HEX_SIZE];

	digest_to_hex(field, text);
	*ret = json_string(text);
	return 0;
}

static int read_object(const struct member *row, const json_t *value, void *field,
		       struct error *error)
{
	return members_read(row->rows, row->n_rows, value, field, error);
}

static int write_object(const struct member *row, const void *field, json_t **ret,
			struct error *error)
{
	return members_write(row->rows, row->n_rows, field, ret, error);
}

static int read_custom(const struct member *row, const json_t *value, void *field,
		       struct error *error)
{
	return row->read(value, field, error);
}

static int write_custom(const struct member *row, const void *field, json_t **ret,
			struct error *error)
{
	return row->write(field, ret, error);
}

static const struct member_codec codecs[_MEMBER_TYPE_MAX] = {
	[MEMBER_TEXT] = {read_text, write_text},
	[MEMBER_NAME] = {read_text, write_text},
	[MEMBER_UINT64] = {read_uint64, write_uint64},
	[MEMBER_BOOL] = {read_bool, write_bool},
	[MEMBER_TIME] = {read_time, write_time},
	[MEMBER_DIGEST] = {read_digest, write_digest},
	[MEMBER_OBJECT] = {read_object, write_object},
	[MEMBER_CUSTOM] = {read_custom, write_custom},
};

/* All rows that must be present are, so a surplus member is one that no row names. */
static int reject_unknown(const struct member *rows, size_t n_rows, const json_t *object,
			  struct error *error)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		_cleanup_free_ char *shown = NULL;
		size_t i = 0;

		while (i < n_rows && strcmp(rows[i].name, name) != 0)
			i++;
		if (i < n_rows)
			continue;

		shown = text_escape(name, strlen(name));
		return error_set(error, -EBADMSG, "unknown member \"%.100s\"", shown ? shown : "?");
	}
	return 0;
}

int members_read(const struct member *rows, size_t n_rows, const json_t *object, void *ret,
		 struct error *error)
{
	size_t found = 0;

	if (!json_is_object(object))
		return error_set(error, -EBADMSG, "expected an object");

	for (size_t i = 0; i < n_rows; i++) {
		const struct member *row = &rows[i];
		const json_t *value = json_object_get(object, row->name);
		int r;

		if (!value && row->optional)
			continue;
		if (!value)
			return error_set(error, -EBADMSG, "member \"%s\" is missing", row->name);
		found++;
		r = codecs[row->type].read(row, value, (char *)ret + row->offset, error);
		if (r < 0)
			return error_prefix(error, r, "member \"%s\"", row->name);
	}

	if (json_object_size(object) == found)
		return 0;
	return reject_unknown(rows, n_rows, object, error);
}

int members_write(const struct member *rows, size_t n_rows, const void *data, json_t **ret,
		  struct error *error)
{
	_cleanup_json_ json_t *object = json_object();

	if (!object)
		return -ENOMEM;

	for (size_t i = 0; i < n_rows; i++) {
		const struct member *row = &rows[i];
		json_t *value = NULL;
		int r;

		r = codecs[row->type].write(row, (const char *)data + row->offset, &value, error);
		if (r < 0)
			return error_prefix(error, r, "member \"%s\"", row->name);
		if (r == 0 && !value && row->optional)
			continue;
		if (!value || json_object_set_new(object, row->name, value) < 0)
			return -ENOMEM;
	}

	*ret = TAKE_PTR(object);
	return 0;
}
