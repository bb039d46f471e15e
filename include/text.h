/* SPDX-License-Identifier: Apache-2.0 */
/* Text: growing buffers, hex, base64, and untrusted bytes made fit to print. */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing byte buffer. A zeroed struct is an empty one. `data` is always NUL-terminated once
 * non-NULL. */
struct buffer {
	char *data;
	size_t size;  /* bytes used, without the NUL */
	size_t space; /* bytes allocated */
};

/* Appends; return 0 or -ENOMEM, and leave the buffer as it was on failure. */
int buffer_append(struct buffer *buffer, const void *data, size_t size) _must_check_;
int buffer_append_text(struct buffer *buffer, const char *text) _must_check_;
int buffer_printf(struct buffer *buffer, const char *format, ...) _printf_(2, 3) _must_check_;
void buffer_done(struct buffer *buffer);
#define _cleanup_buffer_ _cleanup_(buffer_done)

/* Writes 2 * size lower-case hexadecimal digits and a NUL. */
void hex_encode(const uint8_t *data, size_t size, char *ret_text);

/* Reads exactly 2 * size lower-case hexadecimal digits. -EINVAL on any other byte. */
int hex_decode(const char *text, size_t length, uint8_t *ret_data, size_t size) _must_check_;

/* Standard padded base64 (RFC 4648 section 4) in a new string that the caller frees; NULL when out
 * of memory. */
char *base64_encode(const void *data, size_t size) _must_check_;

/*
 * Strict base64: standard or URL-safe alphabet (not mixed), padding required, no white space,
 * unused bits zero. The result belongs to the caller and has a NUL after it. -EINVAL, -ENOMEM.
 */
int base64_decode(const char *text, size_t length, uint8_t **ret_data,
		  size_t *ret_size) _must_check_;

/* Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without a
 * NUL. */
bool utf8_is_valid(const char *text, size_t length);

/*
 * For people: the bytes with each control character, DEL, C1 control and byte outside well-formed
 * UTF-8 as a three-digit octal escape, and with Unicode's bidirectional controls escaped byte by
 * byte. New string; NULL when out of memory.
 */
char *text_escape(const char *text, size_t length) _must_check_;

/*
 * For JSON: the bytes unchanged when they are well-formed UTF-8, else each offending byte as a
 * three-digit octal escape. New string; NULL when out of memory.
 */
char *text_to_utf8(const char *text, size_t length) _must_check_;

/* RFC 3339 in UTC with "Z" and whole seconds. `ret_text` takes 21 bytes. -ERANGE outside the years
 * 1970 to 9999. */
int time_format(int64_t seconds, char ret_text[21]) _must_check_;

/* Reads that form alone ("2026-11-23T20:19:00Z"); -EINVAL. */
int time_parse(const char *text, int64_t *ret_seconds) _must_check_;
