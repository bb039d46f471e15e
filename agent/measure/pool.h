/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash workers. Files go in in order and come out in the same order; at most POOL_SLOTS are under
 * way, so neither memory nor open descriptors grow with the tree.
 */
#pragma once

#include "measure/walk.h"

#define POOL_SLOTS 256

/* One file on its way through the pool. Items without work pass through to keep their place. */
struct pool_item {
	struct walk_item item;
	const struct policy_rule *rule; /* of the policy; NULL: fixed */
	bool hash;			/* set by the caller: read and hash item.fd */
	uint64_t prefix;		/* hash only the first `prefix` bytes; UINT64_MAX: all */
};

void pool_item_done(struct pool_item *item);

struct pool;

/* `workers` 0: one for each processor that this process may use. */
int pool_new(unsigned workers, struct pool **ret, struct error *error) _must_check_;
bool pool_is_full(const struct pool *pool);
/* At most half full: filling it then, and not one by one, keeps threads from waking each other. */
bool pool_is_low(const struct pool *pool);
bool pool_is_empty(const struct pool *pool);
/* Takes the item over; the pool must not be full. */
void pool_put(struct pool *pool, struct pool_item *item);
/* Waits for the oldest item and hands it out; the pool must not be empty. */
void pool_get(struct pool *pool, struct pool_item *ret);
/* Bytes read so far. */
uint64_t pool_get_bytes(const struct pool *pool);
/* Ends the workers; items still under way are freed. */
void pool_free(struct pool *pool);
DEFINE_CLEANUP(struct pool *, pool_free)
