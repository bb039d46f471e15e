/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog_private.h"

#include <string.h>

const struct catalog_entry *catalog_find(const char *code)
{
	for (size_t i = 0; code && i < catalog_entries_count; i++)
		if (strcmp(catalog_entries[i].code, code) == 0)
			return &catalog_entries[i];
	return NULL;
}

const struct catalog_entry *catalog_list(size_t *ret_count)
{
	*ret_count = catalog_entries_count;
	return catalog_entries;
}
