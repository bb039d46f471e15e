/* SPDX-License-Identifier: Apache-2.0 */
#include "mtree.h"

#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sysmacros.h>

static int format_xattrs(const struct entry *entry, struct buffer *ret)
{
	for (int i = 0; i < _XATTR_MAX; i++) {
		const struct entry_xattr_value *value = &entry->xattrs[i];
		_cleanup_free_ char *text = NULL;
		int r;

		if (!value->data)
			continue;
		text = base64_encode(value->data, value->size);
		if (!text)
			return -ENOMEM;
		r = buffer_printf(ret, " xattr.%s=%s", entry_xattr_name((enum entry_xattr)i), text);
		if (r < 0)
			return r;
	}
	return 0;
}

/* " name=123"; printf would cost more than all the rest of a line. */
static int append_number(struct buffer *buffer, const char *name, uint64_t number, unsigned base)
{
	char digits[24], *at = digits + sizeof(digits);
	int r;

	do {
		*--at = (char)('0' + number % base);
		number /= base;
	} while (number > 0);
	/* Octal modes have a leading zero and at least three more digits. */
	while (base == 8 && (at > digits + sizeof(digits) - 4 || *at != '0'))
		*--at = '0';
	r = buffer_append_text(buffer, name);
	return r < 0 ? r : buffer_append(buffer, at, (size_t)(digits + sizeof(digits) - at));
}

static int format_numbers(const struct entry *entry, struct buffer *ret)
{
	int r = 0;

	if (entry->has & ENTRY_HAS_MODE)
		r = append_number(ret, " mode=", entry->mode, 8);
	if (r == 0 && entry->has & ENTRY_HAS_UID)
		r = append_number(ret, " uid=", entry->uid, 10);
	if (r == 0 && entry->has & ENTRY_HAS_GID)
		r = append_number(ret, " gid=", entry->gid, 10);
	if (r == 0 && entry->has & ENTRY_HAS_SIZE)
		r = append_number(ret, " size=", entry->size, 10);
	return r;
}

static int format_link(const struct entry *entry, struct buffer *ret)
{
	_cleanup_free_ char *target = NULL;

	target = entry_escape(entry->link, strlen(entry->link));
	if (!target)
		return -ENOMEM;
	return buffer_printf(ret, " link=%s", target);
}

static int format_words(const struct entry *entry, struct buffer *ret)
{
	char hex[DIGEST_HEX_SIZE];
	int r = 0;

	if (entry->has & ENTRY_HAS_LINK)
		r = format_link(entry, ret);
	if (r == 0 && entry->has & ENTRY_HAS_DEVICE)
		r = buffer_printf(ret, " device=linux,%u,%u", major(entry->device),
				  minor(entry->device));
	if (r == 0 && entry->has & ENTRY_HAS_DIGEST) {
		digest_to_hex(&entry->digest, hex);
		r = buffer_append_text(ret, " sha256digest=");
		if (r == 0)
			r = buffer_append(ret, hex, DIGEST_HEX_SIZE - 1);
	}
	if (r == 0 && entry->has & ENTRY_IGNORE)
		r = buffer_append_text(ret, " ignore");
	if (r == 0 && entry->has & ENTRY_OPTIONAL)
		r = buffer_append_text(ret, " optional");
	return r;
}

static int format_verity(const struct entry *entry, struct buffer *ret)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(&entry->verity, hex);
	return buffer_printf(ret, MTREE_VERITY "%s\n", hex);
}

int mtree_format(const struct entry *entry, bool with_xattrs, struct buffer *ret)
{
	size_t start = ret->size;
	int r = 0;

	if (entry->has & ENTRY_HAS_VERITY && !with_xattrs)
		r = format_verity(entry, ret);
	if (r == 0)
		r = buffer_append_text(ret, entry->path);
	if (r == 0)
		r = buffer_append_text(ret, " type=");
	if (r == 0)
		r = buffer_append_text(ret, entry_type_to_string(entry->type));
	if (r == 0)
		r = format_numbers(entry, ret);
	if (r == 0)
		r = format_words(entry, ret);
	if (r == 0 && with_xattrs)
		r = format_xattrs(entry, ret);
	if (r == 0)
		r = buffer_append_text(ret, "\n");
	if (r < 0)
		ret->size = start;
	return r;
}
