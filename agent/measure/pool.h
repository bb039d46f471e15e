/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash workers. Files go in in order and come out in the same order; at most POOL_SLOTS are under
 * way, so neither memory nor open descriptors grow with the tree.
 */
#pragma once

#include "measure/walk.h"

#define POOL_SLOTS 256

/* Files from this size on may be set aside while they are hashed. */
#define POOL_LARGE     (UINT64_C(16) << 20)
#define POOL_ASIDE_MAX 32

/* One file on its way through the pool. Items without work pass through to keep their place. */
struct pool_item {
	struct walk_item item;
	struct entry expected; /* the manifest's; carried along */
	bool has_expected;
	bool missing;			/* only expected: the root has no such entry */
	const struct policy_rule *rule; /* of the policy; NULL: fixed */
	bool hash;			/* set by the caller: read and hash item.fd */
	bool linked;			/* another name of it is hashed */
	bool noted;			/* its digest is noted for its other names */
	bool unread;			/* too long to be worth reading */
	uint64_t prefix;		/* hash only the first `prefix` bytes; UINT64_MAX: all */
};

void pool_item_done(struct pool_item *item);

struct pool_options {
	unsigned workers;     /* 0: one for each processor that this process may use */
	uint64_t deadline_ms; /* of the monotonic clock; 0: none */
	enum digest_algorithm algorithm;
};

struct pool;
struct task; /* an item while it is in the pool */

int pool_new(const struct pool_options *options, struct pool **ret,
	     struct error *error) _must_check_;
bool pool_is_full(const struct pool *pool);
/* At most half full: filling it then, and not one by one, keeps threads from waking each other. */
bool pool_is_low(const struct pool *pool);
bool pool_is_empty(const struct pool *pool);
/* Takes the item over; the pool must not be full. */
void pool_put(struct pool *pool, struct pool_item *item);
/*
 * Waits for the oldest item and hands it out; the pool must not be empty. With a deadline it waits
 * at most a second longer than that; what is not read by then comes as PROBLEM_TIME. -ENOMEM.
 */
int pool_get(struct pool *pool, struct pool_item *ret) _must_check_;

/* Whether the oldest item is a large file on which a worker is busy. */
bool pool_is_held_up(const struct pool *pool);
/* Takes the oldest item out of the order, to be given to pool_finish() later. */
struct task *pool_set_aside(struct pool *pool);
bool pool_task_is_done(const struct task *task);
/* As pool_get(), for an item that was set aside. */
int pool_finish(struct pool *pool, struct task *task, struct pool_item *ret) _must_check_;

/* From now on nothing more is read: what is under way and not done comes as PROBLEM_TIME. */
void pool_cancel(struct pool *pool);

/* Bytes, and files, read so far. */
uint64_t pool_get_bytes(const struct pool *pool);
uint64_t pool_get_hashed(const struct pool *pool);
/* Ends the workers; items still under way are freed. */
void pool_free(struct pool *pool);
DEFINE_CLEANUP(struct pool *, pool_free)
