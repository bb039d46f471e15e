/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last resort against a disk that does not answer. A process that waits for one in the kernel
 * can be neither woken nor killed, and nobody can wait for its end; so the work is done by a child
 * whose output goes through a pipe, and the parent can end without it.
 */
#pragma once

#include <stdint.h>

/*
 * Runs `run(data)` in a child, hands on what it writes, and returns what `run` did (0 to 255).
 * -ETIME when that has not ended at `end_ms` of the monotonic clock, -ECHILD when it ended
 * otherwise, with the reason told. To be called before threads are started.
 */
int supervise(uint64_t end_ms, int (*run)(void *data), void *data);
