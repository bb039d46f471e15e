/* SPDX-License-Identifier: Apache-2.0 */
/* An sshd_config from a hostile disk. */
#include "check/ssh_files.h"

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
	struct span whole = {(const char *)data, size}, rest = whole, line, word;
	struct ssh_directive directive;

	while (span_line(&rest, &line)) {
		if (!ssh_directive_parse(line, &directive))
			continue;
		require(directive.keyword.size > 0);
		require_inside(directive.keyword, line);
		require_inside(directive.first, line);
		while (ssh_argument_next(&directive.arguments, &word)) {
			_cleanup_free_ char *glob = ssh_keys_glob(word);

			require_inside(word, line);
			require(glob != NULL || word.size == 0);
			if (glob)
				(void)glob_match(glob, "/home/a/.ssh/authorized_keys");
		}
	}
	return 0;
}
