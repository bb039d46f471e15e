/* SPDX-License-Identifier: Apache-2.0 */
/* An authorized_keys file from a hostile disk. */
#include "check/authorized_keys.h"

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

static void fuzz_key(const struct key_line *key, struct span whole)
{
	struct span options = key->options, name, value;
	char fingerprint[FINGERPRINT_SIZE];
	size_t count = 0;

	require_inside(key->type, whole);
	require_inside(key->key, whole);
	require_inside(key->comment, whole);
	require_inside(key->options, whole);
	while (key_option_next(&options, &name, &value)) {
		require_inside(name, key->options);
		require_inside(value, key->options);
		/* Each option is at least a byte. */
		require(++count <= key->options.size);
	}
	if (key_line_is_disabled(key))
		require(key_option_find(key->options, "command", NULL));
	if (key_fingerprint(key->key, fingerprint) == 0)
		require(strlen(fingerprint) == strlen("SHA256:") + 43);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span whole = {(const char *)data, size}, rest = whole, line;
	struct key_line key;

	while (span_line(&rest, &line))
		if (key_line_parse(line, &key))
			fuzz_key(&key, whole);
	return 0;
}
