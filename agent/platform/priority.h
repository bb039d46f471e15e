/* SPDX-License-Identifier: Apache-2.0 */
/* The calling thread's claim on processor and disk; threads that it starts inherit it. */
#pragma once

#include <stdbool.h>

struct priority {
	int policy;
	int io;
	bool lowered;
};

/*
 * Idle for processor (SCHED_IDLE, sched(7)) and disk (IOPRIO_CLASS_IDLE, ioprio_set(2)): others
 * that want them go first. Where the kernel refuses, nothing changes.
 */
void priority_lower(struct priority *saved);
void priority_restore(const struct priority *saved);
