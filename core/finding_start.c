/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"

#include <string.h>

int finding_start(struct finding *finding, const char *code)
{
	const struct catalog_entry *entry = catalog_find(code);
	int r = 0;

	if (!entry)
		return -ENOENT;
	finding->severity = entry->severity;
	finding->code = strdup(code);
	if (!finding->code)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < CATALOG_ATTACK_MAX && entry->attack[i]; i++)
		r = finding_add_attack(finding, entry->attack[i]);
	return r;
}
