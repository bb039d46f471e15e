/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/pool.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#define BLOCK_SIZE  65536 /* larger blocks were measured to gain nothing */
#define WORKERS_MAX 64

#define BATCH 16 /* items that change hands at once */

/* Files up to this size are hashed by the caller while the workers are busy. */
#define INLINE_SIZE 32768

enum slot_state {
	SLOT_FREE,
	SLOT_READY, /* to be hashed by whoever takes it first */
	SLOT_TAKEN,
	SLOT_DONE,
};

struct slot {
	struct pool_item item;
	_Atomic int state;
};

struct worker {
	struct pool *pool;
	struct hasher *hasher;
	char *block;
	pthread_t thread;
	bool started;
};

/*
 * Items head..tail-1 are in the ring. Those before `published` may be taken by workers, those
 * before `next` have been. head and tail belong to the caller's thread. Waking a thread costs more
 * than hashing a small file, so items are published in batches, and a worker wakes the caller only
 * for the item that it waits for.
 */
struct pool {
	struct slot slots[POOL_SLOTS];
	size_t head, tail;
	size_t next, published; /* under the mutex */
	bool stop;
	unsigned idle; /* workers that wait for work */
	_Atomic(struct slot *) awaited;
	_Atomic uint64_t bytes;
	pthread_mutex_t mutex;
	pthread_cond_t work;
	pthread_cond_t done;
	struct worker workers[WORKERS_MAX + 1]; /* the last is the caller */
	unsigned n_workers;
	struct worker *caller;
};

void pool_item_done(struct pool_item *item)
{
	walk_item_done(&item->item);
	*item = (struct pool_item){.item.fd = -EBADF};
}

static void set_problem(struct walk_item *item, enum problem problem, int error)
{
	item->problem = problem;
	item->error = error;
}

static int hash_content(struct worker *worker, struct pool_item *item, uint64_t *ret_size)
{
	uint64_t limit = item->prefix, size = 0;
	int r;

	r = hasher_begin(worker->hasher);
	while (r == 0 && size < limit) {
		size_t want = limit - size < BLOCK_SIZE ? (size_t)(limit - size) : BLOCK_SIZE;
		ssize_t n = read(item->item.fd, worker->block, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (uint64_t)n;
		/* A file that grows without end must not hold the walk. */
		if (size > item->item.entry.size)
			return -EAGAIN;
		r = hasher_update(worker->hasher, worker->block, (size_t)n);
	}
	if (r == 0)
		r = hasher_finish(worker->hasher, &item->item.entry.digest);
	*ret_size = size;
	return r;
}

static bool time_is_equal(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* Whether the file is still what it was when it was opened. */
static bool is_unchanged(const struct pool_item *pool_item)
{
	const struct walk_item *item = &pool_item->item;
	struct stat st;

	if (fstat(item->fd, &st) < 0)
		return false;
	/* Of a file that may grow only the beginning is looked at. */
	if (pool_item->prefix != UINT64_MAX)
		return st.st_size >= item->st.st_size;
	return st.st_size == item->st.st_size && time_is_equal(&st.st_mtim, &item->st.st_mtim) &&
	       time_is_equal(&st.st_ctim, &item->st.st_ctim);
}

static void worker_hash(struct worker *worker, struct pool_item *item)
{
	uint64_t size = 0;
	int r = hash_content(worker, item, &size);

	if (r == -EAGAIN)
		set_problem(&item->item, PROBLEM_CHANGED, 0);
	else if (r < 0)
		set_problem(&item->item, PROBLEM_UNREADABLE, r);
	else if (!is_unchanged(item))
		set_problem(&item->item, PROBLEM_CHANGED, 0);
	else
		item->item.entry.has |= ENTRY_HAS_DIGEST;
	atomic_fetch_add_explicit(&worker->pool->bytes, size, memory_order_relaxed);
	close_p(&item->item.fd);
	item->item.fd = -EBADF;
}

static void worker_finish(struct worker *worker, struct slot *slot)
{
	struct pool *pool = worker->pool;

	worker_hash(worker, &slot->item);
	atomic_store(&slot->state, SLOT_DONE);
	if (atomic_load(&pool->awaited) != slot)
		return;
	(void)pthread_mutex_lock(&pool->mutex);
	(void)pthread_cond_signal(&pool->done);
	(void)pthread_mutex_unlock(&pool->mutex);
}

/* Waits for work and takes some of it; 0 when the pool ends. */
static size_t worker_take(struct pool *pool, size_t *ret_first)
{
	size_t count = 0;

	(void)pthread_mutex_lock(&pool->mutex);
	pool->idle++;
	while (!pool->stop && pool->next == pool->published)
		(void)pthread_cond_wait(&pool->work, &pool->mutex);
	pool->idle--;
	if (!pool->stop) {
		/* A share of what is there, so that the last files keep all workers busy. */
		count = (pool->published - pool->next + pool->n_workers) / (pool->n_workers + 1);
		if (count > BATCH)
			count = BATCH;
		*ret_first = pool->next;
		pool->next += count;
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return count;
}

/*
 * Only one thread gets it. A worker that is late may find a newer item in the slot than the one
 * that it came for; that one is as good.
 */
static bool slot_take(struct slot *slot)
{
	int ready = SLOT_READY;

	return atomic_compare_exchange_strong(&slot->state, &ready, SLOT_TAKEN);
}

static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	size_t first, count;

	while ((count = worker_take(worker->pool, &first)) > 0)
		for (size_t i = first; i < first + count; i++) {
			struct slot *slot = &worker->pool->slots[i % POOL_SLOTS];

			if (slot_take(slot))
				worker_finish(worker, slot);
		}
	return NULL;
}

static unsigned count_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

static int worker_init(struct pool *pool, struct worker *worker, const struct hasher *hasher)
{
	worker->pool = pool;
	worker->block = malloc(BLOCK_SIZE);
	return worker->block ? hasher_clone(hasher, &worker->hasher) : -ENOMEM;
}

static int worker_start(struct pool *pool, const struct hasher *hasher)
{
	struct worker *worker = &pool->workers[pool->n_workers];
	int r;

	r = worker_init(pool, worker, hasher);
	if (r == 0)
		r = -pthread_create(&worker->thread, NULL, worker_run, worker);
	worker->started = r == 0;
	if (worker->started)
		pool->n_workers++;
	return r;
}

int pool_new(unsigned workers, struct pool **ret, struct error *error)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	_cleanup_(pool_free_p) struct pool *pool = calloc(1, sizeof(*pool));
	int r;

	if (!pool)
		return -ENOMEM;
	(void)pthread_mutex_init(&pool->mutex, NULL);
	(void)pthread_cond_init(&pool->work, NULL);
	(void)pthread_cond_init(&pool->done, NULL);
	for (size_t i = 0; i < POOL_SLOTS; i++)
		pool->slots[i].item.item.fd = -EBADF;

	r = hasher_new(&hasher);
	if (r < 0)
		return error_set(error, r, "SHA-256 is not available in OpenSSL");
	if (workers == 0)
		workers = count_processors();
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	pool->caller = &pool->workers[WORKERS_MAX];
	r = worker_init(pool, pool->caller, hasher);
	while (r == 0 && pool->n_workers < workers)
		r = worker_start(pool, hasher);
	if (r < 0)
		return error_set(error, r, "hash workers cannot be started: %s", strerror(-r));
	*ret = TAKE_PTR(pool);
	return 0;
}

bool pool_is_full(const struct pool *pool)
{
	return pool->tail - pool->head == POOL_SLOTS;
}

bool pool_is_low(const struct pool *pool)
{
	return pool->tail - pool->head <= POOL_SLOTS / 2;
}

bool pool_is_empty(const struct pool *pool)
{
	return pool->tail == pool->head;
}

static void publish(struct pool *pool)
{
	(void)pthread_mutex_lock(&pool->mutex);
	pool->published = pool->tail;
	if (pool->idle > 0)
		(void)pthread_cond_broadcast(&pool->work);
	(void)pthread_mutex_unlock(&pool->mutex);
}

/* Whether the caller had better hash the file than hand it over: it is small, and others are busy.
 */
static bool is_inline(struct pool *pool, const struct pool_item *item)
{
	bool busy;

	if (item->item.entry.size > INLINE_SIZE)
		return false;
	(void)pthread_mutex_lock(&pool->mutex);
	busy = pool->published - pool->next >= BATCH;
	(void)pthread_mutex_unlock(&pool->mutex);
	return busy;
}

void pool_put(struct pool *pool, struct pool_item *item)
{
	struct slot *slot = &pool->slots[pool->tail % POOL_SLOTS];
	bool done = !item->hash;

	if (!done && is_inline(pool, item)) {
		worker_hash(pool->caller, item);
		done = true;
	}
	slot->item = *item;
	atomic_store(&slot->state, done ? SLOT_DONE : SLOT_READY);
	pool->tail++;
	*item = (struct pool_item){.item.fd = -EBADF};
	if (pool->tail % BATCH == 0)
		publish(pool);
}

/* Sleeps until a worker has finished the oldest item. */
static void await(struct pool *pool, struct slot *slot)
{
	(void)pthread_mutex_lock(&pool->mutex);
	atomic_store(&pool->awaited, slot);
	while (atomic_load(&slot->state) != SLOT_DONE)
		(void)pthread_cond_wait(&pool->done, &pool->mutex);
	atomic_store(&pool->awaited, NULL);
	(void)pthread_mutex_unlock(&pool->mutex);
}

void pool_get(struct pool *pool, struct pool_item *ret)
{
	struct slot *slot = &pool->slots[pool->head % POOL_SLOTS];

	/* Better to do what nobody has begun than to sleep until it is done. */
	if (slot_take(slot))
		worker_finish(pool->caller, slot);
	else if (atomic_load(&slot->state) != SLOT_DONE)
		await(pool, slot);
	*ret = slot->item;
	slot->item = (struct pool_item){.item.fd = -EBADF};
	atomic_store(&slot->state, SLOT_FREE);
	pool->head++;
}

uint64_t pool_get_bytes(const struct pool *pool)
{
	return atomic_load_explicit(&pool->bytes, memory_order_relaxed);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	(void)pthread_mutex_lock(&pool->mutex);
	pool->stop = true;
	(void)pthread_cond_broadcast(&pool->work);
	(void)pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->n_workers; i++) {
		struct worker *worker = &pool->workers[i];

		if (worker->started)
			(void)pthread_join(worker->thread, NULL);
		hasher_free(worker->hasher);
		free(worker->block);
	}
	if (pool->caller) {
		hasher_free(pool->caller->hasher);
		free(pool->caller->block);
	}
	for (; pool->head < pool->tail; pool->head++)
		pool_item_done(&pool->slots[pool->head % POOL_SLOTS].item);
	(void)pthread_mutex_destroy(&pool->mutex);
	(void)pthread_cond_destroy(&pool->work);
	(void)pthread_cond_destroy(&pool->done);
	free(pool);
}
