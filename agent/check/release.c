/* SPDX-License-Identifier: Apache-2.0 */
#include "check/release.h"

#include "measure/root.h"
#include "text.h"

#include <string.h>

#define RELEASE_MAX 65536

static bool is_image_line(const char *line)
{
	static const char *const keys[] = {
		"IMAGE_ID=", "IMAGE_VERSION=", "BUILD_ID=", "VARIANT=", "VARIANT_ID="};

	for (size_t i = 0; i < ELEMENTS(keys); i++)
		if (strncmp(line, keys[i], strlen(keys[i])) == 0)
			return true;
	return false;
}

static int hash_rest(const char *text, struct digest *ret)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	int r = hasher_new_of(DIGEST_MD5, &hasher);

	if (r == 0)
		r = hasher_begin(hasher);
	while (r == 0 && *text) {
		size_t length = strcspn(text, "\n");

		length += text[length] == '\n';
		if (!is_image_line(text))
			r = hasher_update(hasher, text, length);
		text += length;
	}
	return r < 0 ? r : hasher_finish(hasher, ret);
}

bool release_is_named(int root_fd, const struct difference *difference)
{
	_cleanup_free_ char *text = NULL;
	struct digest digest;
	size_t size;

	if (strcmp(difference->path, "/usr/lib/os-release") != 0 ||
	    difference->attributes != ATTRIBUTE_DIGEST)
		return false;
	return root_read(root_fd, difference->path, RELEASE_MAX, &text, &size) == 0 &&
	       strlen(text) == size && hash_rest(text, &digest) == 0 &&
	       digest_is_equal(&digest, &difference->expected.digest);
}
