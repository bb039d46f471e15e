/* SPDX-License-Identifier: Apache-2.0 */
#include "cursor.h"

#include "urlsafe.h"

#include <endian.h>
#include <string.h>

struct packed {
	char list;
	uint8_t uid[16];
	uint64_t major;
	uint64_t minor;
} __attribute__((packed));

int cursor_encode(char list, const struct cursor *cursor, char **ret)
{
	struct packed packed = {
		.list = list,
		.major = htobe64((uint64_t)cursor->major),
		.minor = htobe64((uint64_t)cursor->minor),
	};
	char *text;

	memcpy(packed.uid, cursor->uid, sizeof(packed.uid));
	text = urlsafe_encode(&packed, sizeof(packed));
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

int cursor_decode(char list, const char *text, struct cursor *ret)
{
	struct packed packed;
	int r = urlsafe_decode(text, &packed, sizeof(packed));

	if (r < 0)
		return r;
	if (packed.list != list)
		return -EINVAL;
	*ret = (struct cursor){
		.major = (int64_t)be64toh(packed.major),
		.minor = (int64_t)be64toh(packed.minor),
	};
	memcpy(ret->uid, packed.uid, sizeof(ret->uid));
	return 0;
}
