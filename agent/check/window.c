/* SPDX-License-Identifier: Apache-2.0 */
#include "check/window.h"

#include "measure/root.h"

#include <stdbool.h>

int window_open(struct window *window, int root_fd, const char *path)
{
	size_t space;

	*window = (struct window){.fd = -EBADF};
	window->fd = root_open_file(root_fd, path, &window->file_size);
	if (window->fd < 0)
		return window->fd;
	space = window->file_size < WINDOW_BLOCK ? (size_t)window->file_size + 1 : WINDOW_BLOCK;
	window->data = malloc(space);
	return window->data ? 0 : -ENOMEM;
}

void window_done(struct window *window)
{
	free(window->data);
	close_p(&window->fd);
	*window = (struct window){.fd = -EBADF};
}

/* Where data begins, from `at` on; the file's end when none follows. */
static uint64_t find_data(const struct window *window, uint64_t at)
{
	off_t found = lseek(window->fd, (off_t)at, SEEK_DATA);

	if (found < 0)
		return errno == ENXIO ? window->file_size : at;
	return (uint64_t)found;
}

/* Over the middle of a file that is too large. */
static uint64_t skip_middle(struct window *window, uint64_t at)
{
	uint64_t tail = window->file_size - WINDOW_TAIL_MAX;

	if (window->done < WINDOW_HEAD_MAX || window->file_size < WINDOW_TAIL_MAX || at >= tail)
		return at;
	window->left_out += tail - at;
	return tail;
}

static int read_block(struct window *window, uint64_t at)
{
	size_t space =
		window->file_size < WINDOW_BLOCK ? (size_t)window->file_size + 1 : WINDOW_BLOCK;

	window->size = 0;
	window->offset = at;
	while (window->size < space) {
		ssize_t n = pread(window->fd, window->data + window->size, space - window->size,
				  (off_t)(at + window->size));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return window->r = -errno;
		if (n == 0)
			break;
		window->size += (size_t)n;
	}
	window->done += window->size;
	return window->size > 0;
}

/* No file is read for longer than its bounds, also when it grows under our hands. */
static bool is_at_bound(const struct window *window, uint64_t at)
{
	return at >= window->file_size ||
	       window->done > WINDOW_HEAD_MAX + WINDOW_TAIL_MAX + 2ULL * WINDOW_BLOCK;
}

int window_first(struct window *window)
{
	uint64_t at;

	window->done = window->left_out = 0;
	window->size = window->overlap = 0;
	window->r = 0;
	at = find_data(window, 0);
	return is_at_bound(window, at) ? 0 : read_block(window, at);
}

int window_next(struct window *window)
{
	uint64_t end = window->offset + window->size, at;

	if (window->r < 0)
		return window->r;
	at = find_data(window, skip_middle(window, end));
	if (window->size == 0 || is_at_bound(window, at))
		return 0;
	window->overlap = at == end && window->size > WINDOW_OVERLAP ? WINDOW_OVERLAP : 0;
	return read_block(window, at - window->overlap);
}
