/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys, tokens and passwords that were left behind, by content. What is told of them is
 * their kind and line, and of those that nobody can guess a short digest: never the secret.
 */
#pragma once

#include "check/check.h"

int secrets_check(const struct check_context *context, struct findings *ret,
		  struct error *error) _must_check_;
