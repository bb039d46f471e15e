/* SPDX-License-Identifier: Apache-2.0 */
#include "reaper.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define ROUND_NS 250000000L

struct watched {
	struct watched *next;
	struct watched **link; /* what points here */
	int fd;
	_Atomic int64_t deadline_ms; /* 0: none */
};

struct reaper {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t stop;
	bool stopping;
	struct watched *first;
	atomic_uint_fast64_t *reaped;
};

static int64_t monotonic_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* With the mutex held, so that no socket is closed (and its number given anew) meanwhile. */
static void reap(struct reaper *reaper)
{
	int64_t now = monotonic_ms();

	for (struct watched *watched = reaper->first; watched; watched = watched->next) {
		int64_t deadline = atomic_load(&watched->deadline_ms);

		if (deadline == 0 || now < deadline)
			continue;
		atomic_store(&watched->deadline_ms, 0);
		atomic_fetch_add(reaper->reaped, 1);
		/* It may be gone already. */
		(void)shutdown(watched->fd, SHUT_RDWR);
	}
}

static void *reaper_main(void *data)
{
	struct reaper *reaper = data;
	struct timespec until;

	(void)pthread_mutex_lock(&reaper->mutex);
	while (!reaper->stopping) {
		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += ROUND_NS;
		if (until.tv_nsec >= 1000000000L) {
			until.tv_nsec -= 1000000000L;
			until.tv_sec++;
		}
		(void)pthread_cond_timedwait(&reaper->stop, &reaper->mutex, &until);
		reap(reaper);
	}
	(void)pthread_mutex_unlock(&reaper->mutex);
	return NULL;
}

int reaper_new(atomic_uint_fast64_t *reaped, struct reaper **ret, struct error *error)
{
	struct reaper *reaper = calloc(1, sizeof(*reaper));
	int r;

	if (!reaper)
		return -ENOMEM;
	reaper->reaped = reaped;
	(void)pthread_mutex_init(&reaper->mutex, NULL);
	(void)pthread_cond_init(&reaper->stop, NULL);
	r = pthread_create(&reaper->thread, NULL, reaper_main, reaper);
	if (r != 0) {
		free(reaper);
		return error_set(error, -r, "cannot start the thread of deadlines: %s",
				 strerror(r));
	}
	*ret = reaper;
	return 0;
}

void reaper_free(struct reaper *reaper)
{
	if (!reaper)
		return;
	(void)pthread_mutex_lock(&reaper->mutex);
	reaper->stopping = true;
	(void)pthread_cond_signal(&reaper->stop);
	(void)pthread_mutex_unlock(&reaper->mutex);
	(void)pthread_join(reaper->thread, NULL);
	(void)pthread_cond_destroy(&reaper->stop);
	(void)pthread_mutex_destroy(&reaper->mutex);
	free(reaper);
}

int reaper_watch(struct reaper *reaper, int fd, int64_t seconds, struct watched **ret)
{
	struct watched *watched = calloc(1, sizeof(*watched));

	if (!watched)
		return -ENOMEM;
	watched->fd = fd;
	watched_allow(watched, seconds);
	(void)pthread_mutex_lock(&reaper->mutex);
	watched->next = reaper->first;
	watched->link = &reaper->first;
	if (watched->next)
		watched->next->link = &watched->next;
	reaper->first = watched;
	(void)pthread_mutex_unlock(&reaper->mutex);
	*ret = watched;
	return 0;
}

void reaper_forget(struct reaper *reaper, struct watched *watched)
{
	if (!watched)
		return;
	(void)pthread_mutex_lock(&reaper->mutex);
	*watched->link = watched->next;
	if (watched->next)
		watched->next->link = watched->link;
	(void)pthread_mutex_unlock(&reaper->mutex);
	free(watched);
}

void watched_allow(struct watched *watched, int64_t seconds)
{
	if (watched)
		atomic_store(&watched->deadline_ms, seconds ? monotonic_ms() + seconds * 1000 : 0);
}
