/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why something failed, in words for a person.
 *
 * Every fallible function returns 0 or a negative errno. Where the number alone would not tell a
 * user which file, which line or what to do, the function also takes a `struct error *` (which may
 * be NULL) and puts one sentence there. Library code never logs above debug; the verb does.
 */
#pragma once

#include "cleanup.h"

struct error {
	char *message; /* owned; NULL while nothing failed */
};

/*
 * Stores the formatted sentence, replacing an earlier one, and returns `r` unchanged, so that a
 * failure is one expression: return error_set(error, -EINVAL, "%s:%zu: unknown keyword", ...).
 * Bytes of untrusted text must be passed through text_escape() (text.h) by the caller.
 */
int error_set(struct error *error, int r, const char *format, ...) _printf_(3, 4);

/* Puts "prefix: " before the stored sentence (or the text of errno -r) and returns `r`. */
int error_prefix(struct error *error, int r, const char *format, ...) _printf_(3, 4);

/*
 * Like error_set(), with the newest reason of OpenSSL's error queue appended and the queue drained.
 */
int error_set_openssl(struct error *error, int r, const char *format, ...) _printf_(3, 4);

/* The stored sentence, or the text of errno -r. Never NULL; valid until the next call. */
const char *error_text(const struct error *error, int r);

/* Frees what `error` owns. Accepts a zeroed struct. */
void error_done(struct error *error);

#define _cleanup_error_ _cleanup_(error_done)
