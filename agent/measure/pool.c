/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/pool.h"

#include "measure/content.h"
#include "measure/processors.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define WORKERS_MAX 64

#define BATCH 32 /* items that change hands at once; files that are asked for together */

/* Files up to this size are hashed by the caller while the workers are busy. */
#define INLINE_SIZE 32768

/* How long one read may still take after the deadline before it is left to itself. */
#define GRACE_MS 1000

enum task_state {
	TASK_FREE,
	TASK_READY, /* to be hashed by whoever takes it first */
	TASK_TAKEN,
	TASK_DONE,
	TASK_ABANDONED, /* still with a worker that nobody waits for any more */
};

struct task {
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

#define TASKS (POOL_SLOTS + POOL_ASIDE_MAX + WORKERS_MAX)

/*
 * Items head..tail-1 are in the ring. Those before `published` may be taken by workers, those
 * before `next` have been. head and tail belong to the caller's thread. Waking a thread costs more
 * than hashing a small file, so items are published in batches, and a worker wakes the caller only
 * for the item that it waits for.
 */
struct pool {
	_Atomic(struct task *) ring[POOL_SLOTS];
	struct task tasks[TASKS];
	struct task *spare[TASKS]; /* the caller's: tasks that hold nothing */
	size_t n_spare;
	size_t head, tail;
	size_t next, published; /* under the mutex */
	bool stop;
	unsigned idle; /* workers that wait for work */
	_Atomic(struct task *) awaited;
	atomic_bool cancel;
	atomic_uint cold; /* so many of the next files are probably not in the page cache */
	uint64_t deadline_ms;
	_Atomic uint64_t bytes;
	_Atomic uint64_t hashed;
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
	entry_done(&item->expected);
	*item = (struct pool_item){.item.fd = -EBADF};
}

static void set_problem(struct walk_item *item, enum problem problem, int error)
{
	item->problem = problem;
	item->error = error;
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
	const struct content content = {
		.fd = item->item.fd,
		.st = &item->item.st,
		.limit = item->prefix,
		.cancel = &worker->pool->cancel,
		.cold = &worker->pool->cold,
	};
	uint64_t size = 0;
	int r = content_hash(&content, worker->hasher, worker->block, &item->item.entry.digest,
			     &size);

	if (r == -ECANCELED)
		set_problem(&item->item, PROBLEM_TIME, 0);
	else if (r < 0 && r != -EAGAIN)
		set_problem(&item->item, PROBLEM_UNREADABLE, r);
	else if (r == -EAGAIN || !is_unchanged(item))
		set_problem(&item->item, PROBLEM_CHANGED, 0);
	else
		item->item.entry.has |= ENTRY_HAS_DIGEST;
	(void)atomic_fetch_add_explicit(&worker->pool->bytes, size, memory_order_relaxed);
	if (item->item.problem != PROBLEM_TIME)
		(void)atomic_fetch_add_explicit(&worker->pool->hashed, 1, memory_order_relaxed);
	close_p(&item->item.fd);
	item->item.fd = -EBADF;
}

static void worker_finish(struct worker *worker, struct task *task)
{
	struct pool *pool = worker->pool;
	int taken = TASK_TAKEN;

	worker_hash(worker, &task->item);
	if (!atomic_compare_exchange_strong(&task->state, &taken, TASK_DONE))
		return;
	if (atomic_load(&pool->awaited) != task)
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
 * Only one thread gets it. A worker that is late may find a newer task in the slot than the one
 * that it came for; that one is as good.
 */
static bool task_take(struct task *task)
{
	int ready = TASK_READY;

	return task && atomic_compare_exchange_strong(&task->state, &ready, TASK_TAKEN);
}

/* Whether files probably come from the disk; counts some of them off. */
static bool is_cold(struct pool *pool, unsigned files)
{
	unsigned cold = atomic_load_explicit(&pool->cold, memory_order_relaxed);

	if (cold == 0)
		return false;
	atomic_store_explicit(&pool->cold, cold > files ? cold - files : 0, memory_order_relaxed);
	return true;
}

/* Hashes a batch. Files on the disk are all asked for before the first one is waited for. */
static void worker_work(struct worker *worker, size_t first, size_t count)
{
	bool cold = is_cold(worker->pool, (unsigned)count);
	struct task *taken[BATCH];
	size_t n_taken = 0;

	for (size_t i = first; i < first + count; i++) {
		struct task *task = atomic_load(&worker->pool->ring[i % POOL_SLOTS]);

		if (!task_take(task))
			continue;
		if (cold) {
			content_expect(task->item.item.fd, task->item.item.entry.size);
			taken[n_taken++] = task;
		} else {
			worker_finish(worker, task);
		}
	}
	for (size_t i = 0; i < n_taken; i++)
		worker_finish(worker, taken[i]);
}

static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	size_t first, count;

	while ((count = worker_take(worker->pool, &first)) > 0)
		worker_work(worker, first, count);
	return NULL;
}

static int worker_init(struct pool *pool, struct worker *worker, const struct hasher *hasher)
{
	worker->pool = pool;
	worker->block = malloc(CONTENT_BLOCK_SIZE);
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

static struct pool *pool_alloc(uint64_t deadline_ms)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	pthread_condattr_t monotonic;

	if (!pool)
		return NULL;
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&pool->mutex, NULL);
	(void)pthread_cond_init(&pool->work, NULL);
	(void)pthread_cond_init(&pool->done, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	for (size_t i = 0; i < TASKS; i++) {
		pool->tasks[i].item.item.fd = -EBADF;
		pool->spare[pool->n_spare++] = &pool->tasks[i];
	}
	pool->deadline_ms = deadline_ms;
	pool->caller = &pool->workers[WORKERS_MAX];
	return pool;
}

int pool_new(const struct pool_options *options, struct pool **ret, struct error *error)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	_cleanup_(pool_free_p) struct pool *pool = pool_alloc(options->deadline_ms);
	unsigned workers = options->workers ? options->workers : processors_count();
	int r;

	if (!pool)
		return -ENOMEM;
	r = hasher_new_of(options->algorithm, &hasher);
	if (r < 0)
		return error_set(error, r, "%s is not available in OpenSSL",
				 options->algorithm == DIGEST_MD5 ? "MD5" : "SHA-256");
	if (workers > WORKERS_MAX)
		workers = WORKERS_MAX;
	r = worker_init(pool, pool->caller, hasher);
	if (r < 0)
		return r;
	while (r == 0 && pool->n_workers < workers)
		r = worker_start(pool, hasher);
	/* Fewer than wanted are slower and no less right, and the caller reads too; but not where
	 * it must be able to stop waiting. */
	if (pool->n_workers == 0 && pool->deadline_ms)
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

	/* With a deadline the caller never reads: it must be able to stop waiting. */
	if (item->item.entry.size > INLINE_SIZE || pool->deadline_ms)
		return false;
	/* Nor where it would wait for the disk instead of finding more to ask for. */
	if (atomic_load_explicit(&pool->cold, memory_order_relaxed) > 0)
		return false;
	(void)pthread_mutex_lock(&pool->mutex);
	busy = pool->published - pool->next >= BATCH;
	(void)pthread_mutex_unlock(&pool->mutex);
	return busy;
}

static struct task *head_task(const struct pool *pool)
{
	return atomic_load(&pool->ring[pool->head % POOL_SLOTS]);
}

void pool_put(struct pool *pool, struct pool_item *item)
{
	struct task *task = pool->spare[--pool->n_spare];
	bool done = !item->hash;

	if (!done && is_inline(pool, item)) {
		worker_hash(pool->caller, item);
		done = true;
	}
	task->item = *item;
	atomic_store(&task->state, done ? TASK_DONE : TASK_READY);
	atomic_store(&pool->ring[pool->tail % POOL_SLOTS], task);
	pool->tail++;
	*item = (struct pool_item){.item.fd = -EBADF};
	if (pool->tail % BATCH == 0)
		publish(pool);
}

static struct timespec ms_to_timespec(uint64_t ms)
{
	return (struct timespec){.tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000) * 1000000};
}

/* Sleeps until `done` is signalled. At the deadline what is being read is given up; -ETIME when
 * that takes longer than it may. Under the mutex. */
static int sleep_for_done(struct pool *pool)
{
	struct timespec until;

	if (!pool->deadline_ms) {
		(void)pthread_cond_wait(&pool->done, &pool->mutex);
		return 0;
	}
	until = ms_to_timespec(pool->deadline_ms + (atomic_load(&pool->cancel) ? GRACE_MS : 0));
	if (pthread_cond_timedwait(&pool->done, &pool->mutex, &until) == 0)
		return 0;
	if (atomic_load(&pool->cancel))
		return -ETIME;
	pool_cancel(pool);
	return 0;
}

/* Sleeps until a worker has finished the task. */
static int await(struct pool *pool, struct task *task)
{
	int r = 0;

	(void)pthread_mutex_lock(&pool->mutex);
	atomic_store(&pool->awaited, task);
	while (r == 0 && atomic_load(&task->state) != TASK_DONE)
		r = sleep_for_done(pool);
	atomic_store(&pool->awaited, NULL);
	(void)pthread_mutex_unlock(&pool->mutex);
	return r;
}

/* A copy without content of what a worker does not give back. */
static int abandon(struct task *task, struct pool_item *ret)
{
	const struct walk_item *from = &task->item.item;
	struct walk_item *item = &ret->item;

	*ret = (struct pool_item){.rule = task->item.rule, .prefix = task->item.prefix};
	ret->expected = task->item.expected;
	task->item.expected = (struct entry){};
	ret->has_expected = task->item.has_expected;
	*item = (struct walk_item){.fd = -EBADF, .st = from->st, .problem = PROBLEM_TIME};
	item->entry = (struct entry){
		.type = from->entry.type,
		.has = ENTRY_HAS_MODE | ENTRY_HAS_UID | ENTRY_HAS_GID | ENTRY_HAS_SIZE,
		.mode = from->entry.mode,
		.uid = from->entry.uid,
		.gid = from->entry.gid,
		.size = from->entry.size,
	};
	item->entry.path = strdup(from->entry.path);
	item->absolute = strdup(from->absolute);
	return item->entry.path && item->absolute ? 0 : -ENOMEM;
}

/* Does it, or waits for who does. */
static int finish(struct pool *pool, struct task *task)
{
	/* Better to do what nobody has begun than to sleep until it is done. */
	if (!pool->deadline_ms && task_take(task)) {
		worker_finish(pool->caller, task);
		return 0;
	}
	if (atomic_load(&task->state) == TASK_READY)
		publish(pool);
	return atomic_load(&task->state) == TASK_DONE ? 0 : await(pool, task);
}

int pool_finish(struct pool *pool, struct task *task, struct pool_item *ret)
{
	int taken = TASK_TAKEN, ready = TASK_READY;

	/* A worker that hangs has taken some that it did not begin. */
	if (finish(pool, task) == -ETIME &&
	    (atomic_compare_exchange_strong(&task->state, &taken, TASK_ABANDONED) ||
	     atomic_compare_exchange_strong(&task->state, &ready, TASK_ABANDONED)))
		return abandon(task, ret);
	*ret = task->item;
	task->item = (struct pool_item){.item.fd = -EBADF};
	atomic_store(&task->state, TASK_FREE);
	pool->spare[pool->n_spare++] = task;
	return 0;
}

struct task *pool_set_aside(struct pool *pool)
{
	struct task *task = head_task(pool);

	pool->head++;
	return task;
}

int pool_get(struct pool *pool, struct pool_item *ret)
{
	return pool_finish(pool, pool_set_aside(pool), ret);
}

bool pool_task_is_done(const struct task *task)
{
	return atomic_load(&task->state) == TASK_DONE;
}

bool pool_is_held_up(const struct pool *pool)
{
	const struct task *task = head_task(pool);

	return atomic_load(&task->state) == TASK_TAKEN && task->item.item.entry.size >= POOL_LARGE;
}

void pool_cancel(struct pool *pool)
{
	atomic_store(&pool->cancel, true);
}

uint64_t pool_get_bytes(const struct pool *pool)
{
	return atomic_load_explicit(&pool->bytes, memory_order_relaxed);
}

uint64_t pool_get_hashed(const struct pool *pool)
{
	return atomic_load_explicit(&pool->hashed, memory_order_relaxed);
}

/* Whether the thread has ended; one that hangs in a read is left to itself. */
static bool worker_join(const struct worker *worker, const struct timespec *until)
{
	if (!worker->pool->deadline_ms)
		return pthread_join(worker->thread, NULL) == 0;
	return pthread_clockjoin_np(worker->thread, NULL, CLOCK_MONOTONIC, until) == 0;
}

static void worker_done(struct worker *worker)
{
	hasher_free(worker->hasher);
	free(worker->block);
}

/* Ends the threads; false when one does not end. */
static bool stop_workers(struct pool *pool)
{
	struct timespec until;
	bool ended = true;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += GRACE_MS / 1000;
	(void)pthread_mutex_lock(&pool->mutex);
	pool->stop = true;
	(void)pthread_cond_broadcast(&pool->work);
	(void)pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i < pool->n_workers; i++)
		ended &= worker_join(&pool->workers[i], &until);
	return ended;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	/* What a hanging thread may still touch is never freed. */
	if (!stop_workers(pool))
		return;
	for (unsigned i = 0; i < WORKERS_MAX + 1; i++)
		worker_done(&pool->workers[i]);
	for (size_t i = 0; i < TASKS; i++)
		pool_item_done(&pool->tasks[i].item);
	(void)pthread_mutex_destroy(&pool->mutex);
	(void)pthread_cond_destroy(&pool->work);
	(void)pthread_cond_destroy(&pool->done);
	free(pool);
}
