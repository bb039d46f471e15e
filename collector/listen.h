/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that the collector listens on: given by systemd, or opened from an address. */
#pragma once

#include "error.h"

#include <stdbool.h>

#define LISTEN_DEFAULT "127.0.0.1:8440"

struct listener {
	int fd;
	bool local; /* loopback or a unix socket: nobody else can come in */
	char *name; /* "127.0.0.1:8440", "[::1]:8440" or "unix:/path", with the real port */
};

/* "ADDRESS:PORT", "[ADDRESS]:PORT" or "unix:/PATH"; port 0 takes a free one. A stale unix socket is
 * replaced. -EINVAL with what was expected. */
int listen_open(const char *text, struct listener *ret, struct error *error) _must_check_;
/* One that systemd passed (sd_listen_fds): 1; 0 when it passed none; -EINVAL for several. */
int listen_inherit(struct listener *ret, struct error *error) _must_check_;
void listener_done(struct listener *listener);
#define _cleanup_listener_ _cleanup_(listener_done)
