/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body from outside, line by line and through the reader. What is accepted must come out again in
 * just the bytes that went in: there is one spelling.
 */
#include "mtree.h"
#include "text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_entry(const struct entry *entry, const char *line, size_t length)
{
	_cleanup_buffer_ struct buffer text = {};
	_cleanup_free_ char *absolute = NULL, *again = NULL;

	if (mtree_format(entry, false, &text) < 0)
		abort();
	if (text.size != length + 1 || memcmp(text.data, line, length) != 0)
		abort();
	if (entry_path_to_absolute(entry->path, &absolute) < 0 || absolute[0] != '/')
		abort();
	if (entry_path_from_absolute(absolute, &again) < 0 || strcmp(again, entry->path) != 0)
		abort();
}

static void parse_lines(const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		_cleanup_entry_ struct entry entry = {};
		_cleanup_error_ struct error error = {};
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((stop ? stop : end) - text);
		/* A copy, so that a read past the line is seen. */
		_cleanup_free_ char *line = malloc(length ? length : 1);

		if (!line)
			abort();
		memcpy(line, text, length);
		if (length > 0 && mtree_parse_line(line, length, &entry, &error) == 0)
			check_entry(&entry, line, length);
		else if (length > 0 && (!error.message || entry.path))
			abort();
		text += length + 1;
	}
}

static void read_body(const uint8_t *data, size_t size)
{
	_cleanup_(mtree_reader_free_p) struct mtree_reader *reader = NULL;
	_cleanup_free_ char *previous = NULL;
	_cleanup_error_ struct error error = {};
	FILE *stream = fmemopen((void *)data, size, "r");
	struct digest digest, expected;
	uint64_t total;
	int r;

	if (!stream || mtree_reader_new(stream, "body", &reader) < 0)
		abort();
	for (;;) {
		_cleanup_entry_ struct entry entry = {};

		r = mtree_reader_next(reader, &entry, &error);
		if (r <= 0)
			break;
		if (previous ? strcmp(previous, entry.path) >= 0 : strcmp(entry.path, ".") != 0)
			abort();
		free(previous);
		previous = TAKE_PTR(entry.path);
	}
	if (r < 0 ? !error.message : error.message != NULL)
		abort();
	if (r < 0)
		return;
	if (mtree_reader_finish(reader, &digest, &total) < 0 ||
	    digest_compute(data, size, &expected) < 0)
		abort();
	if (total != size || !digest_is_equal(&digest, &expected))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse_lines((const char *)data, size);
	if (size > 0)
		read_body(data, size);
	return 0;
}
