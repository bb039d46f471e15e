/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/unseen.h"

#include "cleanup.h"

#include <string.h>

/* Forgets those below which, in the order, nothing can come any more. */
static void forget_past(struct unseen *unseen, const char *path)
{
	size_t kept = 0;

	for (size_t i = 0; i < unseen->count; i++) {
		char *directory = unseen->directories[i];
		size_t length = strlen(directory);
		int order = strncmp(path, directory, length);

		if (order > 0 || (order == 0 && path[length] > '/'))
			free(directory);
		else
			unseen->directories[kept++] = directory;
	}
	unseen->count = kept;
}

int unseen_add(struct unseen *unseen, const char *directory)
{
	char *copy;

	forget_past(unseen, directory);
	if (unseen->count == unseen->space) {
		size_t space = unseen->space ? unseen->space * 2 : 8;
		char **more = reallocarray(unseen->directories, space, sizeof(*more));

		if (!more)
			return -ENOMEM;
		unseen->directories = more;
		unseen->space = space;
	}
	copy = strdup(directory);
	if (!copy)
		return -ENOMEM;
	unseen->directories[unseen->count++] = copy;
	return 0;
}

bool unseen_has(struct unseen *unseen, const char *path)
{
	if (unseen->count == 0)
		return false;
	forget_past(unseen, path);
	for (size_t i = 0; i < unseen->count; i++) {
		size_t length = strlen(unseen->directories[i]);

		if (strncmp(path, unseen->directories[i], length) == 0 && path[length] == '/')
			return true;
	}
	return false;
}

void unseen_done(struct unseen *unseen)
{
	while (unseen->count > 0)
		free(unseen->directories[--unseen->count]);
	free(unseen->directories);
	*unseen = (struct unseen){};
}
