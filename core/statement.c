/* SPDX-License-Identifier: Apache-2.0 */
#include "statement.h"
#include "json.h"
#include "text.h"

#include <string.h>

/* A manifest of a full image has tens of thousands of values. */
static const struct json_limits statement_limits = {.depth = 64, .values = 1000000};

/* New reference; NULL when out of memory or when a text is not UTF-8. */
static json_t *make_subjects(const char *name, const struct digest *digest, json_t *further)
{
	_cleanup_json_ json_t *subjects = NULL;
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(digest, hex);
	subjects = json_pack("[{s:s, s:{s:s}}]", "name", name, "digest", "sha256", hex);
	if (!subjects)
		return NULL;
	if (further && json_array_extend(subjects, further) != 0)
		return NULL;
	return TAKE_PTR(subjects);
}

int statement_build(const char *subject_name, const struct digest *subject_digest,
		    json_t *further_subjects, const char *predicate_type, json_t *predicate,
		    char **ret_json, size_t *ret_size, struct error *error)
{
	_cleanup_json_ json_t *subjects = NULL, *root = NULL;
	char *json;

	subjects = make_subjects(subject_name, subject_digest, further_subjects);
	if (!subjects)
		return error_set(error, -EINVAL,
				 "cannot build the statement: the subjects are not valid");
	root = json_pack("{s:s, s:O, s:s, s:O}", "_type", STATEMENT_TYPE, "subject", subjects,
			 "predicateType", predicate_type, "predicate", predicate);
	json = root ? json_dumps(root, JSON_COMPACT) : NULL;
	if (!json)
		return error_set(error, -ENOMEM, "cannot build the statement");
	*ret_json = json;
	*ret_size = strlen(json);
	return 0;
}

/* Requires that a member is this very string. */
static int require_text(json_t *root, const char *name, const char *expected, struct error *error)
{
	const char *text = json_string_value(json_object_get(root, name));
	_cleanup_free_ char *shown = NULL;

	if (!text)
		return error_set(error, -EBADMSG, "statement: \"%s\" must be a string", name);
	if (strcmp(text, expected) == 0)
		return 0;
	shown = text_escape(text, strlen(text));
	return error_set(error, -EBADMSG, "statement: \"%s\" is \"%s\", expected \"%s\"", name,
			 shown ? shown : "?", expected);
}

static bool is_digest_set(json_t *digest)
{
	const char *algorithm;
	json_t *value;

	if (!json_is_object(digest) || json_object_size(digest) == 0)
		return false;
	json_object_foreach(digest, algorithm, value) if (!json_is_string(value)) return false;
	return true;
}

static int check_subjects(json_t *subjects, struct error *error)
{
	json_t *subject, *name;
	size_t i;

	if (!json_is_array(subjects) || json_array_size(subjects) == 0)
		return error_set(error, -EBADMSG,
				 "statement: \"subject\" must be a list of at least one");
	json_array_foreach(subjects, i, subject)
	{
		name = json_object_get(subject, "name");
		if (name && !json_is_string(name))
			return error_set(error, -EBADMSG,
					 "statement: the name of subject %zu must be a string", i);
		if (!is_digest_set(json_object_get(subject, "digest")))
			return error_set(error, -EBADMSG,
					 "statement: subject %zu has no digest, which is an object "
					 "of algorithm names and values",
					 i);
	}
	return 0;
}

int statement_parse(const void *payload, size_t size, const char *predicate_type,
		    struct statement *ret, struct error *error)
{
	_cleanup_json_ json_t *root = NULL;
	json_t *subjects, *predicate;
	int r;

	r = json_read_object(payload, size, &statement_limits, &root, error);
	if (r < 0)
		return error_prefix(error, r, "statement");
	r = require_text(root, "_type", STATEMENT_TYPE, error);
	if (r < 0)
		return r;
	r = require_text(root, "predicateType", predicate_type, error);
	if (r < 0)
		return r;
	subjects = json_object_get(root, "subject");
	r = check_subjects(subjects, error);
	if (r < 0)
		return r;
	predicate = json_object_get(root, "predicate");
	if (!json_is_object(predicate))
		return error_set(error, -EBADMSG, "statement: \"predicate\" must be an object");
	*ret = (struct statement){
		.root = TAKE_PTR(root),
		.subjects = subjects,
		.predicate = predicate,
	};
	ret->predicate_type = json_string_value(json_object_get(ret->root, "predicateType"));
	return 0;
}

int statement_get_sha256(const struct statement *statement, size_t index, struct digest *ret)
{
	json_t *subject = json_array_get(statement->subjects, index);
	json_t *value = json_object_get(json_object_get(subject, "digest"), "sha256");

	if (!value)
		return -ENOENT;
	if (digest_from_hex(json_string_value(value), json_string_length(value), ret) < 0)
		return -EBADMSG;
	return 0;
}

void statement_done(struct statement *statement)
{
	json_decref(statement->root);
	*statement = (struct statement){0};
}
