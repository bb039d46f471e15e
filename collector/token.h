/* SPDX-License-Identifier: Apache-2.0 */
/* Bearer tokens: "gs_" and base64url of 32 random bytes. Only their SHA-256 is stored. */
#pragma once

#include "db.h"
#include "digest.h"

#define TOKEN_PREFIX   "gs_"
#define TOKEN_NAME_MAX 64

enum role {
	ROLE_NONE = 0, /* nobody: a route that needs it is open to all */
	ROLE_AGENT,    /* delivers evidence and sees nothing */
	ROLE_VIEWER,
	ROLE_OPERATOR,
	ROLE_ADMIN,
	_ROLE_MAX,
	_ROLE_INVALID = -EINVAL,
};

const char *role_to_string(enum role role);
enum role role_from_string(const char *text);
/* Whether a holder of `has` may do what needs `needs`. */
bool role_allows(enum role has, enum role needs);

/* A new token in a new string, to be shown once and wiped by token_free_text(). */
int token_generate(char **ret, struct error *error) _must_check_;
void token_free_text(char *text);
DEFINE_CLEANUP(char *, token_free_text)

struct token {
	enum role role;
	char name[TOKEN_NAME_MAX + 1];
	int64_t created_at; /* ms */
	int64_t revoked_at; /* 0: in force */
};

/* 1 to TOKEN_NAME_MAX of A-Za-z0-9._@- */
bool token_name_is_valid(const char *name);

/* Stores the hash. -EEXIST when the name is taken. */
int token_add(struct db *db, const char *text, const char *name, enum role role,
	      struct error *error) _must_check_;
/* -ENOENT when there is none of that name in force. */
int token_revoke(struct db *db, const char *name, struct error *error) _must_check_;
/*
 * Looks up by the SHA-256 of what was presented, so the time that it takes tells nothing about
 * stored tokens. -ENOENT for an unknown or revoked one.
 */
int token_find(struct db *db, const char *text, struct token *ret,
	       struct error *error) _must_check_;
/* Calls for each, by name; stops on a negative return and returns it. */
int token_list(struct db *db, int (*each)(const struct token *token, void *data), void *data,
	       struct error *error) _must_check_;
