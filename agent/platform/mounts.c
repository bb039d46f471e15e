/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/mounts.h"

#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

/* Blanks, tabs, newlines and backslashes stand as \040, \011, \012, \134. */
static char *unescape(const char *text, size_t length)
{
	char *out = malloc(length + 1);
	size_t used = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < length; i++) {
		const char *at = text + i;

		if (*at == '\\' && i + 3 < length && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' &&
		    at[2] <= '7' && at[3] >= '0' && at[3] <= '7') {
			out[used++] =
				(char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
			i += 3;
		} else {
			out[used++] = *at;
		}
	}
	out[used] = '\0';
	return out;
}

/* Cuts one word off; false at the end. */
static bool take_word(const char **at, const char *end, const char **ret_word, size_t *ret_length)
{
	const char *word = *at;

	while (*at < end && **at != ' ')
		(*at)++;
	*ret_word = word;
	*ret_length = (size_t)(*at - word);
	if (*at < end)
		(*at)++;
	return *ret_length > 0;
}

static bool take_number(const char **at, const char *end, char separator, long *ret)
{
	long number = 0;
	const char *first = *at;

	while (*at < end && **at >= '0' && **at <= '9') {
		if (number > (INT_MAX - 9) / 10)
			return false;
		number = number * 10 + (**at - '0');
		(*at)++;
	}
	if (*at == first || *at >= end || **at != separator)
		return false;
	(*at)++;
	*ret = number;
	return true;
}

/* Optional fields end with a lone hyphen. */
static bool skip_optional(const char **at, const char *end)
{
	const char *word;
	size_t length;

	while (take_word(at, end, &word, &length))
		if (length == 1 && word[0] == '-')
			return true;
	return false;
}

/* 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue */
int mount_parse(const char *line, size_t length, struct mount *ret)
{
	const char *at = line, *end = line + length, *words[5];
	size_t lengths[5];
	long id, parent, major_, minor_;
	struct mount mount;

	if (!take_number(&at, end, ' ', &id) || !take_number(&at, end, ' ', &parent) ||
	    !take_number(&at, end, ':', &major_) || !take_number(&at, end, ' ', &minor_) ||
	    !take_word(&at, end, &words[0], &lengths[0]) ||
	    !take_word(&at, end, &words[1], &lengths[1]) ||
	    !take_word(&at, end, &words[2], &lengths[2]) || !skip_optional(&at, end) ||
	    !take_word(&at, end, &words[3], &lengths[3]))
		return -EINVAL;
	/* The source may be empty. */
	(void)take_word(&at, end, &words[4], &lengths[4]);
	mount = (struct mount){
		.id = (int)id,
		.parent = (int)parent,
		.device = makedev((unsigned)major_, (unsigned)minor_),
		.root = unescape(words[0], lengths[0]),
		.point = unescape(words[1], lengths[1]),
		.type = unescape(words[3], lengths[3]),
		.source = unescape(words[4], lengths[4]),
	};
	if (!mount.root || !mount.point || !mount.type || !mount.source) {
		mount_done(&mount);
		return -ENOMEM;
	}
	*ret = mount;
	return 0;
}

void mount_done(struct mount *mount)
{
	free(mount->root);
	free(mount->point);
	free(mount->type);
	free(mount->source);
	*mount = (struct mount){};
}

void mounts_done(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++)
		mount_done(&mounts->items[i]);
	free(mounts->items);
	*mounts = (struct mounts){};
}

static int take_line(struct mounts *mounts, size_t *space, const char *line, size_t length)
{
	int r;

	if (mounts->count == MOUNTS_MAX) {
		mounts->cut = true;
		return 0;
	}
	if (mounts->count == *space) {
		size_t wanted = *space ? 2 * *space : 64;
		struct mount *grown = reallocarray(mounts->items, wanted, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		mounts->items = grown;
		*space = wanted;
	}
	r = mount_parse(line, length, &mounts->items[mounts->count]);
	mounts->count += r == 0;
	return r;
}

static int compare_ids(const void *a, const void *b)
{
	const struct mount *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

int mounts_parse(const char *text, size_t size, struct mounts *ret)
{
	_cleanup_mounts_ struct mounts mounts = {};
	const char *end = text + size, *newline;
	size_t space = 0;
	int r = 0;

	for (const char *line = text; r == 0 && line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end - line));
		if (!newline)
			newline = end;
		r = take_line(&mounts, &space, line, (size_t)(newline - line));
	}
	if (r < 0)
		return r;
	if (mounts.count > 1)
		qsort(mounts.items, mounts.count, sizeof(struct mount), compare_ids);
	*ret = mounts;
	mounts = (struct mounts){};
	return 0;
}

const struct mount *mounts_find(const struct mounts *mounts, int id)
{
	const struct mount key = {.id = id};

	if (mounts->count == 0)
		return NULL;
	return bsearch(&key, mounts->items, mounts->count, sizeof(key), compare_ids);
}
