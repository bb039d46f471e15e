/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"
#include "text.h"

#include <string.h>

/* Where a string that starts after `i` ends: at its closing quote, or at the end of the text. */
static size_t skip_string(const char *text, size_t size, size_t i)
{
	while (i < size && text[i] != '"')
		i += text[i] == '\\' ? 2 : 1;
	return i;
}

/*
 * Counts brackets and commas outside strings. Malformed text is jansson's to refuse; for that it is
 * enough that nothing here counts less than jansson allocates.
 */
static int check_limits(const char *text, size_t size, const struct json_limits *limits,
			struct error *error)
{
	size_t depth = 0, values = 1;

	for (size_t i = 0; i < size; i++) {
		switch (text[i]) {
		case '"':
			i = skip_string(text, size, i + 1);
			break;
		case '{':
		case '[':
			if (++depth > limits->depth)
				return error_set(error, -EBADMSG, "JSON is nested over %zu deep",
						 limits->depth);
			values++;
			break;
		case '}':
		case ']':
			depth -= depth > 0;
			break;
		case ',':
			values++;
			break;
		default:
			break;
		}
		if (values > limits->values)
			return error_set(error, -EBADMSG, "JSON has more than %zu values",
					 limits->values);
	}
	return 0;
}

int json_read_object(const char *text, size_t size, const struct json_limits *limits, json_t **ret,
		     struct error *error)
{
	_cleanup_free_ char *reason = NULL;
	json_error_t where;
	json_t *root;
	int r;

	r = check_limits(text, size, limits, error);
	if (r < 0)
		return r;
	/* Without JSON_DECODE_ANY the outermost value is an array or an object. */
	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	if (!root) {
		reason = text_escape(where.text, strlen(where.text));
		return error_set(error, -EBADMSG, "not valid JSON: line %d, column %d: %s",
				 where.line, where.column, reason ? reason : "out of memory");
	}
	if (!json_is_object(root)) {
		json_decref(root);
		return error_set(error, -EBADMSG, "JSON: an object is expected");
	}
	*ret = root;
	return 0;
}
