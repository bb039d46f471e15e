/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/walk.h"

#include "measure/probe.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

/* One name in a directory. */
struct child {
	char *raw;
	char *escaped;
	unsigned char type; /* DT_* */
	bool skip;	    /* do not descend */
	dev_t device;
	ino_t inode;
};

/*
 * A position in the order: a child itself, or the descent into it, which sorts as if '/' stood at
 * the end of its name. So ./a comes first, then ./a-b, then ./a/b, as bytes have it.
 */
struct step {
	struct child *child;
	bool descend;
};

struct frame {
	int fd;
	dev_t device;
	char *path;	/* escaped */
	char *absolute; /* raw; "" for the root */
	struct child *children;
	size_t n_children;
	struct step *steps;
	size_t n_steps;
	size_t next;
};

struct walk {
	int root_fd;
	bool started;
	struct frame frames[WALK_DEPTH_MAX];
	size_t depth;
	struct child *last; /* of the item returned last */
	bool last_is_root;
	bool root_skip;
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
	free(frame->path);
	free(frame->absolute);
	for (size_t i = 0; i < frame->n_children; i++) {
		free(frame->children[i].raw);
		free(frame->children[i].escaped);
	}
	free(frame->children);
	free(frame->steps);
	*frame = (struct frame){.fd = -EBADF};
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	while (walk->depth > 0)
		frame_done(&walk->frames[--walk->depth]);
	close_p(&walk->root_fd);
	free(walk);
}

int walk_new(const char *root, struct walk **ret, struct error *error)
{
	_cleanup_(walk_free_p) struct walk *walk = calloc(1, sizeof(*walk));

	if (!walk)
		return -ENOMEM;
	walk->root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (walk->root_fd < 0) {
		int r = -errno;

		return error_set(error, r, "root %s: %s; name the directory of a mounted image",
				 root, strerror(-r));
	}
	*ret = TAKE_PTR(walk);
	return 0;
}

static int step_compare(const void *a, const void *b)
{
	const struct step *x = a, *y = b;
	const unsigned char *p = (const unsigned char *)x->child->escaped;
	const unsigned char *q = (const unsigned char *)y->child->escaped;

	while (*p && *p == *q)
		p++, q++;
	if (*p || *q) {
		int left = *p ? *p : (x->descend ? '/' : 0);
		int right = *q ? *q : (y->descend ? '/' : 0);

		return left - right;
	}
	return (int)x->descend - (int)y->descend;
}

static int frame_add_child(struct frame *frame, size_t *space, const struct dirent *dirent)
{
	struct child *child;

	if (frame->n_children == *space) {
		size_t more = *space ? *space * 2 : 32;
		struct child *children = reallocarray(frame->children, more, sizeof(*children));

		if (!children)
			return -ENOMEM;
		frame->children = children;
		*space = more;
	}
	child = &frame->children[frame->n_children];
	*child = (struct child){.type = dirent->d_type};
	child->raw = strdup(dirent->d_name);
	child->escaped = entry_escape(dirent->d_name, strlen(dirent->d_name));
	if (!child->raw || !child->escaped) {
		free(child->raw);
		free(child->escaped);
		return -ENOMEM;
	}
	frame->n_children++;
	return 0;
}

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int frame_list(struct frame *frame)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *dirent;
	size_t space = 0;
	int fd, r;

	fd = fcntl(frame->fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	for (errno = 0; (dirent = readdir(dir)); errno = 0) {
		if (is_dot(dirent->d_name))
			continue;
		r = frame_add_child(frame, &space, dirent);
		if (r < 0)
			return r;
	}
	return -errno;
}

static int frame_sort(struct frame *frame)
{
	frame->steps = calloc(frame->n_children ? 2 * frame->n_children : 1, sizeof(*frame->steps));
	if (!frame->steps)
		return -ENOMEM;
	for (size_t i = 0; i < frame->n_children; i++) {
		struct child *child = &frame->children[i];

		frame->steps[frame->n_steps++] = (struct step){.child = child};
		if (child->type == DT_DIR || child->type == DT_UNKNOWN)
			frame->steps[frame->n_steps++] =
				(struct step){.child = child, .descend = true};
	}
	qsort(frame->steps, frame->n_steps, sizeof(*frame->steps), step_compare);
	return 0;
}

/* Makes the frame of an open directory; takes `fd` over in any case. */
static int walk_push(struct walk *walk, int fd, dev_t device, const struct walk_item *directory)
{
	struct frame *frame = &walk->frames[walk->depth];
	int r;

	*frame = (struct frame){.fd = fd, .device = device};
	frame->path = strdup(directory->entry.path);
	frame->absolute = strdup(strcmp(directory->absolute, "/") ? directory->absolute : "");
	r = frame->path && frame->absolute ? frame_list(frame) : -ENOMEM;
	if (r == 0)
		r = frame_sort(frame);
	if (r < 0) {
		frame_done(frame);
		return r;
	}
	walk->depth++;
	return 0;
}

/* DIRECTORY/NAME in a new string. */
static char *join(const char *directory, const char *name)
{
	size_t length = strlen(directory), size = strlen(name) + 1;
	char *path = malloc(length + 1 + size), *end;

	if (!path)
		return NULL;
	end = mempcpy(path, directory, length);
	*end++ = '/';
	memcpy(end, name, size);
	return path;
}

static int item_name(struct walk_item *item, const struct frame *frame, const struct child *child)
{
	item->entry.path = join(frame->path, child->escaped);
	item->absolute = join(frame->absolute, child->raw);
	return item->entry.path && item->absolute ? 0 : -ENOMEM;
}

static int walk_start(struct walk *walk, struct walk_item *item)
{
	walk->started = true;
	walk->last_is_root = true;
	item->entry.path = strdup(".");
	item->absolute = strdup("/");
	if (!item->entry.path || !item->absolute)
		return -ENOMEM;
	probe_directory(walk->root_fd, item);
	return 1;
}

/* Reports that a directory could not be entered. */
static int item_fail(struct walk_item *item, enum problem problem, int error)
{
	item->entry.type = ENTRY_DIRECTORY;
	item->problem = problem;
	item->error = error;
	item->repeated = true;
	return 1;
}

/* 0 when entered, 1 when `item` says why not. */
static int walk_descend(struct walk *walk, const struct frame *frame, struct child *child,
			struct walk_item *item)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;
	int r;

	r = item_name(item, frame, child);
	if (r < 0)
		return r;
	if (walk->depth == WALK_DEPTH_MAX || strlen(item->entry.path) > WALK_PATH_MAX)
		return item_fail(item, PROBLEM_LIMIT, -ENAMETOOLONG);
	fd = probe_open(frame->fd, child->raw, O_DIRECTORY);
	if (fd < 0)
		return item_fail(item, fd == -ENOENT ? PROBLEM_VANISHED : PROBLEM_UNREADABLE, fd);
	if (fstat(fd, &st) < 0)
		return item_fail(item, PROBLEM_UNREADABLE, -errno);
	if (st.st_dev != child->device || st.st_ino != child->inode)
		return item_fail(item, PROBLEM_CHANGED, -ESTALE);
	r = walk_push(walk, TAKE_FD(fd), st.st_dev, item);
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return item_fail(item, PROBLEM_UNREADABLE, r);
	walk_item_done(item);
	return 0;
}

static int walk_visit(struct walk *walk, const struct frame *frame, struct child *child,
		      struct walk_item *item)
{
	int r = item_name(item, frame, child);

	if (r < 0)
		return r;
	r = probe_child(frame->fd, child->raw, child->type, item);
	if (r < 0)
		return r;
	child->device = item->st.st_dev;
	child->inode = item->st.st_ino;
	if (item->entry.type == ENTRY_DIRECTORY && item->problem == PROBLEM_NONE &&
	    item->st.st_dev != frame->device)
		item->problem = PROBLEM_MOUNT;
	/* No step leads below what was listed as something else. */
	if (item->entry.type == ENTRY_DIRECTORY && item->problem == PROBLEM_NONE &&
	    child->type != DT_DIR && child->type != DT_UNKNOWN) {
		item->problem = PROBLEM_CHANGED;
		item->error = -ESTALE;
	}
	child->skip = item->entry.type != ENTRY_DIRECTORY || item->problem != PROBLEM_NONE;
	walk->last = child;
	return 1;
}

/* The next item below the root. */
static int walk_step(struct walk *walk, struct walk_item *item)
{
	while (walk->depth > 0) {
		struct frame *frame = &walk->frames[walk->depth - 1];
		struct step *step;
		int r;

		if (frame->next == frame->n_steps) {
			frame_done(frame);
			walk->depth--;
			continue;
		}
		step = &frame->steps[frame->next++];
		if (!step->descend)
			return walk_visit(walk, frame, step->child, item);
		if (step->child->skip)
			continue;
		r = walk_descend(walk, frame, step->child, item);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Enters the root itself, after its own item was handed out. */
static int walk_enter_root(struct walk *walk)
{
	_cleanup_(walk_item_done) struct walk_item item = {.fd = -EBADF};
	struct stat st;
	int r;

	walk->last_is_root = false;
	if (walk->root_skip)
		return 0;
	if (fstat(walk->root_fd, &st) < 0)
		return -errno;
	item.entry.path = strdup(".");
	item.absolute = strdup("/");
	if (!item.entry.path || !item.absolute)
		return -ENOMEM;
	r = fcntl(walk->root_fd, F_DUPFD_CLOEXEC, 3);
	if (r < 0)
		return -errno;
	return walk_push(walk, r, st.st_dev, &item);
}

int walk_next(struct walk *walk, struct walk_item *ret)
{
	struct walk_item item = {.fd = -EBADF};
	int r = 0;

	walk->last = NULL;
	if (!walk->started) {
		r = walk_start(walk, &item);
	} else {
		if (walk->last_is_root)
			r = walk_enter_root(walk);
		if (r == 0)
			r = walk_step(walk, &item);
	}
	if (r <= 0) {
		walk_item_done(&item);
		return r;
	}
	*ret = item;
	return 1;
}

void walk_prune(struct walk *walk)
{
	if (walk->last)
		walk->last->skip = true;
	if (walk->last_is_root)
		walk->root_skip = true;
}
