/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

struct writer {
	struct db *db;
	struct writer_limits limits;
	pthread_t thread;
	bool started;

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t more;
	struct job *first;
	struct job **last;
	size_t n_jobs;
	size_t n_bytes;
	bool stopping;
	struct writer_figures figures;
};

static int64_t now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Waits for the first job, then for the window's end or a full batch. */
static void wait_for_batch(struct writer *writer)
{
	struct timespec end;

	while (!writer->first && !writer->stopping)
		(void)pthread_cond_wait(&writer->more, &writer->mutex);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += WRITER_WINDOW_US * 1000L;
	if (end.tv_nsec >= 1000000000L) {
		end.tv_nsec -= 1000000000L;
		end.tv_sec++;
	}
	while (!writer->stopping && writer->n_jobs < WRITER_BATCH)
		if (pthread_cond_timedwait(&writer->more, &writer->mutex, &end) == ETIMEDOUT)
			break;
}

/* NULL: nothing left and the end has come. */
static struct job *take_batch(struct writer *writer)
{
	struct job *batch;
	struct job **end = &batch;

	(void)pthread_mutex_lock(&writer->mutex);
	wait_for_batch(writer);
	batch = writer->first;
	for (size_t n = 0; n < WRITER_BATCH && *end; n++) {
		writer->n_jobs--;
		writer->n_bytes -= (*end)->weight;
		end = &(*end)->next;
	}
	writer->first = *end;
	if (!writer->first)
		writer->last = &writer->first;
	*end = NULL;
	(void)pthread_mutex_unlock(&writer->mutex);
	return batch;
}

/* Trouble of the disk or the database, after which no job of the transaction can be trusted. */
static bool is_trouble(int r)
{
	return r == -ENOSPC || r == -EIO || r == -EUCLEAN || r == -EAGAIN || r == -EROFS;
}

static int run_job(struct db *db, struct job *job)
{
	int r = db_run(db, "SAVEPOINT job", DB_NO_VALUES, NULL);

	if (r < 0)
		return r;
	job->result = job->run(job, db);
	if (is_trouble(job->result))
		return job->result;
	if (job->result < 0)
		r = db_run(db, "ROLLBACK TO job", DB_NO_VALUES, NULL);
	if (r >= 0)
		r = db_run(db, "RELEASE job", DB_NO_VALUES, NULL);
	return r;
}

static int run_all(struct db *db, struct job *batch)
{
	int r = db_run(db, "BEGIN IMMEDIATE", DB_NO_VALUES, NULL);

	for (struct job *job = batch; job && r >= 0; job = job->next)
		r = run_job(db, job);
	if (r >= 0)
		r = db_run(db, "COMMIT", DB_NO_VALUES, NULL);
	if (r < 0)
		db_rollback(db);
	return r;
}

static void run_batch(struct writer *writer, struct job *batch)
{
	int64_t start = now_us();
	int r = run_all(writer->db, batch);

	(void)pthread_mutex_lock(&writer->mutex);
	if (r < 0)
		writer->figures.failures++;
	else
		writer->figures.commits++;
	writer->figures.commit_us += (uint64_t)(now_us() - start);
	(void)pthread_mutex_unlock(&writer->mutex);

	while (batch) {
		struct job *job = batch;

		batch = job->next;
		if (r < 0)
			job->result = r;
		job->done(job);
	}
}

static void *writer_main(void *data)
{
	struct writer *writer = data;
	struct job *batch;

	while ((batch = take_batch(writer)))
		run_batch(writer, batch);
	return NULL;
}

static int init_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int r = pthread_condattr_init(&attributes);

	if (r == 0)
		r = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (r == 0)
		r = pthread_cond_init(condition, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	return -r;
}

int writer_new(struct db *db, struct writer_limits limits, struct writer **ret, struct error *error)
{
	struct writer *writer = calloc(1, sizeof(*writer));
	int r;

	if (!writer)
		return -ENOMEM;
	writer->db = db;
	writer->limits = limits;
	writer->last = &writer->first;
	(void)pthread_mutex_init(&writer->mutex, NULL);
	r = init_condition(&writer->more);
	if (r >= 0)
		r = -pthread_create(&writer->thread, NULL, writer_main, writer);
	if (r < 0) {
		free(writer);
		return error_set(error, r, "cannot start the thread that writes: %s", strerror(-r));
	}
	writer->started = true;
	*ret = writer;
	return 0;
}

int writer_submit(struct writer *writer, struct job *job)
{
	int r = 0;

	(void)pthread_mutex_lock(&writer->mutex);
	if (writer->stopping) {
		r = -ESHUTDOWN;
	} else if (writer->n_jobs >= writer->limits.jobs ||
		   writer->n_bytes + job->weight > writer->limits.bytes) {
		r = -EAGAIN;
	} else {
		job->next = NULL;
		*writer->last = job;
		writer->last = &job->next;
		writer->n_jobs++;
		writer->n_bytes += job->weight;
		(void)pthread_cond_signal(&writer->more);
	}
	(void)pthread_mutex_unlock(&writer->mutex);
	return r;
}

void writer_stop(struct writer *writer)
{
	if (!writer->started)
		return;
	(void)pthread_mutex_lock(&writer->mutex);
	writer->stopping = true;
	(void)pthread_cond_signal(&writer->more);
	(void)pthread_mutex_unlock(&writer->mutex);
	(void)pthread_join(writer->thread, NULL);
	writer->started = false;
}

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	writer_stop(writer);
	(void)pthread_cond_destroy(&writer->more);
	(void)pthread_mutex_destroy(&writer->mutex);
	free(writer);
}

void writer_get_figures(struct writer *writer, struct writer_figures *ret)
{
	(void)pthread_mutex_lock(&writer->mutex);
	*ret = writer->figures;
	ret->waiting = writer->n_jobs;
	(void)pthread_mutex_unlock(&writer->mutex);
}
