/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

/* Returns the index of the closing quote, or `size`. */
static size_t skip_string(const char *json, size_t size, size_t at)
{
	for (at++; at < size && json[at] != '"'; at++)
		if (json[at] == '\\')
			at++;
	return at;
}

int guard_check(const char *json, size_t size, struct guard_limits limits, struct error *error)
{
	size_t values = 0, depth = 0;

	for (size_t at = 0; at < size; at++) {
		switch (json[at]) {
		case '"':
			at = skip_string(json, size, at);
			break;
		case '[':
		case '{':
			if (++depth > limits.depth)
				return error_set(error, -EBADMSG,
						 "nested more than %zu deep at byte %zu",
						 limits.depth, at);
			values++;
			break;
		case ']':
		case '}':
			depth -= depth > 0;
			break;
		case ',':
		case ':':
			values++;
			break;
		}
		if (values > limits.values)
			return error_set(error, -EBADMSG, "more than %zu values at byte %zu",
					 limits.values, at);
	}
	return 0;
}
