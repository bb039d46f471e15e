/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/walk.h"

#include "measure/listing.h"
#include "measure/probe.h"
#include "measure/root.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>

/*
 * A directory that has been returned and not been entered yet: what is below it sorts as if '/'
 * stood at the end of its name, so ./a comes first, then ./a-b, then ./a/b, as bytes have it.
 */
struct waiting {
	size_t length; /* its name: that much of the last one of the listing */
	bool is_mount;
	dev_t device;
	ino_t inode;
};

struct frame {
	int fd;
	dev_t device;
	size_t path_length, absolute_length; /* of the walk's path and absolute */
	struct listing listing;
	struct waiting *waiting; /* each name the beginning of the next one's */
	size_t n_waiting;
};

struct walk {
	struct walk_options options;
	bool has_openat2;
	bool started;
	struct lister *lister;
	struct buffer path;	/* escaped, of the innermost frame or of its child */
	struct buffer absolute; /* raw; "" for the root */
	/* The directory that was returned last, open; what is below it mostly follows at once. */
	struct waiting last;
	int last_fd;
	struct frame frames[WALK_DEPTH_MAX];
	size_t depth;
};

void walk_item_done(struct walk_item *item)
{
	entry_done(&item->entry);
	free(item->absolute);
	close_p(&item->fd);
	*item = (struct walk_item){.fd = -EBADF};
}

static void frame_done(struct frame *frame)
{
	close_p(&frame->fd);
	listing_done(&frame->listing);
	free(frame->waiting);
	*frame = (struct frame){.fd = -EBADF};
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	while (walk->depth > 0)
		frame_done(&walk->frames[--walk->depth]);
	close_p(&walk->last_fd);
	lister_free(walk->lister);
	buffer_done(&walk->path);
	buffer_done(&walk->absolute);
	free(walk);
}

int walk_new(const struct walk_options *options, struct walk **ret, struct error *error)
{
	_cleanup_(walk_free_p) struct walk *walk = calloc(1, sizeof(*walk));
	int r;

	if (!walk)
		return -ENOMEM;
	walk->options = *options;
	walk->last_fd = root_open(options->root);
	if (walk->last_fd < 0) {
		r = walk->last_fd;
		return error_set(error, r, "root %s: %s; name the directory of a mounted image",
				 options->root, strerror(-r));
	}
	walk->has_openat2 = !options->without_openat2 && probe_has_openat2(walk->last_fd);
	r = lister_new(&walk->lister);
	if (r == 0)
		r = buffer_append_text(&walk->path, ".");
	if (r == 0)
		r = buffer_append_text(&walk->absolute, "");
	if (r < 0)
		return r;
	*ret = TAKE_PTR(walk);
	return 0;
}

static void buffer_cut(struct buffer *buffer, size_t length)
{
	buffer->size = length;
	buffer->data[length] = '\0';
}

/* Makes the walk's path and absolute those of a name in the frame's directory. */
static int walk_name(struct walk *walk, const struct frame *frame, const char *name, size_t length)
{
	_cleanup_free_ char *escaped = NULL;
	const char *text = name;
	size_t size = length;
	int r;

	buffer_cut(&walk->path, frame->path_length);
	buffer_cut(&walk->absolute, frame->absolute_length);
	if (!entry_is_plain(name, length)) {
		text = escaped = entry_escape(name, length);
		if (!escaped)
			return -ENOMEM;
		size = strlen(escaped);
	}
	r = buffer_append(&walk->path, "/", 1);
	if (r == 0)
		r = buffer_append(&walk->path, text, size);
	if (r == 0)
		r = buffer_append(&walk->absolute, "/", 1);
	return r < 0 ? r : buffer_append(&walk->absolute, name, length);
}

static char *buffer_copy(const struct buffer *buffer)
{
	char *copy = malloc(buffer->size + 1);

	return copy ? memcpy(copy, buffer->data, buffer->size + 1) : NULL;
}

static int item_name(struct walk_item *item, const struct walk *walk)
{
	item->entry.path = buffer_copy(&walk->path);
	item->absolute = walk->absolute.size ? buffer_copy(&walk->absolute) : strdup("/");
	return item->entry.path && item->absolute ? 0 : -ENOMEM;
}

/* Remembers the open directory that the item is of, until it is entered or pruned. */
static void walk_keep(struct walk *walk, int fd, const struct walk_item *item, size_t length,
		      bool is_mount)
{
	walk->last_fd = fd;
	walk->last = (struct waiting){
		.length = length,
		.is_mount = is_mount,
		.device = item->st.st_dev,
		.inode = item->st.st_ino,
	};
}

void walk_prune(struct walk *walk)
{
	close_p(&walk->last_fd);
	walk->last_fd = -EBADF;
}

static int walk_start(struct walk *walk, struct walk_item *item)
{
	walk->started = true;
	probe_directory(walk->last_fd, item);
	walk_keep(walk, walk->last_fd, item, 0, false);
	/* Without its number nothing below it could be told from a mount. */
	if (item->problem != PROBLEM_NONE)
		walk_prune(walk);
	return item_name(item, walk);
}

/* Makes the frame of an open directory, whose path is the walk's; takes `fd` over in any case. */
static int walk_push(struct walk *walk, int fd, dev_t device)
{
	struct frame *frame = &walk->frames[walk->depth];
	int r;

	*frame = (struct frame){
		.fd = fd,
		.device = device,
		.path_length = walk->path.size,
		.absolute_length = walk->absolute.size,
	};
	r = listing_read(walk->lister, fd, &frame->listing);
	if (r < 0) {
		frame_done(frame);
		return r;
	}
	walk->depth++;
	return 0;
}

/* Reports that a directory could not be entered. */
static int item_fail(struct walk_item *item, const struct walk *walk, enum problem problem,
		     int error)
{
	int r = item_name(item, walk);

	item->entry.type = ENTRY_DIRECTORY;
	item->problem = problem;
	item->error = error;
	item->repeated = true;
	return r < 0 ? r : 1;
}

/* Enters an open directory, whose path is the walk's: 0, or 1 when `item` says why not. Takes `fd`
 * over. */
static int walk_enter(struct walk *walk, int fd, dev_t device, struct walk_item *item)
{
	int r;

	if (walk->depth == WALK_DEPTH_MAX || walk->path.size > WALK_PATH_MAX) {
		close_p(&fd);
		return item_fail(item, walk, PROBLEM_LIMIT, -ENAMETOOLONG);
	}
	r = walk_push(walk, fd, device);
	if (r == 0 || r == -ENOMEM)
		return r;
	return item_fail(item, walk, r == -E2BIG ? PROBLEM_LIMIT : PROBLEM_UNREADABLE, r);
}

static struct probe_place frame_place(const struct walk *walk, const struct frame *frame,
				      bool enters_mount)
{
	return (struct probe_place){
		.fd = frame->fd,
		.device = frame->device,
		.has_openat2 = walk->has_openat2,
		.enters_mount = enters_mount,
	};
}

/* Opens a directory again that had to wait, and enters it if it is the same one. */
static int walk_enter_waiting(struct walk *walk, const struct frame *frame,
			      const struct waiting *waiting, struct walk_item *item)
{
	const struct probe_place place = frame_place(walk, frame, waiting->is_mount);
	const char *name = walk->absolute.data + frame->absolute_length + 1;
	_cleanup_close_ int fd = probe_open(&place, name, O_DIRECTORY);
	struct stat st;

	if (fd == -EXDEV)
		return item_fail(item, walk, PROBLEM_MOUNT, 0);
	if (fd < 0)
		return item_fail(item, walk, fd == -ENOENT ? PROBLEM_VANISHED : PROBLEM_UNREADABLE,
				 fd);
	if (fstat(fd, &st) < 0)
		return item_fail(item, walk, PROBLEM_UNREADABLE, -errno);
	if (st.st_dev != waiting->device || st.st_ino != waiting->inode)
		return item_fail(item, walk, PROBLEM_CHANGED, -ESTALE);
	return walk_enter(walk, TAKE_FD(fd), st.st_dev, item);
}

/* Puts the directory that was returned last among those that wait. */
static int frame_wait(struct frame *frame, struct walk *walk)
{
	struct waiting *waiting =
		reallocarray(frame->waiting, frame->n_waiting + 1, sizeof(*waiting));

	if (!waiting)
		return -ENOMEM;
	frame->waiting = waiting;
	waiting[frame->n_waiting++] = walk->last;
	walk_prune(walk);
	return 0;
}

/* Enters the directory whose turn it is: 0 when it did or there is none, 1 with an item. */
static int walk_descend(struct walk *walk, struct walk_item *item)
{
	struct frame *frame = walk->depth ? &walk->frames[walk->depth - 1] : NULL;
	const struct waiting *top;
	int r;

	if (walk->last_fd >= 0) {
		if (!frame || !listing_is_inside(&frame->listing, walk->last.length))
			return walk_enter(walk, TAKE_FD(walk->last_fd), walk->last.device, item);
		r = frame_wait(frame, walk);
		if (r < 0)
			return r;
	}
	if (!frame || frame->n_waiting == 0)
		return 0;
	top = &frame->waiting[frame->n_waiting - 1];
	if (listing_is_inside(&frame->listing, top->length))
		return 0;
	frame->n_waiting--;
	r = walk_name(walk, frame, frame->listing.last, top->length);
	return r < 0 ? r : walk_enter_waiting(walk, frame, top, item);
}

static bool walk_wants(const struct walk *walk, unsigned char type)
{
	const struct walk_options *options = &walk->options;

	return !options->wants || options->wants(options->data, walk->absolute.data, type);
}

static bool walk_follows(const struct walk *walk)
{
	const struct walk_options *options = &walk->options;

	return options->follows && options->follows(options->data, walk->absolute.data);
}

/* The object of the frame's last name. */
static int walk_visit(struct walk *walk, const struct frame *frame, unsigned char type,
		      struct walk_item *item)
{
	struct probe_place place = frame_place(walk, frame, false);
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = probe_child(&place, frame->listing.last, type, item, &fd);
	if (r == 0 && item->problem == PROBLEM_MOUNT && walk_follows(walk)) {
		walk_item_done(item);
		place.enters_mount = true;
		r = probe_child(&place, frame->listing.last, type, item, &fd);
	}
	if (r == 0)
		r = item_name(item, walk);
	if (r < 0)
		return r;
	/* It was listed as something else, and is not followed into what it became. */
	if (fd >= 0 && type != DT_DIR && type != DT_UNKNOWN) {
		item->problem = PROBLEM_CHANGED;
		item->error = -ESTALE;
	}
	if (fd >= 0 && item->problem == PROBLEM_NONE)
		walk_keep(walk, TAKE_FD(fd), item, frame->listing.last_length, place.enters_mount);
	return 1;
}

/* One step: 1 with an item, 0 when there is none yet. */
static int walk_step(struct walk *walk, struct walk_item *item)
{
	size_t depth = walk->depth;
	struct frame *frame;
	unsigned char type;
	int r;

	r = walk_descend(walk, item);
	if (r != 0 || walk->depth != depth)
		return r;
	frame = &walk->frames[depth - 1];
	if (!listing_next(&frame->listing, &type)) {
		frame_done(frame);
		walk->depth--;
		return 0;
	}
	r = walk_name(walk, frame, frame->listing.last, frame->listing.last_length);
	if (r < 0 || !walk_wants(walk, type))
		return r;
	return walk_visit(walk, frame, type, item);
}

int walk_next(struct walk *walk, struct walk_item *ret)
{
	struct walk_item item = {.fd = -EBADF};
	int r = 0;

	if (!walk->started) {
		r = walk_start(walk, &item);
		r = r < 0 ? r : 1;
	}
	while (r == 0 && (walk->depth > 0 || walk->last_fd >= 0))
		r = walk_step(walk, &item);
	if (r <= 0) {
		walk_item_done(&item);
		return r;
	}
	*ret = item;
	return 1;
}
