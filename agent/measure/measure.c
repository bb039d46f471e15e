/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/measure.h"

#include "clock.h"
#include "measure/backlog.h"
#include "measure/plan.h"
#include "mtree.h"

#include <string.h>
#include <sys/resource.h>

#define LINKS_MAX 4096 /* files of several names that are remembered */

struct measure {
	struct measure_options options;
	struct walk *walk;
	struct pool *pool;
	struct backlog *backlog;
	struct known *own; /* when the options have none */
	struct planner planner;

	/* The heads of the two streams that are joined. */
	struct walk_item actual;
	struct entry expected;
	bool has_actual, has_expected;
	bool walk_ended, body_ended;
	bool late;

	uint64_t entries;
};

void measured_done(struct measured *measured)
{
	entry_done(&measured->entry);
	entry_done(&measured->expected);
	free(measured->absolute);
	*measured = (struct measured){};
}

void measure_free(struct measure *measure)
{
	if (!measure)
		return;
	pool_free(measure->pool);
	backlog_free(measure->backlog);
	walk_free(measure->walk);
	known_free(measure->own);
	walk_item_done(&measure->actual);
	entry_done(&measure->expected);
	free(measure);
}

/* For the walk: whether an entry belongs to what is measured first. */
static bool is_wanted(void *data, const char *absolute, unsigned char type _unused_)
{
	const struct policy *policy = data;

	return policy_is_critical(policy, absolute) || policy_leads_to_critical(policy, absolute);
}

static bool is_followed(void *data, const char *absolute)
{
	return policy_follows(data, absolute);
}

static int open_streams(struct measure *measure, struct error *error)
{
	const struct measure_options *options = &measure->options;
	const struct walk_options walk_options = {
		.root = options->root,
		.follows = is_followed,
		.wants = options->critical ? is_wanted : NULL,
		.data = (void *)options->policy,
	};
	const struct pool_options pool_options = {
		.workers = options->workers,
		.deadline_ms = options->deadline_ms,
		.algorithm = options->algorithm,
	};
	int r = walk_new(&walk_options, &measure->walk, error);

	if (r == 0)
		r = pool_new(&pool_options, &measure->pool, error);
	if (r == 0)
		r = backlog_new(&measure->backlog);
	if (r == 0 && !options->known)
		r = known_new(LINKS_MAX, &measure->own);
	measure->planner.options = options;
	measure->planner.known = options->known ? options->known : measure->own;
	return r;
}

int measure_new(const struct measure_options *options, struct measure **ret, struct error *error)
{
	_cleanup_(measure_free_p) struct measure *measure = calloc(1, sizeof(*measure));
	int r;

	if (!measure)
		return -ENOMEM;
	measure->options = *options;
	measure->actual.fd = -EBADF;
	measure->body_ended = !options->body && !options->expectation;
	r = open_streams(measure, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(measure);
	return 0;
}

static enum path_class rule_class(const struct policy_rule *rule)
{
	return rule ? rule->class : PATH_FIXED;
}

/* Decides what is to be read of an entry. */
static void plan(struct measure *measure, struct pool_item *item)
{
	enum path_class class;

	item->prefix = UINT64_MAX;
	if (item->missing)
		return;
	item->rule = policy_match(measure->options.policy, item->item.absolute);
	class = rule_class(item->rule);
	if (class == PATH_IGNORED)
		walk_prune(measure->walk);
	plan_content(&measure->planner, item, class);
	if (!item->hash) {
		close_p(&item->item.fd);
		item->item.fd = -EBADF;
	}
}

static int next_actual(struct measure *measure)
{
	int r;

	if (measure->has_actual || measure->walk_ended)
		return 0;
	r = walk_next(measure->walk, &measure->actual);
	measure->has_actual = r > 0;
	measure->walk_ended = r == 0;
	return r < 0 ? r : 0;
}

/* Whether a manifest's entry belongs to what is measured. */
static int is_in_scope(const struct measure *measure, const struct entry *expected)
{
	_cleanup_free_ char *absolute = NULL;
	int r;

	if (!measure->options.critical)
		return 1;
	r = entry_path_to_absolute(expected->path, &absolute);
	if (r < 0)
		return r;
	return is_wanted((void *)measure->options.policy, absolute, 0);
}

static int read_expected(struct measure *measure, struct error *error)
{
	const struct expectation *expectation = measure->options.expectation;

	if (expectation)
		return expectation->next(expectation->data, &measure->expected, error);
	return mtree_reader_next(measure->options.body, &measure->expected, error);
}

static int next_expected(struct measure *measure, struct error *error)
{
	int r = 0;

	while (r == 0 && !measure->has_expected && !measure->body_ended) {
		entry_done(&measure->expected);
		r = read_expected(measure, error);
		if (r < 0)
			return r;
		measure->body_ended = r == 0;
		if (r == 0)
			return 0;
		r = is_in_scope(measure, &measure->expected);
		if (r < 0)
			return r;
		measure->has_expected = r > 0;
		r = 0;
	}
	return 0;
}

static int take_expected(struct measure *measure, struct pool_item *item, struct error *error)
{
	item->expected = measure->expected;
	item->has_expected = true;
	measure->expected = (struct entry){};
	measure->has_expected = false;
	if (!measure->options.manifest)
		return 0;
	return manifest_get_xattrs(measure->options.manifest, &item->expected, error);
}

static void take_actual(struct measure *measure, struct pool_item *item)
{
	item->item = measure->actual;
	measure->actual = (struct walk_item){.fd = -EBADF};
	measure->has_actual = false;
}

/* The smaller path of the two streams, or both when they are the same. */
static int join(struct measure *measure, struct pool_item *item, struct error *error)
{
	int order, r;

	r = next_actual(measure);
	if (r == 0)
		r = next_expected(measure, error);
	if (r < 0)
		return r;
	if (!measure->has_actual && !measure->has_expected)
		return 0;
	if (measure->has_actual && measure->has_expected)
		order = strcmp(measure->actual.entry.path, measure->expected.path);
	else
		order = measure->has_actual ? -1 : 1;
	/* What comes a second time was joined the first time. */
	if (measure->has_actual && measure->actual.repeated)
		order = -1;

	item->missing = order > 0;
	if (order >= 0)
		r = take_expected(measure, item, error);
	if (order <= 0)
		take_actual(measure, item);
	return r < 0 ? r : 1;
}

/* Leaves the rest unexamined when there is no time for it. */
static int look_at_clock(struct measure *measure, struct error *error)
{
	uint64_t deadline = measure->options.deadline_ms;
	int r = 0;

	if (!deadline || measure->late || clock_monotonic_ms() < deadline)
		return 0;
	measure->late = measure->walk_ended = true;
	pool_cancel(measure->pool);
	walk_item_done(&measure->actual);
	measure->has_actual = false;
	/* To its end, so that the whole body is known to be the signed one. */
	while (r == 0 && (measure->has_expected || !measure->body_ended)) {
		measure->planner.counts.unexamined += measure->has_expected;
		measure->has_expected = false;
		r = next_expected(measure, error);
	}
	return r;
}

/* Keeps the pool full. */
static int measure_fill(struct measure *measure, struct error *error)
{
	int r = look_at_clock(measure, error);

	if (r < 0 || !pool_is_low(measure->pool))
		return r;
	while (!pool_is_full(measure->pool)) {
		struct pool_item item = {.item.fd = -EBADF};

		r = join(measure, &item, error);
		if (r <= 0) {
			pool_item_done(&item);
			return r;
		}
		plan(measure, &item);
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
	/* It says nothing where there is no digest that it could stand for. */
	if (!(entry->has & ENTRY_HAS_DIGEST))
		entry->has &= ~(unsigned)ENTRY_HAS_VERITY;
	if (measured->class == PATH_GENERATED || (measured->rule && measured->rule->optional))
		entry->has |= ENTRY_OPTIONAL;
}

static void measured_take(struct measured *measured, struct pool_item *item)
{
	struct walk_item *from = &item->item;

	*measured = (struct measured){
		.entry = from->entry,
		.absolute = TAKE_PTR(from->absolute),
		.expected = item->expected,
		.has_expected = item->has_expected,
		.missing = item->missing,
		.class = rule_class(item->rule),
		.rule = item->rule,
		.problem = from->problem,
		.error = from->error,
		.repeated = from->repeated,
		.unread = item->unread,
		.size = from->entry.size,
		.mode = from->st.st_mode,
	};
	from->entry = (struct entry){};
	item->expected = (struct entry){};
	pool_item_done(item);
	if (!measured->missing)
		measured_reduce(measured);
}

/* Whether there is something to do besides waiting for a large file. */
static bool can_go_on(const struct measure *measure)
{
	const struct backlog *backlog = measure->backlog;

	if (pool_is_empty(measure->pool))
		return false;
	if (backlog_is_empty(backlog))
		return pool_is_held_up(measure->pool);
	return backlog_is_waiting(backlog) && backlog_has_room(backlog);
}

/* Moves what is behind a large file out of its way. */
static int clear_way(struct measure *measure, struct error *error)
{
	int r = 0;

	while (r == 0 && can_go_on(measure)) {
		struct pool_item item = {.item.fd = -EBADF};

		if (pool_is_held_up(measure->pool)) {
			if (!backlog_has_place(measure->backlog))
				break;
			backlog_put_task(measure->backlog, pool_set_aside(measure->pool));
		} else {
			r = pool_get(measure->pool, &item);
			if (r == 0)
				backlog_put(measure->backlog, &item);
		}
		if (r == 0)
			r = measure_fill(measure, error);
	}
	return r;
}

static int take_next(struct measure *measure, struct pool_item *item)
{
	if (!backlog_is_empty(measure->backlog))
		return backlog_get(measure->backlog, measure->pool, item);
	return pool_get(measure->pool, item);
}

int measure_next(struct measure *measure, struct measured *ret, struct error *error)
{
	struct pool_item item = {.item.fd = -EBADF};
	int r;

	r = measure_fill(measure, error);
	if (r == 0)
		r = clear_way(measure, error);
	if (r < 0)
		return r;
	if (pool_is_empty(measure->pool) && backlog_is_empty(measure->backlog))
		return 0;
	r = take_next(measure, &item);
	if (r < 0)
		return r;
	plan_settle(&measure->planner, &item);
	measured_take(ret, &item);
	if (++measure->entries % 256 == 0)
		progress_tell(measure->options.progress, measure->entries,
			      pool_get_bytes(measure->pool));
	return 1;
}

void measure_count(const struct measure *measure, struct measure_counts *ret)
{
	*ret = measure->planner.counts;
	ret->bytes = pool_get_bytes(measure->pool);
	ret->hashed = pool_get_hashed(measure->pool);
}

bool measure_is_late(const struct measure *measure)
{
	return measure->late;
}

void measure_raise_limits(void)
{
	const rlim_t wanted = WALK_DEPTH_MAX + POOL_SLOTS + POOL_ASIDE_MAX + 64;
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
