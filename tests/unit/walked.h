/* SPDX-License-Identifier: Apache-2.0 */
/* Whole walks, kept, for the tests of what a walk is made of. Failing fails the test. */
#pragma once

#include "measure/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

/* All items of a walk, kept. */
struct items {
	struct walk_item *items;
	size_t count;
};

static _unused_ void items_done(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		walk_item_done(&items->items[i]);
	free(items->items);
}

#define _cleanup_items_ _cleanup_(items_done)

static _unused_ void items_add(struct items *items, const struct walk_item *item)
{
	items->items = reallocarray(items->items, items->count + 1, sizeof(*item));
	assert_non_null(items->items);
	items->items[items->count++] = *item;
}

static _unused_ void collect_with(const struct walk_options *options, struct items *ret)
{
	_cleanup_(walk_free_p) struct walk *walk = NULL;
	int r;

	assert_int_equal(walk_new(options, &walk, NULL), 0);
	for (;;) {
		struct walk_item item = {.fd = -EBADF};

		r = walk_next(walk, &item);
		if (r <= 0)
			break;
		close_p(&item.fd);
		item.fd = -EBADF;
		items_add(ret, &item);
	}
	assert_int_equal(r, 0);
}

static _unused_ void collect(const char *root, struct items *ret)
{
	collect_with(&(struct walk_options){.root = root}, ret);
}

static _unused_ const struct walk_item *find(const struct items *items, const char *path)
{
	for (size_t i = 0; i < items->count; i++)
		if (strcmp(items->items[i].entry.path, path) == 0 && !items->items[i].repeated)
			return &items->items[i];
	return NULL;
}

static _unused_ void check_order(const struct items *items)
{
	for (size_t i = 1; i < items->count; i++) {
		int order = strcmp(items->items[i - 1].entry.path, items->items[i].entry.path);

		if (order > 0 || (order == 0 && !items->items[i].repeated))
			fail_msg("%s comes before %s", items->items[i - 1].entry.path,
				 items->items[i].entry.path);
	}
}

static _unused_ size_t count_problems(const struct items *items, enum problem problem)
{
	size_t count = 0;

	for (size_t i = 0; i < items->count; i++)
		count += items->items[i].problem == problem;
	return count;
}

/* Runs in a child, because it gives up its rights: 0 as expected, 77 not possible, else a failure.
 */
static _unused_ void run_child(int (*run)(const char *root), void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run(*state));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("not permitted here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}
