/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON objects read strictly and written by one and the same table: one row a member.
 *
 * Reading requires every member of the table that is not optional, and refuses any other; so what
 * is written is exactly what is read.
 */
#pragma once

#include "digest.h"

enum member_type {
	MEMBER_TEXT = 1, /* char *, any string; new on reading */
	MEMBER_NAME,	 /* char *, 1 to MEMBER_NAME_MAX bytes without control characters */
	MEMBER_UINT64,	 /* uint64_t, not above INT64_MAX */
	MEMBER_BOOL,	 /* bool */
	MEMBER_TIME,	 /* int64_t seconds, as RFC 3339 */
	MEMBER_DIGEST,	 /* struct digest, as hexadecimal digits */
	MEMBER_OBJECT,	 /* a nested object with its own rows */
	MEMBER_CUSTOM,	 /* read() and write() of the row */
	_MEMBER_TYPE_MAX,
	_MEMBER_TYPE_INVALID = -EINVAL,
};

#define MEMBER_NAME_MAX 255

struct member {
	const char *name;
	enum member_type type;
	bool nullable; /* TEXT and NAME: null in JSON is NULL in C */
	bool optional; /* may be absent, and its field then stays zero; a CUSTOM write() may give
			  NULL to leave it out */
	size_t offset; /* in the struct; for OBJECT what the nested rows' offsets are added to */
	const struct member *rows; /* OBJECT: its members ... */
	size_t n_rows;
	/* CUSTOM: both are given the struct at `offset`. `read` sets a reason without the name. */
	int (*read)(const json_t *value, void *field, struct error *error);
	int (*write)(const void *field, json_t **ret, struct error *error);
};

/*
 * Reads `object` into the zeroed struct at `ret`. -EBADMSG with the member named in the reason,
 * -ENOMEM; what was read until then stays in the struct, for its own _done().
 */
int members_read(const struct member *rows, size_t n_rows, const json_t *object, void *ret,
		 struct error *error) _must_check_;

/* The other way round: a new reference. -EINVAL for a value that members_read() would refuse. */
int members_write(const struct member *rows, size_t n_rows, const void *data, json_t **ret,
		  struct error *error) _must_check_;
