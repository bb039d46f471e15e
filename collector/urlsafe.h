/* SPDX-License-Identifier: Apache-2.0 */
/* base64url without padding (RFC 4648 section 5, RFC 7515 section 2): nonces, tokens, cursors. */
#pragma once

#include "text.h"

/* A new string; NULL when out of memory. */
char *urlsafe_encode(const void *data, size_t size) _must_check_;
/* Exactly `size` bytes, in the one canonical spelling. -EINVAL, -ENOMEM. */
int urlsafe_decode(const char *text, void *ret_data, size_t size) _must_check_;
