/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog_private.h"

#include <string.h>

static int compare_code(const void *code, const void *entry)
{
	return strcmp(code, ((const struct catalog_entry *)entry)->code);
}

const struct catalog_entry *catalog_find(const char *code)
{
	if (!code)
		return NULL;
	return bsearch(code, catalog_entries, catalog_entries_count, sizeof(catalog_entries[0]),
		       compare_code);
}

const struct catalog_entry *catalog_list(size_t *ret_count)
{
	*ret_count = catalog_entries_count;
	return catalog_entries;
}
