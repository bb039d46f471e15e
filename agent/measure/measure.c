/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/measure.h"

#include <string.h>
#include <sys/resource.h>

struct measure {
	const struct policy *policy;
	const json_t *appends;
	struct walk *walk;
	struct pool *pool;
	bool walk_ended;
	struct progress *progress;
	uint64_t entries;
};

void measured_done(struct measured *measured)
{
	entry_done(&measured->entry);
	free(measured->absolute);
	*measured = (struct measured){};
}

void measure_free(struct measure *measure)
{
	if (!measure)
		return;
	pool_free(measure->pool);
	walk_free(measure->walk);
	free(measure);
}

int measure_new(const struct measure_options *options, struct measure **ret, struct error *error)
{
	_cleanup_(measure_free_p) struct measure *measure = calloc(1, sizeof(*measure));
	int r;

	if (!measure)
		return -ENOMEM;
	measure->policy = options->policy;
	measure->appends = options->appends;
	measure->progress = options->progress;
	r = walk_new(options->root, &measure->walk, error);
	if (r == 0)
		r = pool_new(options->workers, &measure->pool, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(measure);
	return 0;
}

static enum path_class rule_class(const struct policy_rule *rule)
{
	return rule ? rule->class : PATH_FIXED;
}

/* How many bytes of an append file are compared. */
static uint64_t append_length(const struct measure *measure, const char *path)
{
	const json_t *sealed;

	if (!measure->appends)
		return UINT64_MAX;
	sealed = json_object_get(measure->appends, path);
	return sealed ? (uint64_t)json_integer_value(json_object_get(sealed, "size")) : 0;
}

static void classify(const struct measure *measure, struct pool_item *item)
{
	enum path_class class;

	item->rule = policy_match(measure->policy, item->item.absolute);
	class = rule_class(item->rule);
	item->prefix = UINT64_MAX;
	if (class == PATH_IGNORED)
		walk_prune(measure->walk);
	if (class == PATH_APPEND)
		item->prefix = append_length(measure, item->item.entry.path);
	item->hash = item->item.fd >= 0 && item->item.problem == PROBLEM_NONE &&
		     (class == PATH_FIXED || class == PATH_GENERATED || class == PATH_APPEND);
	if (!item->hash) {
		close_p(&item->item.fd);
		item->item.fd = -EBADF;
	}
}

/* Keeps the pool full. */
static int measure_fill(struct measure *measure)
{
	if (!pool_is_low(measure->pool))
		return 0;
	while (!measure->walk_ended && !pool_is_full(measure->pool)) {
		struct pool_item item = {.item.fd = -EBADF};
		int r = walk_next(measure->walk, &item.item);

		if (r < 0)
			return r;
		if (r == 0) {
			measure->walk_ended = true;
			break;
		}
		classify(measure, &item);
		pool_put(measure->pool, &item);
	}
	return 0;
}

/* Takes from an entry what its class does not compare. */
static void measured_reduce(struct measured *measured)
{
	struct entry *entry = &measured->entry;

	switch (measured->class) {
	case PATH_APPEND:
		measured->prefix = entry->digest;
		measured->has_prefix = (entry->has & ENTRY_HAS_DIGEST) != 0;
		entry->has &= ~(unsigned)(ENTRY_HAS_SIZE | ENTRY_HAS_DIGEST);
		break;
	case PATH_MUTABLE:
		entry->has &= ~(unsigned)(ENTRY_HAS_SIZE | ENTRY_HAS_DIGEST | ENTRY_HAS_LINK);
		break;
	case PATH_IGNORED:
		if (entry->type == ENTRY_DIRECTORY)
			entry->has |= ENTRY_IGNORE;
		else
			entry->has = ENTRY_OPTIONAL;
		break;
	default:
		break;
	}
	if (measured->class == PATH_GENERATED || (measured->rule && measured->rule->optional))
		entry->has |= ENTRY_OPTIONAL;
}

static void measured_take(struct measured *measured, struct pool_item *item)
{
	struct walk_item *from = &item->item;

	*measured = (struct measured){
		.entry = from->entry,
		.absolute = TAKE_PTR(from->absolute),
		.class = rule_class(item->rule),
		.rule = item->rule,
		.problem = from->problem,
		.error = from->error,
		.repeated = from->repeated,
		.size = from->entry.size,
		.mode = from->st.st_mode,
	};
	from->entry = (struct entry){};
	pool_item_done(item);
	measured_reduce(measured);
}

int measure_next(struct measure *measure, struct measured *ret)
{
	struct pool_item item = {.item.fd = -EBADF};
	int r;

	r = measure_fill(measure);
	if (r < 0)
		return r;
	if (pool_is_empty(measure->pool))
		return 0;
	pool_get(measure->pool, &item);
	measured_take(ret, &item);
	if (++measure->entries % 256 == 0)
		progress_tell(measure->progress, measure->entries, pool_get_bytes(measure->pool));
	return 1;
}

uint64_t measure_get_bytes(const struct measure *measure)
{
	return pool_get_bytes(measure->pool);
}

void measure_raise_limits(void)
{
	const rlim_t wanted = WALK_DEPTH_MAX + POOL_SLOTS + 64;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int measure_name_ignored(const struct policy *policy, struct coverage *coverage)
{
	const struct policy_rule *rules;
	size_t count;
	int r = 0;

	rules = policy_list_rules(policy, &count);
	for (size_t i = 0; r == 0 && i < count; i++)
		if (rules[i].class == PATH_IGNORED)
			r = coverage_add_ignored(coverage, rules[i].glob);
	return r;
}
