/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second look at a request's headers, after the HTTP library's: whatever two programs on the way
 * could read differently (request smuggling, RFC 9112 section 11.2) is refused.
 */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is known when the headers are complete. */
struct header_audit {
	/* of the request line, as received */
	size_t method_size;
	size_t target_size;
	size_t version_size;
	/* All of it up to the blank line, with it; 0 when the library cannot tell. */
	size_t received_size;

	/* filled by header_audit_add() */
	const char *next; /* where the next line must begin */
	size_t counted_size;
	bool bad_line;
	size_t n_host;
	size_t n_length;
	bool transfer_encoding;
	bool bad_name;
	bool bad_length;
	int64_t content_length; /* -1: none */
};

void header_audit_init(struct header_audit *audit);
/*
 * Each header, in order. `name` and `value` are the library's own pointers into the head as it was
 * received, with NULs for the colon and the line's end: the library joins continued lines and takes
 * bare line feeds and odd blanks without a word, and only where things stand still shows it.
 */
void header_audit_add(struct header_audit *audit, const char *name, const char *value);
/* 0, or -EBADMSG with what to do. */
int header_audit_judge(const struct header_audit *audit, struct error *error) _must_check_;
