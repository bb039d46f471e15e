/* SPDX-License-Identifier: Apache-2.0 */
/* One filesystem object under the root, as measured or as stated by a manifest. */
#pragma once

#include "digest.h"
#include "policy.h"

enum entry_type {
	ENTRY_FILE = 1,
	ENTRY_DIRECTORY,
	ENTRY_LINK,
	ENTRY_CHAR,
	ENTRY_BLOCK,
	ENTRY_FIFO,
	ENTRY_SOCKET,
	_ENTRY_TYPE_MAX,
	_ENTRY_TYPE_INVALID = -EINVAL,
};

/* mtree's words: file dir link char block fifo socket. */
const char *entry_type_to_string(enum entry_type type);
enum entry_type entry_type_from_string(const char *text, size_t length);
enum entry_type entry_type_from_mode(mode_t mode);

/* Which members of an entry are stated. */
enum {
	ENTRY_HAS_MODE = 1 << 0,
	ENTRY_HAS_UID = 1 << 1,
	ENTRY_HAS_GID = 1 << 2,
	ENTRY_HAS_SIZE = 1 << 3,
	ENTRY_HAS_LINK = 1 << 4,
	ENTRY_HAS_DIGEST = 1 << 5,
	ENTRY_HAS_DEVICE = 1 << 6,
	ENTRY_IGNORE = 1 << 7,	 /* mtree `ignore` */
	ENTRY_OPTIONAL = 1 << 8, /* mtree `optional` */
	ENTRY_HAS_VERITY = 1 << 9,
};

/* The extended attributes that matter, in the order in which they are stored. */
enum entry_xattr {
	XATTR_CAPABILITY,
	XATTR_ACL_ACCESS,
	XATTR_ACL_DEFAULT,
	_XATTR_MAX,
};

const char *entry_xattr_name(enum entry_xattr xattr); /* "security.capability", ... */
enum entry_xattr entry_xattr_from_name(const char *name);

struct entry_xattr_value {
	uint8_t *data; /* NULL: not there */
	size_t size;
};

struct entry {
	char *path; /* escaped mtree path: "." or "./usr/bin/x"; the key of all sorting, bytewise */
	enum entry_type type;
	unsigned has;
	mode_t mode; /* 07777 */
	uid_t uid;
	gid_t gid;
	uint64_t size;
	dev_t device;
	char *link; /* raw target */
	struct digest digest;
	struct digest verity; /* of fs-verity (SHA-256), not comparable with `digest` */
	struct entry_xattr_value xattrs[_XATTR_MAX];
};

void entry_done(struct entry *entry);
#define _cleanup_entry_ _cleanup_(entry_done)

/*
 * mtree escaping: every byte outside A-Za-z0-9._/+@%,:- is a backslash and three octal digits. New
 * strings, NULL when out of memory. entry_unescape accepts any \ooo up to \377, refuses NUL and any
 * other backslash sequence: -EINVAL.
 */
/* Whether the bytes are all such that escaping leaves them as they are. */
bool entry_is_plain(const char *text, size_t length);
char *entry_escape(const char *raw, size_t length) _must_check_;
int entry_unescape(const char *escaped, size_t length, char **ret_raw) _must_check_;

/* "." to "/", "./etc/x\040y" to "/etc/x y": the absolute path inside the root, raw bytes. New
 * string. */
int entry_path_to_absolute(const char *escaped, char **ret) _must_check_;
/* The other way round. */
int entry_path_from_absolute(const char *absolute, char **ret) _must_check_;
