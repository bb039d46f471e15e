/* SPDX-License-Identifier: Apache-2.0 */
/* The first line of the input is the predicate type that is required, the rest is the payload. */
#include "statement.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is promised of a statement that was accepted. */
static void check(const struct statement *statement)
{
	struct digest digest;
	size_t n = json_array_size(statement->subjects);

	if (n == 0 || !json_is_object(statement->predicate) || !statement->predicate_type)
		abort();
	for (size_t i = 0; i < n; i++) {
		int r = statement_get_sha256(statement, i, &digest);

		if (r != 0 && r != -ENOENT && r != -EBADMSG)
			abort();
	}
	if (statement_get_sha256(statement, n, &digest) != -ENOENT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	_cleanup_free_ char *type = NULL;
	_cleanup_statement_ struct statement statement = {0};
	_cleanup_error_ struct error error = {0};
	int r;

	if (!end)
		return 0;
	type = strndup((const char *)data, (size_t)(end - data));
	if (!type)
		return 0;
	r = statement_parse(end + 1, size - (size_t)(end + 1 - data), type, &statement, &error);
	if (r == 0)
		check(&statement);
	else if (statement.root || !error.message)
		abort();
	return 0;
}
