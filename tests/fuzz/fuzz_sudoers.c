/* SPDX-License-Identifier: Apache-2.0 */
/* A sudoers or doas.conf from a hostile disk. */
#include "check/sudoers.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* Whether the piece lies in the text, or is none. */
static void require_inside(struct span piece, struct span whole)
{
	require(piece.size == 0 ||
		(piece.text >= whole.text && piece.text + piece.size <= whole.text + whole.size));
}

static void fuzz_line(const struct sudoers_line *line, struct span whole)
{
	struct span settings = line->settings, name, value;
	size_t count = 0;

	require_inside(line->who, whole);
	require_inside(line->what, whole);
	require_inside(line->path, whole);
	while (sudoers_setting_next(&settings, &name, &value)) {
		require_inside(name, whole);
		require_inside(value, whole);
		require(++count <= line->settings.size);
	}
	(void)sudoers_has_tag(line->what, "NOPASSWD");
	(void)sudoers_allows_all(line->what);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_sudoers_ struct sudoers_reader reader = {};
	struct span whole, rest = {(const char *)data, size}, text;
	struct sudoers_line line;
	size_t last = 0;
	bool nopass;

	require(sudoers_open((const char *)data, size, &reader) == 0);
	whole = reader.rest;
	while (sudoers_next(&reader, &line)) {
		require(line.number > last);
		last = line.number;
		fuzz_line(&line, whole);
	}
	while (span_line(&rest, &text))
		require(doas_permits(text, &nopass) || !nopass);
	return 0;
}
