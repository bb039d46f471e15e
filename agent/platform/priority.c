/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/priority.h"

#include "log.h"

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc has no functions for these. */
static int io_get(void)
{
	return (int)syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);
}

static int io_set(int priority)
{
	return (int)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, priority);
}

void priority_lower(struct priority *saved)
{
	const struct sched_param none = {};

	*saved = (struct priority){.policy = sched_getscheduler(0), .io = io_get()};
	/* A real-time or deadline policy is somebody's decision. */
	if (saved->policy != SCHED_OTHER && saved->policy != SCHED_BATCH)
		return;
	saved->lowered = sched_setscheduler(0, SCHED_IDLE, &none) == 0;
	if (io_set(IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) < 0)
		log_debug("the disk's idle class is refused: %m");
}

void priority_restore(const struct priority *saved)
{
	const struct sched_param none = {};

	if (!saved->lowered)
		return;
	if (sched_setscheduler(0, saved->policy, &none) < 0 ||
	    (saved->io >= 0 && io_set(saved->io) < 0))
		log_debug("the former priority is refused: %m");
}
