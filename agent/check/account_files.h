/* SPDX-License-Identifier: Apache-2.0 */
/* The account databases of a root, taken apart and put in order. */
#pragma once

#include "check/check.h"
#include "check/passwd.h"

#define ACCOUNT_FILE_MAX (1024 * 1024) /* bytes of each that are looked at */

enum account_file {
	FILE_PASSWD,
	FILE_SHADOW,
	FILE_GROUP,
	FILE_GSHADOW,
	_ACCOUNT_FILE_MAX,
};

extern const char *const account_paths[_ACCOUNT_FILE_MAX];

struct account {
	struct passwd_line line;
	size_t number;	      /* of its line, from 1 */
	struct span password; /* of shadow(5), else of passwd(5) */
	bool has_shadow;
};

/* That a group of consequence lists an account. */
struct membership {
	struct span member, group;
	enum account_file file;
};

struct accounts {
	char *data[_ACCOUNT_FILE_MAX]; /* NULL: not there, or not to be read */
	size_t size[_ACCOUNT_FILE_MAX];
	bool is_suspect[_ACCOUNT_FILE_MAX];
	struct account *items; /* in the order of the lines */
	size_t count;
	const struct account **by_name;	    /* of one name the first line first */
	const struct account **by_password; /* those with a usable one */
	size_t n_passwords;
	struct membership *memberships; /* by member */
	size_t n_memberships;
};

/*
 * Reads them all when one of them is a suspect. What is too large or cannot be read becomes a
 * finding. -ENOMEM.
 */
int accounts_load(const struct check_context *context, struct findings *findings,
		  struct accounts *ret) _must_check_;
void accounts_done(struct accounts *accounts);
#define _cleanup_accounts_ _cleanup_(accounts_done)

/* The first line of that name, or NULL. */
const struct account *accounts_find(const struct accounts *accounts, struct span name);
/* The first of those that are the name's memberships; their number. */
size_t accounts_find_memberships(const struct accounts *accounts, struct span member,
				 const struct membership **ret);

/* Whether its members are root in all but name, or read what only root should. */
bool group_is_privileged(struct span name);
