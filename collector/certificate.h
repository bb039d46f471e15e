/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's TLS certificate. P-256 alone: a fleet's handshakes cost several times as much
 * with RSA. */
#pragma once

#include "error.h"

#include <stddef.h>

/*
 * Makes a key (0600) and a self-signed certificate for localhost, 127.0.0.1, ::1 and the names
 * given (host names or addresses), for trials and for agents that pin it.
 */
int certificate_make(const char *const *names, size_t n_names, const char *certificate_path,
		     const char *key_path, struct error *error) _must_check_;

/* That both are PEM, the certificate's key is P-256, the key is its key, and it is in force now.
 * -EINVAL with what to do. */
int certificate_check(const char *certificate, const char *key, struct error *error) _must_check_;
