/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "options.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* One output of the child, on its way to ours. */
struct relay {
	int from;
	int to;
};

enum { RELAY_OUT, RELAY_ERR, _RELAY_MAX };

/* How long the child's last words may take to come after its status. */
#define DRAIN_MS 100

struct channel {
	int fds[2]; /* read, write */
};

/* What the child writes: its outputs, and at the end its exit status. It may never get further than
 * that: exiting waits for threads that wait for the disk. */
struct channels {
	struct channel out, err, status;
};

static void channel_close(struct channel *channel, int end)
{
	close_p(&channel->fds[end]);
	channel->fds[end] = -EBADF;
}

static void channels_close(struct channels *channels, int end)
{
	channel_close(&channels->out, end);
	channel_close(&channels->err, end);
	channel_close(&channels->status, end);
}

static void channels_done(struct channels *channels)
{
	channels_close(channels, 0);
	channels_close(channels, 1);
}

static int channels_open(struct channels *channels)
{
	if (pipe2(channels->out.fds, O_CLOEXEC) < 0 || pipe2(channels->err.fds, O_CLOEXEC) < 0 ||
	    pipe2(channels->status.fds, O_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static int child_run(struct channels *channels, pid_t parent, int (*run)(void *data), void *data)
{
	unsigned char status;

	/* What the parent would not survive the child need not either. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		return EXIT_UNCHECKED;
	if (dup2(channels->out.fds[1], STDOUT_FILENO) < 0 ||
	    dup2(channels->err.fds[1], STDERR_FILENO) < 0)
		return EXIT_UNCHECKED;
	channels_close(channels, 0);
	status = (unsigned char)run(data);
	if (fflush(NULL) != 0)
		status = EXIT_UNCHECKED;
	return write(channels->status.fds[1], &status, 1) == 1 ? status : EXIT_UNCHECKED;
}

static bool write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			data += n;
			size -= (size_t)n;
		}
	}
	return true;
}

/* Hands on what is there. False when the output has ended, or ours takes no more. */
static bool relay_some(const struct relay *relay)
{
	char block[16384];
	ssize_t n = read(relay->from, block, sizeof(block));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	return n > 0 && write_all(relay->to, block, (size_t)n);
}

static int wait_ms(uint64_t end_ms)
{
	uint64_t now = clock_monotonic_ms();

	if (now >= end_ms)
		return 0;
	return end_ms - now < INT_MAX ? (int)(end_ms - now) : INT_MAX;
}

/* Hands on what has come. An output that has ended is not asked again. */
static void relay_ready(struct pollfd fds[_RELAY_MAX], const struct relay relays[_RELAY_MAX])
{
	for (size_t i = 0; i < _RELAY_MAX; i++)
		if (fds[i].revents && !relay_some(&relays[i]))
			fds[i].fd = -1;
}

/* The last words: what is in the pipes when the status has come. */
static void drain(struct pollfd fds[_RELAY_MAX], const struct relay relays[_RELAY_MAX])
{
	uint64_t end_ms = clock_monotonic_ms() + DRAIN_MS;

	while ((fds[RELAY_OUT].fd >= 0 || fds[RELAY_ERR].fd >= 0) &&
	       poll(fds, _RELAY_MAX, wait_ms(end_ms)) > 0)
		relay_ready(fds, relays);
}

/* Until the status comes. */
static int wait_for_status(const struct channels *channels, uint64_t end_ms)
{
	const struct relay relays[_RELAY_MAX] = {
		[RELAY_OUT] = {.from = channels->out.fds[0], .to = STDOUT_FILENO},
		[RELAY_ERR] = {.from = channels->err.fds[0], .to = STDERR_FILENO},
	};
	struct pollfd fds[_RELAY_MAX + 1] = {
		[RELAY_OUT] = {.fd = channels->out.fds[0], .events = POLLIN},
		[RELAY_ERR] = {.fd = channels->err.fds[0], .events = POLLIN},
		[_RELAY_MAX] = {.fd = channels->status.fds[0], .events = POLLIN},
	};
	unsigned char status;
	int n;

	while (!fds[_RELAY_MAX].revents) {
		n = poll(fds, ELEMENTS(fds), wait_ms(end_ms));
		if (n == 0)
			return -ETIME;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			relay_ready(fds, relays);
	}
	n = (int)read(channels->status.fds[0], &status, 1);
	drain(fds, relays);
	if (n == 1)
		return status;
	return log_error_errno(-ECHILD, "the examination was ended before its end: nothing was "
					"checked");
}

/* Reaps the child when it has ended; one that cannot end is left to itself. */
static int parent_run(pid_t child, const struct channels *channels, uint64_t end_ms)
{
	int r = wait_for_status(channels, end_ms);

	if (r == -ETIME)
		log_error("the deadline is long past and the disk does not answer: nothing was "
			  "checked");
	if (r < 0)
		(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, WNOHANG);
	return r;
}

int supervise(uint64_t end_ms, int (*run)(void *data), void *data)
{
	_cleanup_(channels_done) struct channels channels = {
		.out = {{-EBADF, -EBADF}},
		.err = {{-EBADF, -EBADF}},
		.status = {{-EBADF, -EBADF}},
	};
	pid_t parent = getpid(), child;
	int r;

	(void)fflush(NULL);
	r = channels_open(&channels);
	child = r < 0 ? -1 : fork();
	if (child < 0)
		return log_error_errno(r < 0 ? r : -errno, "a child process cannot be started: %m");
	if (child == 0)
		exit(child_run(&channels, parent, run, data));
	channels_close(&channels, 1);
	return parent_run(child, &channels, end_ms);
}
