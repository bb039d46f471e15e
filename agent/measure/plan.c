/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/plan.h"

#include "measure/content.h"
#include "measure/state.h"
#include "measure/verity.h"

#include <string.h>

/* How many bytes of an append file are compared. */
static uint64_t append_length(const struct planner *planner, const char *path)
{
	const json_t *sealed;

	if (!planner->options->manifest)
		return UINT64_MAX;
	sealed = json_object_get(planner->options->manifest->appends, path);
	return sealed ? (uint64_t)json_integer_value(json_object_get(sealed, "size")) : 0;
}

/* Whether the entry differs from the manifest whatever its content is. */
static bool is_different(const struct planner *planner, const struct pool_item *item)
{
	const struct entry *expected = &item->expected, *actual = &item->item.entry;

	if (!planner->options->body)
		return false;
	return !item->has_expected || expected->type != actual->type ||
	       (expected->has & ENTRY_HAS_SIZE && expected->size != actual->size);
}

/* What is not read although its class would want it. True when that is settled. */
static bool is_too_large(const struct planner *planner, struct pool_item *item)
{
	uint64_t size = (uint64_t)item->item.st.st_size;

	if (item->prefix < size)
		size = item->prefix;
	item->unread = size > MEASURE_UNSEALED_MAX && is_different(planner, item);
	if (!item->unread && size > CONTENT_SIZE_MAX) {
		item->item.problem = PROBLEM_LARGE;
		item->item.error = -EFBIG;
	}
	return item->unread || item->item.problem != PROBLEM_NONE;
}

static bool may_have_verity(struct planner *planner, const struct walk_item *item)
{
	if (!planner->has_verity_device || planner->verity_device != item->st.st_dev) {
		planner->verity_is_possible = verity_is_possible(item->fd);
		planner->verity_device = item->st.st_dev;
		planner->has_verity_device = true;
	}
	return planner->verity_is_possible;
}

/* Whether the kernel vouches for the sealed content. At the seal: notes what it vouches for. */
static bool takes_verity(struct planner *planner, struct pool_item *item)
{
	const struct entry *expected = &item->expected;
	struct entry *entry = &item->item.entry;
	bool sealed = expected->has & ENTRY_HAS_VERITY && !planner->options->full;
	struct verity_digest digest;

	if ((!sealed && !planner->options->verity) || !may_have_verity(planner, &item->item))
		return false;
	/* What it cannot say is read. */
	if (verity_measure(item->item.fd, &digest) <= 0)
		return false;
	if (planner->options->verity) {
		entry->verity = digest.descriptor;
		entry->has |= ENTRY_HAS_VERITY;
		return false;
	}
	if (!digest_is_equal(&digest.descriptor, &expected->verity))
		return false;
	entry->digest = expected->digest;
	entry->has |= ENTRY_HAS_DIGEST;
	planner->counts.vouched++;
	return true;
}

/* Whether an earlier run saw the file as it is. */
static bool takes_earlier(struct planner *planner, struct pool_item *item)
{
	struct entry *entry = &item->item.entry;
	int r = 0;

	if (planner->options->state && !planner->state_failed)
		r = state_reader_find(planner->options->state, entry->path, &item->item.st,
				      &entry->digest);
	/* What cannot be looked up is read. */
	if (r < 0)
		planner->state_failed = true;
	if (r <= 0)
		return false;
	entry->has |= ENTRY_HAS_DIGEST;
	planner->counts.reused++;
	return true;
}

/* Whether it was or is going to be read under another name, or by an earlier pass. */
static bool takes_link(struct planner *planner, struct pool_item *item)
{
	const struct stat *st = &item->item.st;
	bool several = st->st_nlink > 1;

	item->linked = (several || planner->options->known) && known_link(planner->known, st);
	if (item->linked && several)
		planner->counts.linked++;
	item->noted = !item->linked && (several || planner->options->critical);
	if (item->noted)
		known_expect(planner->known, st);
	return item->linked;
}

/* Whether anybody wants to know the content. */
static bool is_wanted(const struct planner *planner, const struct pool_item *item,
		      enum path_class class)
{
	if (class == PATH_MUTABLE || class == PATH_IGNORED)
		return false;
	return !planner->options->expected_only ||
	       (item->has_expected && item->expected.has & ENTRY_HAS_DIGEST);
}

void plan_content(struct planner *planner, struct pool_item *item, enum path_class class)
{
	if (item->item.fd < 0 || item->item.problem != PROBLEM_NONE ||
	    !is_wanted(planner, item, class))
		return;
	if (class == PATH_APPEND)
		item->prefix = append_length(planner, item->item.entry.path);
	if (is_too_large(planner, item))
		return;
	item->hash = class == PATH_APPEND ||
		     (!takes_verity(planner, item) && !takes_earlier(planner, item) &&
		      !takes_link(planner, item));
}

void plan_settle(struct planner *planner, struct pool_item *item)
{
	struct walk_item *walked = &item->item;
	struct entry *entry = &walked->entry;

	if (item->linked) {
		walked->problem =
			known_take(planner->known, &walked->st, &entry->digest, &walked->error);
		if (walked->problem == PROBLEM_NONE)
			entry->has |= ENTRY_HAS_DIGEST;
	}
	if (item->noted)
		known_set(planner->known, &walked->st, &entry->digest, walked->problem,
			  walked->error);
	if (planner->options->record && walked->problem == PROBLEM_NONE &&
	    item->prefix == UINT64_MAX && entry->has & ENTRY_HAS_DIGEST)
		state_writer_add(planner->options->record, entry->path, &walked->st,
				 &entry->digest);
	planner->counts.unexamined += walked->problem == PROBLEM_TIME;
}
