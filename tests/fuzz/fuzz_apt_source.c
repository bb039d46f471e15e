/* SPDX-License-Identifier: Apache-2.0 */
/* Package sources and settings of apt from a hostile disk. */
#include "check/apt_source.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span whole = {(const char *)data, size}, rest = whole, line;
	struct apt_source source;

	while (span_line(&rest, &line)) {
		if (apt_source_parse(line, &source)) {
			require_inside(source.uri, line);
			(void)apt_is_archive(source.uri);
		}
		require_inside(apt_conf_unchecked(line), line);
	}
	for (rest = whole; apt_stanza_next(&rest, &source);) {
		require(source.uri.size > 0);
		require_inside(source.uri, whole);
	}
	return 0;
}
