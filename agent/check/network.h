/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "check/check.h"

/* The check "network": who waits for connections, reads packets, or is worked through a socket. */
int network_check(const struct check_context *context, struct findings *ret,
		  struct error *error) _must_check_;
