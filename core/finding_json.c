/* SPDX-License-Identifier: Apache-2.0 */
#include "finding.h"
#include "member.h"
#include "text.h"

#include <string.h>

#define FINDING_ATTACK_MAX 16

static bool is_code_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* <check>.<what>: two words of a-z, 0-9 and '-', at most 64 bytes. */
static bool code_is_valid(const char *code)
{
	size_t first = 0, second = 0;

	while (is_code_byte(code[first]))
		first++;
	if (first == 0 || code[first] != '.')
		return false;
	while (is_code_byte(code[first + 1 + second]))
		second++;
	return second > 0 && code[first + 1 + second] == '\0' && first + 1 + second <= 64;
}

/* T1234 or T1234.001. */
static bool technique_is_valid(const char *text)
{
	size_t length = strlen(text);

	if ((length != 5 && length != 9) || text[0] != 'T')
		return false;
	for (size_t i = 1; i < length; i++)
		if (i == 5 ? text[i] != '.' : text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

static int read_code(const json_t *value, void *field, struct error *error)
{
	const char *text = json_string_value(value);
	char *copy;

	if (!text || strlen(text) != json_string_length(value) || !code_is_valid(text))
		return error_set(error, -EBADMSG, "expected a code like service.unexpected");

	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	*(char **)field = copy;
	return 0;
}

static int write_code(const void *field, json_t **ret, struct error *error)
{
	const char *code = *(const char *const *)field;

	if (!code || !code_is_valid(code))
		return error_set(error, -EINVAL, "is not of the form <check>.<what>");
	*ret = json_string(code);
	return 0;
}

static int read_severity(const json_t *value, void *field, struct error *error)
{
	enum severity severity = severity_from_string(json_string_value(value));

	if ((int)severity < 0)
		return error_set(error, -EBADMSG, "expected info, low, medium, high or critical");
	*(enum severity *)field = severity;
	return 0;
}

static int write_severity(const void *field, json_t **ret, struct error *error)
{
	const char *text = severity_to_string(*(const enum severity *)field);

	if (!text)
		return error_set(error, -EINVAL, "is not a severity");
	*ret = json_string(text);
	return 0;
}

/* The text of an array's item, or NULL with the reason. */
static const char *array_get_text(const json_t *array, size_t index, struct error *error)
{
	const json_t *item = json_array_get(array, index);
	const char *text = json_string_value(item);

	if (!text || strlen(text) != json_string_length(item)) {
		(void)error_set(error, -EBADMSG, "item %zu: expected a string without NUL", index);
		return NULL;
	}
	return text;
}

static int read_attack(const json_t *value, void *field, struct error *error)
{
	struct finding *finding = field;

	if (!json_is_array(value) || json_array_size(value) > FINDING_ATTACK_MAX)
		return error_set(error, -EBADMSG, "expected an array of at most %d ids",
				 FINDING_ATTACK_MAX);

	for (size_t i = 0; i < json_array_size(value); i++) {
		const char *text = array_get_text(value, i, error);

		if (!text)
			return -EBADMSG;
		if (!technique_is_valid(text))
			return error_set(error, -EBADMSG,
					 "item %zu: expected an ATT&CK id like T1543.002", i);
		if (finding_add_attack(finding, text) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_related(const json_t *value, void *field, struct error *error)
{
	struct finding *finding = field;
	size_t count = json_array_size(value);

	if (!json_is_array(value) || count > FINDING_RELATED_MAX + 1)
		return error_set(error, -EBADMSG, "expected an array of at most %d paths",
				 FINDING_RELATED_MAX);

	for (size_t i = 0; i < count; i++) {
		const char *text = array_get_text(value, i, error);

		if (!text)
			return -EBADMSG;
		if (i == FINDING_RELATED_MAX && strcmp(text, "...") != 0)
			return error_set(error, -EBADMSG, "item %zu: expected \"...\"", i);
		if (finding_add_related(finding, text) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int write_strings(char *const *strings, size_t count, json_t **ret)
{
	_cleanup_json_ json_t *array = json_array();

	if (!array)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		_cleanup_free_ char *safe = text_to_utf8(strings[i], strlen(strings[i]));

		if (!safe || json_array_append_new(array, json_string(safe)) < 0)
			return -ENOMEM;
	}

	*ret = TAKE_PTR(array);
	return 0;
}

static int write_attack(const void *field, json_t **ret, struct error *error _unused_)
{
	const struct finding *finding = field;

	return write_strings(finding->attack, finding->n_attack, ret);
}

static int write_related(const void *field, json_t **ret, struct error *error _unused_)
{
	const struct finding *finding = field;

	return write_strings(finding->related, finding->n_related, ret);
}

#define TEXT(member)                                                    \
	{                                                               \
		.name = #member, .type = MEMBER_TEXT, .nullable = true, \
		.offset = offsetof(struct finding, member)              \
	}

static const struct member rows[] = {
	{.name = "code",
	 .type = MEMBER_CUSTOM,
	 .offset = offsetof(struct finding, code),
	 .read = read_code,
	 .write = write_code},
	{.name = "severity",
	 .type = MEMBER_CUSTOM,
	 .offset = offsetof(struct finding, severity),
	 .read = read_severity,
	 .write = write_severity},
	TEXT(path),
	TEXT(title),
	TEXT(expected),
	TEXT(actual),
	{.name = "attack", .type = MEMBER_CUSTOM, .read = read_attack, .write = write_attack},
	TEXT(package),
	TEXT(waived),
	{.name = "related", .type = MEMBER_CUSTOM, .read = read_related, .write = write_related},
};

json_t *finding_to_json(const struct finding *finding)
{
	_cleanup_json_ json_t *object = NULL;
	_cleanup_free_ char *raw = NULL;

	if (members_write(rows, ELEMENTS(rows), finding, &object, NULL) < 0)
		return NULL;
	if (!finding->path || utf8_is_valid(finding->path, strlen(finding->path)))
		return TAKE_PTR(object);

	raw = base64_encode(finding->path, strlen(finding->path));
	if (!raw || json_object_set_new(object, "path_raw", json_string(raw)) < 0)
		return NULL;
	return TAKE_PTR(object);
}

json_t *findings_to_json(const struct findings *findings)
{
	_cleanup_json_ json_t *array = json_array();

	if (!array)
		return NULL;
	for (size_t i = 0; i < findings->count; i++)
		if (json_array_append_new(array, finding_to_json(&findings->items[i])) < 0)
			return NULL;
	return TAKE_PTR(array);
}

/*
 * Puts the exact bytes in the place of the shown path. They must show as that path and must have
 * needed it: there is one way only to write a finding.
 */
static int read_path_raw(const json_t *value, struct finding *finding, struct error *error)
{
	_cleanup_free_ uint8_t *raw = NULL;
	_cleanup_free_ char *shown = NULL;
	size_t size;

	if (!json_is_string(value) ||
	    base64_decode(json_string_value(value), json_string_length(value), &raw, &size) < 0)
		return error_set(error, -EBADMSG, "member \"path_raw\": expected base64");
	if (memchr(raw, 0, size) || utf8_is_valid((const char *)raw, size))
		return error_set(error, -EBADMSG,
				 "member \"path_raw\": expected bytes that are not UTF-8");

	shown = text_to_utf8((const char *)raw, size);
	if (!shown)
		return -ENOMEM;
	if (!finding->path || strcmp(shown, finding->path) != 0)
		return error_set(error, -EBADMSG,
				 "member \"path_raw\": is not what \"path\" shows");

	free(finding->path);
	finding->path = (char *)TAKE_PTR(raw);
	return 0;
}

/* Reads one object into `finding`, which the caller releases whatever happens. */
static int read_finding(const json_t *object, struct finding *finding, struct error *error)
{
	const json_t *raw = json_object_get(object, "path_raw");
	_cleanup_json_ json_t *others = NULL;
	int r;

	if (!raw)
		return members_read(rows, ELEMENTS(rows), object, finding, error);

	others = json_copy((json_t *)object);
	if (!others || json_object_del(others, "path_raw") < 0)
		return -ENOMEM;
	r = members_read(rows, ELEMENTS(rows), others, finding, error);
	if (r < 0)
		return r;
	return read_path_raw(raw, finding, error);
}

int findings_from_json(const json_t *array, struct findings *ret, struct error *error)
{
	_cleanup_findings_ struct findings findings = {0};

	if (!json_is_array(array))
		return error_set(error, -EBADMSG, "findings: expected an array");
	if (json_array_size(array) > FINDINGS_MAX)
		return error_set(error, -EBADMSG, "findings: %zu items, more than %d",
				 json_array_size(array), FINDINGS_MAX);

	for (size_t i = 0; i < json_array_size(array); i++) {
		_cleanup_(finding_done) struct finding finding = {0};
		int r;

		r = read_finding(json_array_get(array, i), &finding, error);
		if (r < 0)
			return error_prefix(error, r, "findings[%zu]", i);
		r = findings_take(&findings, &finding);
		if (r < 0)
			return r;
	}

	*ret = findings;
	findings = (struct findings){0};
	return 0;
}
