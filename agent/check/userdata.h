/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User-data and vendor-data taken apart: gzip, MIME multipart (RFC 2046), and what cloud-init makes
 * of each part by its first line (cloudinit.readthedocs.io, "User-data formats").
 */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

#define USER_DATA_SIZE_MAX  (4 * 1024 * 1024) /* bytes, unpacked; EC2 allows 16 KiB */
#define USER_DATA_PARTS_MAX 128

enum user_data_kind {
	USER_DATA_CONFIG = 1, /* #cloud-config */
	USER_DATA_SCRIPT,     /* #! */
	USER_DATA_BOOTHOOK,   /* #cloud-boothook */
	USER_DATA_INCLUDE,    /* #include and #include-once: addresses */
	USER_DATA_HANDLER,    /* #part-handler: Python */
	USER_DATA_ARCHIVE,    /* #cloud-config-archive */
	USER_DATA_OTHER,
	_USER_DATA_MAX,
};

const char *user_data_kind_to_string(enum user_data_kind kind);

struct user_data_part {
	enum user_data_kind kind;
	char *data; /* owned; a NUL after it */
	size_t size;
};

struct user_data {
	struct user_data_part *parts;
	size_t count;
	bool limited; /* there was more, or something could not be unpacked */
};

/* Takes the bytes apart. -ENOMEM alone; what is past the limits is left out and noted. */
int user_data_read(const void *data, size_t size, struct user_data *ret) _must_check_;
void user_data_done(struct user_data *user_data);
#define _cleanup_user_data_ _cleanup_(user_data_done)

/* Base64 with white space anywhere in it. -EINVAL, -ENOMEM. */
int base64_unpack(const char *text, size_t length, char **ret_data, size_t *ret_size) _must_check_;

/* gzip (RFC 1952) unpacked. -EBADMSG, -EFBIG beyond the limit, -ENOMEM. */
int gzip_unpack(const void *data, size_t size, size_t limit, char **ret_data,
		size_t *ret_size) _must_check_;
