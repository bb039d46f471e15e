/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that open an account, in every file that sshd would look into. */
#pragma once

#include "check/check.h"

int ssh_keys_check(const struct check_context *context, struct findings *ret,
		   struct error *error) _must_check_;
