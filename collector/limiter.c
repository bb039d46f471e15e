/* SPDX-License-Identifier: Apache-2.0 */
#include "limiter.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <string.h>

#define BUCKETS	      4096
#define BURST_SECONDS 10
#define PREFIX_BYTES  7 /* /56 */
#define FNV_PRIME     0x100000001b3ULL

/* Addresses that fall into one bucket share it; which do, depends on a secret of this run. */
struct bucket {
	int64_t updated_ms;
	double tokens;
};

struct limiter {
	unsigned rate;
	uint64_t seed;
	pthread_mutex_t mutex;
	struct bucket buckets[BUCKETS];
};

int limiter_new(unsigned rate, struct limiter **ret)
{
	struct limiter *limiter = calloc(1, sizeof(*limiter));

	if (!limiter)
		return -ENOMEM;
	if (RAND_bytes((unsigned char *)&limiter->seed, sizeof(limiter->seed)) != 1) {
		free(limiter);
		return -EIO;
	}
	limiter->rate = rate;
	(void)pthread_mutex_init(&limiter->mutex, NULL);
	for (size_t i = 0; i < BUCKETS; i++)
		limiter->buckets[i].tokens = (double)rate * BURST_SECONDS;
	*ret = limiter;
	return 0;
}

void limiter_free(struct limiter *limiter)
{
	if (!limiter)
		return;
	(void)pthread_mutex_destroy(&limiter->mutex);
	free(limiter);
}

static size_t bucket_of(const struct limiter *limiter, const uint8_t *bytes, size_t size)
{
	uint64_t hash = limiter->seed;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * FNV_PRIME;
	return (hash ^ (hash >> 32)) % BUCKETS;
}

static bool take(struct limiter *limiter, struct bucket *bucket, int64_t now_ms)
{
	double most = (double)limiter->rate * BURST_SECONDS;
	bool allowed;

	(void)pthread_mutex_lock(&limiter->mutex);
	if (now_ms > bucket->updated_ms) {
		bucket->tokens += (double)(now_ms - bucket->updated_ms) * limiter->rate / 1000;
		bucket->updated_ms = now_ms;
	}
	if (bucket->tokens > most)
		bucket->tokens = most;
	allowed = bucket->tokens >= 1;
	if (allowed)
		bucket->tokens -= 1;
	(void)pthread_mutex_unlock(&limiter->mutex);
	return allowed;
}

bool limiter_allows(struct limiter *limiter, const struct sockaddr *address, int64_t now_ms)
{
	const uint8_t *bytes;
	size_t size;

	if (limiter->rate == 0 || !address)
		return true;
	if (address->sa_family == AF_INET) {
		bytes = (const uint8_t *)&((const struct sockaddr_in *)(const void *)address)
				->sin_addr;
		size = sizeof(struct in_addr);
	} else if (address->sa_family == AF_INET6) {
		bytes = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr;
		size = PREFIX_BYTES;
		if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)(const void *)bytes)) {
			bytes += 12;
			size = sizeof(struct in_addr);
		}
	} else {
		return true;
	}
	return take(limiter, &limiter->buckets[bucket_of(limiter, bytes, size)], now_ms);
}
