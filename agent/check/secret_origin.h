/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that are where they belong: the one place that is asked before one is reported. */
#pragma once

#include "check/check.h"
#include "check/window.h"

/*
 * Whether the secret in this file needs no finding of its own: another check judges it, or a first
 * boot makes it. 1 or 0, or -ENOMEM. An image, sealed or not, has no first boot behind it.
 */
int secret_is_expected(const struct check_context *context, const char *path) _must_check_;

/*
 * Whether the program or library has the keys from its package: libraries of cryptography test
 * themselves with keys that everybody knows. 1 or 0, or -ENOMEM. That a packaged program is not as
 * the package has it is a finding of its own.
 */
int secret_is_sample(const struct check_context *context, const char *path,
		     const struct window *window) _must_check_;
