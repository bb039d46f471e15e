/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include "measure/root.h"

#include <stdbool.h>
#include <string.h>

#define OS_RELEASE_MAX 65536

void image_done(struct image *image)
{
	free(image->name);
	free(image->version);
	*image = (struct image){};
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._+~:-", c));
}

/* The value of KEY= at the beginning of a line, without quotes; NULL when there is none or it is no
 * name. */
static char *find_value(const char *text, const char *key)
{
	size_t key_length = strlen(key), length = 0;

	while (*text && (strncmp(text, key, key_length) != 0 || text[key_length] != '=')) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	if (!*text)
		return NULL;
	text += key_length + 1;
	text += *text == '"' || *text == '\'';
	while (is_name_byte(text[length]))
		length++;
	if (length == 0 || (text[length] && !strchr("\"'\n", text[length])))
		return NULL;
	return strndup(text, length);
}

static char *find_first(const char *text, const char *key, const char *other, const char *fallback)
{
	char *value = find_value(text, key);

	if (!value)
		value = find_value(text, other);
	return value ? value : strdup(fallback);
}

int image_identify(const char *root, struct image *ret)
{
	static const char *const paths[] = {"/etc/os-release", "/usr/lib/os-release"};
	_cleanup_close_ int root_fd = root_open(root);
	_cleanup_free_ char *text = NULL;
	_cleanup_image_ struct image image = {};
	size_t size;

	if (root_fd < 0)
		return root_fd;
	for (size_t i = 0; i < ELEMENTS(paths) && !text; i++)
		if (root_read(root_fd, paths[i], OS_RELEASE_MAX, &text, &size) < 0)
			text = NULL;
	image.name = find_first(text ? text : "", "IMAGE_ID", "ID", "unnamed");
	image.version = find_first(text ? text : "", "IMAGE_VERSION", "VERSION_ID", "0");
	if (!image.name || !image.version)
		return -ENOMEM;
	*ret = image;
	image = (struct image){};
	return 0;
}
