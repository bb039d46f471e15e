/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests a second one address may send: token buckets, in a table of fixed size. */
#pragma once

#include "error.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct limiter;

/* `rate` requests a second and ten seconds' worth at once; 0: no limit. */
int limiter_new(unsigned rate, struct limiter **ret) _must_check_;
void limiter_free(struct limiter *limiter);
DEFINE_CLEANUP(struct limiter *, limiter_free)

/* An IPv4 address, or the first 56 bits of an IPv6 one; others are never limited. Any thread. */
bool limiter_allows(struct limiter *limiter, const struct sockaddr *address, int64_t now_ms);
