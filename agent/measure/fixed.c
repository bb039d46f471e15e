/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/fixed.h"

#include "mtree.h"

int fixed_init(struct fixed *fixed)
{
	int r;

	*fixed = (struct fixed){};
	r = hasher_new(&fixed->hasher);
	return r < 0 ? r : hasher_begin(fixed->hasher);
}

int fixed_add(struct fixed *fixed, const struct entry *entry)
{
	int r;

	fixed->line.size = 0;
	r = mtree_format(entry, true, &fixed->line);
	if (r == 0)
		r = hasher_update(fixed->hasher, fixed->line.data, fixed->line.size);
	if (r == 0)
		fixed->entries++;
	return r;
}

int fixed_finish(struct fixed *fixed, struct digest *ret)
{
	return hasher_finish(fixed->hasher, ret);
}

void fixed_done(struct fixed *fixed)
{
	hasher_free(fixed->hasher);
	buffer_done(&fixed->line);
	*fixed = (struct fixed){};
}
