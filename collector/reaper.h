/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Total deadlines for connections. The HTTP library's own timeout is of inactivity, so a byte every
 * few seconds holds a connection for ever; here one that has not got its request across in time is
 * shut down, wherever it stands (TLS handshake, headers, body, answer).
 */
#pragma once

#include "error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct reaper;

struct watched; /* one connection */

/* `reaped` is counted up for each connection that was shut down. */
int reaper_new(atomic_uint_fast64_t *reaped, struct reaper **ret, struct error *error) _must_check_;
/* All connections must be gone. */
void reaper_free(struct reaper *reaper);
DEFINE_CLEANUP(struct reaper *, reaper_free)

/* Watches a socket until reaper_forget(), which must come before it is closed. */
int reaper_watch(struct reaper *reaper, int fd, int64_t seconds, struct watched **ret) _must_check_;
void reaper_forget(struct reaper *reaper, struct watched *watched);

/* Sets the deadline anew, from now; 0 seconds: none. */
void watched_allow(struct watched *watched, int64_t seconds);
