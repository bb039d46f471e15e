/* SPDX-License-Identifier: Apache-2.0 */
/* A file of pam.d from a hostile disk. */
#include "check/pam_config.h"

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
	struct span rest = {(const char *)data, size}, text;
	struct pam_line line;

	while (span_line(&rest, &text)) {
		for (int has_service = 0; has_service < 2; has_service++) {
			if (!pam_line_parse(text, has_service, &line))
				continue;
			require_inside(line.control, text);
			require_inside(line.arguments, text);
			require_inside(pam_module_name(line.module), text);
			(void)pam_control_suffices(line.control);
			(void)pam_has_argument(line.arguments, "log_passwd");
		}
	}
	return 0;
}
