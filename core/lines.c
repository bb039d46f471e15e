/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include "text.h"

#include <string.h>

#define BLOCK_SIZE 65536

struct lines {
	FILE *stream;
	size_t limit;
	struct hasher *hasher;
	uint64_t size;
	uint64_t number;
	size_t start, end;    /* what is left of the block */
	struct buffer joined; /* a line that spans blocks */
	char block[BLOCK_SIZE];
};

void lines_free(struct lines *lines)
{
	if (!lines)
		return;
	if (lines->stream)
		(void)fclose(lines->stream);
	hasher_free(lines->hasher);
	buffer_done(&lines->joined);
	free(lines);
}

int lines_new(FILE *stream, size_t limit, struct lines **ret)
{
	_cleanup_(lines_free_p) struct lines *lines = calloc(1, sizeof(*lines));
	int r;

	if (!lines)
		return -ENOMEM;
	lines->limit = limit;
	r = hasher_new(&lines->hasher);
	if (r == 0)
		r = hasher_begin(lines->hasher);
	if (r < 0)
		return r;
	lines->stream = stream;
	*ret = TAKE_PTR(lines);
	return 0;
}

/* 1 with a new block, 0 at the end. */
static int fill(struct lines *lines)
{
	size_t size = fread(lines->block, 1, sizeof(lines->block), lines->stream);
	int r;

	if (size == 0)
		return ferror(lines->stream) ? -EIO : 0;
	lines->start = 0;
	lines->end = size;
	lines->size += size;
	r = hasher_update(lines->hasher, lines->block, size);
	return r < 0 ? r : 1;
}

/* Takes bytes up to and with the next newline out of the block; true when there was one. */
static bool take(struct lines *lines, const char **ret_text, size_t *ret_size)
{
	const char *text = lines->block + lines->start;
	const char *newline = memchr(text, '\n', lines->end - lines->start);

	*ret_text = text;
	*ret_size = newline ? (size_t)(newline + 1 - text) : lines->end - lines->start;
	lines->start += *ret_size;
	return newline;
}

static int deliver(const char *line, size_t length, const char **ret_line, size_t *ret_length)
{
	*ret_line = line;
	*ret_length = length - 1;
	return 1;
}

/* Joins the pieces of a line that began in an earlier block. */
static int join(struct lines *lines, const char **ret_line, size_t *ret_length)
{
	for (;;) {
		const char *text;
		size_t size;
		bool ended;
		int r = fill(lines);

		if (r <= 0)
			return r < 0 ? r : -ENODATA;
		ended = take(lines, &text, &size);
		if (size > lines->limit - lines->joined.size)
			return -E2BIG;
		r = buffer_append(&lines->joined, text, size);
		if (r < 0)
			return r;
		if (ended)
			return deliver(lines->joined.data, lines->joined.size, ret_line,
				       ret_length);
	}
}

int lines_next(struct lines *lines, const char **ret_line, size_t *ret_length)
{
	const char *text;
	size_t size;
	bool ended;
	int r;

	if (lines->start == lines->end) {
		r = fill(lines);
		if (r == 0)
			return 0;
		if (r < 0) {
			lines->number++;
			return r;
		}
	}
	lines->number++;
	ended = take(lines, &text, &size);
	if (size > lines->limit)
		return -E2BIG;
	if (ended)
		return deliver(text, size, ret_line, ret_length);
	lines->joined.size = 0;
	r = buffer_append(&lines->joined, text, size);
	return r < 0 ? r : join(lines, ret_line, ret_length);
}

uint64_t lines_get_number(const struct lines *lines)
{
	return lines->number;
}

int lines_finish(struct lines *lines, struct digest *ret, uint64_t *ret_size)
{
	int r = hasher_finish(lines->hasher, ret);

	if (r == 0)
		*ret_size = lines->size;
	return r;
}
