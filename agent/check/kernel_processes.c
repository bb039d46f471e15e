/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that exist and are not listed. */
#include "check/kernel.h"

#include <signal.h>
#include <string.h>

/* Numbers tried beyond the highest that was seen, and in all. */
#define PIDS_BEYOND 4096
#define PIDS_MAX    (1024 * 1024)
/* Suspicions are looked at twice with a pause, so there is an end to them. */
#define HIDDEN_MAX 16
#define PAUSE_MS   20

static bool exists(pid_t pid)
{
	return kill(pid, 0) == 0 || errno == EPERM;
}

/* "Tgid:" of /proc/PID/status: threads have numbers too, and are not listed. */
static pid_t read_group(const struct live *live, pid_t pid)
{
	_cleanup_close_ int dir_fd = proc_enter(live->proc_fd, pid);
	_cleanup_free_ char *text = NULL;
	const char *line;
	size_t size;

	if (dir_fd < 0 || proc_read(dir_fd, "status", 8192, &text, &size) < 0)
		return 0;
	line = strstr(text, "\nTgid:");
	return line ? (pid_t)strtol(line + strlen("\nTgid:"), NULL, 10) : 0;
}

static int is_listed(const struct live *live, pid_t pid)
{
	_cleanup_processes_ struct processes processes = {};
	int r = proc_list(live->proc_fd, live->context->deadline_ms, &processes);

	return r < 0 ? r : processes_find(&processes, pid) != NULL;
}

/* 1: hidden; 0: it is a thread, has ended, or has just begun. */
static int is_hidden(const struct live *live, pid_t pid)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	pid_t group;
	int r;

	for (int i = 0; i < 2; i++) {
		group = read_group(live, pid);
		if (!exists(pid) || (group != 0 && group != pid))
			return 0;
		r = is_listed(live, pid);
		if (r != 0)
			return r < 0 ? r : 0;
		(void)nanosleep(&pause, NULL);
	}
	/* It may have ended between the list and this. */
	return exists(pid);
}

static int take_hidden(struct live *live, pid_t pid)
{
	_cleanup_free_ char *program = NULL;
	_cleanup_close_ int dir_fd = proc_enter(live->proc_fd, pid);
	char path[32], title[64];

	(void)snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	(void)snprintf(title, sizeof(title), "Process %d is not listed", (int)pid);
	if (dir_fd < 0 || proc_read_link(dir_fd, "exe", &program) < 0)
		return kernel_take(live, "hidden.process", path, title, "its program is unknown");
	return kernel_take(live, "hidden.process", path, title, program);
}

static pid_t last_number(const struct live *live)
{
	const struct processes *processes = &live->processes;
	pid_t last = processes->count ? processes->items[processes->count - 1].pid : 0;

	return last + PIDS_BEYOND < PIDS_MAX ? last + PIDS_BEYOND : PIDS_MAX;
}

int kernel_check_processes(struct live *live, struct error *error)
{
	pid_t last = last_number(live);
	size_t found = 0;
	int r;

	/* What is beyond the limit of the list is not hidden. */
	if (live->processes.dropped > 0)
		return 0;
	for (pid_t pid = 1; pid <= last && found < HIDDEN_MAX; pid++) {
		if (!exists(pid) || processes_find(&live->processes, pid))
			continue;
		r = live_check_time(live, error);
		if (r == 0)
			r = is_hidden(live, pid);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		found++;
		r = take_hidden(live, pid);
		if (r < 0)
			return r;
	}
	return 0;
}
