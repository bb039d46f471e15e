/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/backlog.h"

#include <stdio.h>
#include <string.h>

#define FILE_SIZE_MAX (INT64_C(256) << 20)

/* A task that was set aside, and how many finished items follow it in the file. */
struct place {
	struct task *task; /* NULL once it was handed out */
	uint64_t following;
};

struct backlog {
	struct place places[POOL_ASIDE_MAX]; /* a ring */
	size_t first, count;
	FILE *file;
	long read_at, write_at;
	struct pool_item last; /* what could not be written */
	bool failed, has_last;
};

int backlog_new(struct backlog **ret)
{
	struct backlog *backlog = calloc(1, sizeof(*backlog));

	if (!backlog)
		return -ENOMEM;
	backlog->last.item.fd = -EBADF;
	*ret = backlog;
	return 0;
}

void backlog_free(struct backlog *backlog)
{
	if (!backlog)
		return;
	if (backlog->file)
		(void)fclose(backlog->file);
	pool_item_done(&backlog->last);
	free(backlog);
}

static struct place *front(const struct backlog *backlog)
{
	return (struct place *)&backlog->places[backlog->first];
}

bool backlog_is_empty(const struct backlog *backlog)
{
	return backlog->count == 0;
}

bool backlog_is_waiting(const struct backlog *backlog)
{
	const struct task *task = front(backlog)->task;

	return task && !pool_task_is_done(task);
}

bool backlog_has_place(const struct backlog *backlog)
{
	return !backlog->failed && backlog->count < POOL_ASIDE_MAX;
}

bool backlog_has_room(const struct backlog *backlog)
{
	return !backlog->failed && backlog->write_at < FILE_SIZE_MAX;
}

void backlog_put_task(struct backlog *backlog, struct task *task)
{
	size_t last = (backlog->first + backlog->count++) % POOL_ASIDE_MAX;

	backlog->places[last] = (struct place){.task = task};
}

static bool write_block(FILE *file, const void *data, size_t size)
{
	return fwrite(&size, sizeof(size), 1, file) == 1 &&
	       (size == 0 || fwrite(data, size, 1, file) == 1);
}

/* A block that read_block() gives back as a string; NULL stays NULL. */
static bool write_text(FILE *file, const char *text)
{
	return write_block(file, text, text ? strlen(text) + 1 : 0);
}

/* A value may be there and empty. */
static bool write_value(FILE *file, const struct entry_xattr_value *value)
{
	return write_text(file, value->data ? "" : NULL) &&
	       write_block(file, value->data, value->size);
}

static bool write_entry(FILE *file, const struct entry *entry)
{
	bool good = write_text(file, entry->path) && write_text(file, entry->link);

	for (int i = 0; i < _XATTR_MAX; i++)
		good = good && write_value(file, &entry->xattrs[i]);
	return good;
}

/* The struct as it is, for its numbers, and then what its pointers lead to. */
static bool write_item(FILE *file, const struct pool_item *item)
{
	return fwrite(item, sizeof(*item), 1, file) == 1 && write_entry(file, &item->item.entry) &&
	       write_text(file, item->item.absolute) && write_entry(file, &item->expected);
}

static bool append(struct backlog *backlog, const struct pool_item *item)
{
	if (!backlog->file)
		backlog->file = tmpfile();
	return backlog->file && fseek(backlog->file, backlog->write_at, SEEK_SET) == 0 &&
	       write_item(backlog->file, item) && fflush(backlog->file) == 0;
}

void backlog_put(struct backlog *backlog, struct pool_item *item)
{
	size_t last = (backlog->first + backlog->count - 1) % POOL_ASIDE_MAX;

	if (append(backlog, item)) {
		backlog->write_at = ftell(backlog->file);
		backlog->places[last].following++;
		pool_item_done(item);
		return;
	}
	/* No room on the disk, say: it waits in memory, and nothing more is put behind it. */
	backlog->failed = backlog->has_last = true;
	backlog->last = *item;
	*item = (struct pool_item){.item.fd = -EBADF};
}

/* 0 with a new block, NULL for an empty one. */
static int read_block(FILE *file, void **ret, size_t *ret_size)
{
	void *data = NULL;
	size_t size;

	if (fread(&size, sizeof(size), 1, file) != 1)
		return -EIO;
	if (size > 0) {
		data = malloc(size);
		if (!data)
			return -ENOMEM;
		if (fread(data, size, 1, file) != 1) {
			free(data);
			return -EIO;
		}
	}
	*ret = data;
	*ret_size = size;
	return 0;
}

static int read_text(FILE *file, char **ret)
{
	void *text;
	size_t size;
	int r = read_block(file, &text, &size);

	if (r == 0)
		*ret = text;
	return r;
}

static int read_value(FILE *file, struct entry_xattr_value *value)
{
	_cleanup_free_ char *present = NULL;
	void *data = NULL;
	int r = read_text(file, &present);

	if (r == 0)
		r = read_block(file, &data, &value->size);
	if (r == 0 && present && !data) {
		data = malloc(1);
		r = data ? 0 : -ENOMEM;
	}
	value->data = data;
	return r;
}

static void forget_pointers(struct entry *entry)
{
	entry->path = entry->link = NULL;
	memset(entry->xattrs, 0, sizeof(entry->xattrs));
}

static int read_entry(FILE *file, struct entry *entry)
{
	int r = read_text(file, &entry->path);

	if (r == 0)
		r = read_text(file, &entry->link);
	for (int i = 0; r == 0 && i < _XATTR_MAX; i++)
		r = read_value(file, &entry->xattrs[i]);
	return r;
}

static int read_item(FILE *file, struct pool_item *ret)
{
	struct pool_item item;
	int r;

	if (fread(&item, sizeof(item), 1, file) != 1)
		return -EIO;
	item.item.absolute = NULL;
	forget_pointers(&item.item.entry);
	forget_pointers(&item.expected);
	r = read_entry(file, &item.item.entry);
	if (r == 0)
		r = read_text(file, &item.item.absolute);
	if (r == 0)
		r = read_entry(file, &item.expected);
	if (r < 0)
		pool_item_done(&item);
	else
		*ret = item;
	return r;
}

/* Leaves the place when nothing follows it, and the file when nothing is in it. */
static void leave(struct backlog *backlog)
{
	const struct place *place = front(backlog);

	if (place->task || place->following > 0 || (backlog->count == 1 && backlog->has_last))
		return;
	backlog->first = (backlog->first + 1) % POOL_ASIDE_MAX;
	if (--backlog->count == 0)
		backlog->read_at = backlog->write_at = 0;
}

static int get_following(struct backlog *backlog, struct pool_item *ret)
{
	int r;

	if (fseek(backlog->file, backlog->read_at, SEEK_SET) < 0)
		return -errno;
	r = read_item(backlog->file, ret);
	if (r < 0)
		return r;
	backlog->read_at = ftell(backlog->file);
	front(backlog)->following--;
	return 0;
}

static int get_last(struct backlog *backlog, struct pool_item *ret)
{
	*ret = backlog->last;
	backlog->last = (struct pool_item){.item.fd = -EBADF};
	backlog->has_last = false;
	return 0;
}

int backlog_get(struct backlog *backlog, struct pool *pool, struct pool_item *ret)
{
	struct place *place = front(backlog);
	int r;

	if (place->task)
		r = pool_finish(pool, TAKE_PTR(place->task), ret);
	else if (place->following > 0)
		r = get_following(backlog, ret);
	else
		r = get_last(backlog, ret);
	leave(backlog);
	return r;
}
