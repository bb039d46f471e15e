/* SPDX-License-Identifier: Apache-2.0 */
#include "entry.h"

#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	mode_t format;
} types[_ENTRY_TYPE_MAX] = {
	[ENTRY_FILE] = {"file", S_IFREG},      [ENTRY_DIRECTORY] = {"dir", S_IFDIR},
	[ENTRY_LINK] = {"link", S_IFLNK},      [ENTRY_CHAR] = {"char", S_IFCHR},
	[ENTRY_BLOCK] = {"block", S_IFBLK},    [ENTRY_FIFO] = {"fifo", S_IFIFO},
	[ENTRY_SOCKET] = {"socket", S_IFSOCK},
};

static const char *const xattr_names[_XATTR_MAX] = {
	[XATTR_CAPABILITY] = "security.capability",
	[XATTR_ACL_ACCESS] = "system.posix_acl_access",
	[XATTR_ACL_DEFAULT] = "system.posix_acl_default",
};

const char *entry_type_to_string(enum entry_type type)
{
	if (type <= 0 || type >= _ENTRY_TYPE_MAX)
		return NULL;
	return types[type].name;
}

enum entry_type entry_type_from_string(const char *text, size_t length)
{
	for (int type = 1; type < _ENTRY_TYPE_MAX; type++) {
		const char *name = types[type].name;

		if (strlen(name) == length && memcmp(name, text, length) == 0)
			return (enum entry_type)type;
	}
	return _ENTRY_TYPE_INVALID;
}

enum entry_type entry_type_from_mode(mode_t mode)
{
	for (int type = 1; type < _ENTRY_TYPE_MAX; type++)
		if ((mode & S_IFMT) == types[type].format)
			return (enum entry_type)type;
	return _ENTRY_TYPE_INVALID;
}

const char *entry_xattr_name(enum entry_xattr xattr)
{
	if (xattr < 0 || xattr >= _XATTR_MAX)
		return NULL;
	return xattr_names[xattr];
}

enum entry_xattr entry_xattr_from_name(const char *name)
{
	int xattr;

	for (xattr = 0; xattr < _XATTR_MAX; xattr++)
		if (strcmp(xattr_names[xattr], name) == 0)
			break;
	return (enum entry_xattr)xattr;
}

void entry_done(struct entry *entry)
{
	free(entry->path);
	free(entry->link);
	for (int i = 0; i < _XATTR_MAX; i++)
		free(entry->xattrs[i].data);
	memset(entry, 0, sizeof(*entry));
}

/* Bytes that need no escape: A-Za-z0-9._/+@%,:- */
static const bool plain[256] = {
	['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['.'] = true,
	['_'] = true,	      ['/'] = true,	    ['+'] = true,	  ['@'] = true,
	['%'] = true,	      [','] = true,	    [':'] = true,	  ['-'] = true,
};

bool entry_is_plain(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!plain[(unsigned char)text[i]])
			return false;
	return true;
}

char *entry_escape(const char *raw, size_t length)
{
	char *text, *out;
	size_t size = 1;

	for (size_t i = 0; i < length; i++)
		size += plain[(unsigned char)raw[i]] ? 1 : 4;

	text = out = malloc(size);
	if (!text)
		return NULL;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)raw[i];

		if (plain[c]) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '\\';
		*out++ = (char)('0' + (c >> 6));
		*out++ = (char)('0' + ((c >> 3) & 7));
		*out++ = (char)('0' + (c & 7));
	}
	*out = '\0';
	return text;
}

/* Value of three octal digits, or -EINVAL; zero is refused because no name holds a NUL. */
static int octal_byte(const char *text)
{
	int value = 0;

	for (int i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '7')
			return -EINVAL;
		value = value * 8 + (text[i] - '0');
	}
	return value > 0 && value <= 0377 ? value : -EINVAL;
}

int entry_unescape(const char *escaped, size_t length, char **ret_raw)
{
	_cleanup_free_ char *raw = malloc(length + 1);
	size_t used = 0;

	if (!raw)
		return -ENOMEM;

	for (size_t i = 0; i < length; i++) {
		int byte = (unsigned char)escaped[i];

		if (byte == '\0')
			return -EINVAL;
		if (byte == '\\') {
			if (length - i < 4)
				return -EINVAL;
			byte = octal_byte(escaped + i + 1);
			if (byte < 0)
				return byte;
			i += 3;
		}
		raw[used++] = (char)byte;
	}
	raw[used] = '\0';
	*ret_raw = TAKE_PTR(raw);
	return 0;
}

int entry_path_to_absolute(const char *escaped, char **ret)
{
	if (strcmp(escaped, ".") == 0) {
		char *root = strdup("/");

		if (!root)
			return -ENOMEM;
		*ret = root;
		return 0;
	}
	if (strncmp(escaped, "./", 2) != 0)
		return -EINVAL;
	return entry_unescape(escaped + 1, strlen(escaped) - 1, ret);
}

int entry_path_from_absolute(const char *absolute, char **ret)
{
	_cleanup_free_ char *escaped = NULL;
	char *path;

	if (absolute[0] != '/')
		return -EINVAL;
	escaped = entry_escape(absolute, strlen(absolute));
	if (!escaped)
		return -ENOMEM;
	if (asprintf(&path, ".%s", escaped[1] ? escaped : "") < 0)
		return -ENOMEM;
	*ret = path;
	return 0;
}
