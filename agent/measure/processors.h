/* SPDX-License-Identifier: Apache-2.0 */
/* How many processors this process may use. */
#pragma once

#define CGROUP_MOUNT "/sys/fs/cgroup" /* cgroups(7), version 2 */

/* At least 1: those of the affinity mask (sched_getaffinity(2)), and no more than the quota of the
 * control group lets run at a time. */
unsigned processors_count(void);

/*
 * What the cpu.max files (the kernel's Documentation/admin-guide/cgroup-v2.rst) of a group and of
 * those above it allow, rounded up; 0: no limit. `cgroup` is the text of /proc/self/cgroup.
 */
unsigned processors_of_cgroup(const char *mount, const char *cgroup);
