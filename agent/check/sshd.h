/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the SSH server and client that let somebody in or run something. */
#pragma once

#include "check/check.h"

int sshd_check(const struct check_context *context, struct findings *ret,
	       struct error *error) _must_check_;
