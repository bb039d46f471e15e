/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle of certificates from a hostile disk. */
#include "check/pem.h"
#include "check/span.h"

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
	struct span whole = {(const char *)data, size}, rest = whole;
	int r = 1;

	while (r > 0) {
		_cleanup_pem_certificate_ struct pem_certificate certificate = {};
		_cleanup_free_ char *subject = NULL;
		bool is_authority;

		r = pem_certificate_next(&rest, &certificate);
		require_inside(rest, whole);
		if (r > 0 && pem_certificate_describe(&certificate, &subject, &is_authority) == 0)
			require(strlen(subject) <= 300);
	}
	require(r == 0);
	return 0;
}
