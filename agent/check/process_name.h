/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a process bears a name that is not its program's. */
#pragma once

#include "check/live.h"

enum disguise {
	DISGUISE_NONE = 0,
	DISGUISE_KERNEL,  /* named as a kernel thread is, and runs a program */
	DISGUISE_PROGRAM, /* named as another program of this system */
	DISGUISE_RENAMED, /* named as no program is: a script that hides its own name */
};

/* Whether a name is one of the kernel's threads, or in brackets as ps(1) shows them. */
bool name_is_kernel_thread(const char *name);
/* Names are easily changed for good reasons, so those of daemons that tell their state count as
 * theirs ("sshd: user"). */
enum disguise process_find_disguise(struct live *live, const struct process *process);
/*
 * Whether the process belongs to a unit whose file something vouches for. Those that run what the
 * instance's user-data says are left out.
 */
bool process_is_in_vouched_unit(struct live *live, const struct process *process);
/* The name of the unit in the text of /proc/PID/cgroup, in a new string; NULL: none. */
char *cgroup_find_service(const char *text);
