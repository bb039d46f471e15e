/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of passwd(5), shadow(5), group(5) and gshadow(5), as the C library splits them. A line that
 * it would not take (too few fields, a number that is none) is parsed as far as it goes.
 */
#pragma once

#include "check/span.h"

struct passwd_line {
	struct span name, password, gecos, home, shell;
	uint32_t uid, gid;
	bool is_valid; /* seven fields, and numbers where they belong */
};

struct shadow_line {
	struct span name, password;
};

struct group_line {
	struct span name, password, members; /* members: separated by commas */
	uint32_t gid;			     /* of group(5) */
	bool has_gid;
};

/* False for an empty line and for a comment. */
bool passwd_parse(struct span line, struct passwd_line *ret);
bool shadow_parse(struct span line, struct shadow_line *ret);
bool group_parse(struct span line, struct group_line *ret);
bool gshadow_parse(struct span line, struct group_line *ret);

/* Whether a password can be typed that crypt(3) turns into this: not empty, "x", "*" or locked. */
bool password_is_usable(struct span password);
/* "$1$" and the two-letter salt of old: minutes to try all short passwords. */
bool password_is_weak(struct span password);
/* Whether a login with this shell gives a prompt or runs a program. An empty one is /bin/sh. */
bool shell_is_login(struct span shell);
/* The account that the name imitates: the same but for one letter, or for letters that look
 * alike. NULL when it is itself one of them, or like none. */
const char *account_imitates(struct span name);
