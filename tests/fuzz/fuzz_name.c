/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a path: its names are read, and what a look-alike looks like is ASCII. */
#include "check/name.h"
#include "cleanup.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of just the size, so that a read past it is seen. */
	_cleanup_free_ char *path = malloc(size + 1);
	struct name_reading reading;
	char name[NAME_MAX + 1];

	if (!path)
		return 0;
	memcpy(path, data, size);
	path[size] = '\0';
	name_read(path, &reading);
	if (reading.oddity < NAME_USUAL || reading.oddity > NAME_LOOK_ALIKE)
		abort();
	for (const char *at = reading.looks_like;
	     reading.oddity == NAME_LOOK_ALIKE && at < reading.looks_like + NAME_MAX && *at; at++)
		if ((unsigned char)*at > '~')
			abort();
	if (name_fold(path, name) && strlen(name) > NAME_MAX)
		abort();
	(void)name_imitates_kernel(path);
	return 0;
}
