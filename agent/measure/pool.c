/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/pool.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#define BLOCK_SIZE  65536 /* larger blocks were measured to gain nothing */
#define WORKERS_MAX 64

struct slot {
	struct pool_item item;
	bool done;
};

struct worker {
	struct pool *pool;
	struct hasher *hasher;
	char *block;
	pthread_t thread;
	bool started;
};

/* Items head..tail-1 are in the ring; next is the first that no worker has taken. */
struct pool {
	struct slot slots[POOL_SLOTS];
	size_t head, next, tail;
	bool stop;
	_Atomic uint64_t bytes;
	pthread_mutex_t mutex;
	pthread_cond_t work;
	pthread_cond_t done;
	struct worker workers[WORKERS_MAX];
	unsigned n_workers;
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

static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	struct pool *pool = worker->pool;

	(void)pthread_mutex_lock(&pool->mutex);
	for (;;) {
		struct slot *slot;

		while (!pool->stop && pool->next == pool->tail)
			(void)pthread_cond_wait(&pool->work, &pool->mutex);
		if (pool->stop)
			break;
		slot = &pool->slots[pool->next++ % POOL_SLOTS];
		if (!slot->item.hash)
			continue;
		(void)pthread_mutex_unlock(&pool->mutex);
		worker_hash(worker, &slot->item);
		(void)pthread_mutex_lock(&pool->mutex);
		slot->done = true;
		(void)pthread_cond_signal(&pool->done);
	}
	(void)pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

static unsigned count_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

static int worker_start(struct pool *pool, const struct hasher *hasher)
{
	struct worker *worker = &pool->workers[pool->n_workers];
	int r;

	worker->pool = pool;
	pool->n_workers++;
	worker->block = malloc(BLOCK_SIZE);
	if (!worker->block)
		return -ENOMEM;
	r = hasher_clone(hasher, &worker->hasher);
	if (r < 0)
		return r;
	r = pthread_create(&worker->thread, NULL, worker_run, worker);
	worker->started = r == 0;
	return -r;
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

bool pool_is_empty(const struct pool *pool)
{
	return pool->tail == pool->head;
}

void pool_put(struct pool *pool, struct pool_item *item)
{
	struct slot *slot = &pool->slots[pool->tail % POOL_SLOTS];

	(void)pthread_mutex_lock(&pool->mutex);
	slot->item = *item;
	slot->done = !item->hash;
	pool->tail++;
	if (item->hash)
		(void)pthread_cond_signal(&pool->work);
	(void)pthread_mutex_unlock(&pool->mutex);
	*item = (struct pool_item){.item.fd = -EBADF};
}

void pool_get(struct pool *pool, struct pool_item *ret)
{
	struct slot *slot = &pool->slots[pool->head % POOL_SLOTS];

	(void)pthread_mutex_lock(&pool->mutex);
	while (!slot->done)
		(void)pthread_cond_wait(&pool->done, &pool->mutex);
	/* Workers skip over items without work only when they come by. */
	if (pool->next == pool->head)
		pool->next++;
	*ret = slot->item;
	slot->item = (struct pool_item){.item.fd = -EBADF};
	pool->head++;
	(void)pthread_mutex_unlock(&pool->mutex);
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
	for (; pool->head < pool->tail; pool->head++)
		pool_item_done(&pool->slots[pool->head % POOL_SLOTS].item);
	(void)pthread_mutex_destroy(&pool->mutex);
	(void)pthread_cond_destroy(&pool->work);
	(void)pthread_cond_destroy(&pool->done);
	free(pool);
}
