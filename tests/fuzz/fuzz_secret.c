/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a file, a NUL and its content. Whatever a disk holds, what is reported lies inside
 * the bytes that were given, and looking twice says the same.
 */
#include "check/secret.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	const struct secret_view *view;
	size_t count;
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

static int take(const struct secret *secret, void *data)
{
	struct tally *tally = data;
	const char *end = tally->view->data + tally->view->size;

	require(secret->code && secret->what);
	require(secret->mark >= tally->view->data && secret->mark <= end);
	require(secret->value >= tally->view->data && secret->value <= end);
	require(secret->length <= (size_t)(end - secret->value));
	tally->count++;
	return 0;
}

static size_t scan(const struct secret_scanner *scanner, const struct secret_view *view)
{
	struct tally tally = {.view = view};
	struct secret whole;

	if (secret_match_file(view, &whole))
		(void)take(&whole, &tally);
	require(secret_scan(scanner, view, take, &tally) == 0);
	return tally.count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t length = nul ? (size_t)(nul - data) : 0;
	_cleanup_free_ char *path = strndup((const char *)data, length);
	_cleanup_(secret_scanner_free_p) struct secret_scanner *scanner = NULL;
	struct secret_view view = {.is_whole = true};
	_cleanup_free_ char *exact = NULL;

	require(path && secret_scanner_new(&scanner) == 0);
	view.size = nul ? size - length - 1 : size;
	exact = malloc(view.size ? view.size : 1);
	require(exact);
	memcpy(exact, data + size - view.size, view.size);
	view.data = exact;
	view.is_text = !memchr(exact, 0, view.size);
	secret_view_set_name(&view, path);
	require(scan(scanner, &view) == scan(scanner, &view));
	return 0;
}
