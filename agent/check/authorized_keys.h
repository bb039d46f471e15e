/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of an authorized_keys file, taken apart as sshd(8) does: options, type, key, comment. */
#pragma once

#include "check/span.h"

struct key_line {
	struct span options; /* as they stand, quotes included; empty: none */
	struct span type;
	struct span key; /* base64 */
	struct span comment;
};

/* "SHA256:" and 43 characters, as ssh-keygen -l prints it. */
#define FINGERPRINT_SIZE 52

/* False for an empty line, a comment, and what sshd would not take for a key. */
bool key_line_parse(struct span line, struct key_line *ret);

/* The next of the options: name, and value without its quotes (backslashes stay). */
bool key_option_next(struct span *options, struct span *ret_name, struct span *ret_value);
/* Whether the option stands there; its value, if wanted. Names have no case. */
bool key_option_find(struct span options, const char *name, struct span *ret_value);

/*
 * Whether it is the copy that cloud-init leaves in root's file: it says which account to take
 * instead, and opens nothing as long as the command is this one.
 */
bool key_line_is_disabled(const struct key_line *key);

/* 0, or -EINVAL when the base64 is none, -ENOMEM. */
int key_fingerprint(struct span key, char ret[static FINGERPRINT_SIZE]) _must_check_;
