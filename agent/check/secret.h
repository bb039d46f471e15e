/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding private keys, tokens and passwords in bytes, by their forms and not by a file's name.
 *
 * Each detector has a word that is looked for in one pass with all others, and a small matcher that
 * reads around it, a bounded number of bytes. Sources of the forms: RFC 7468, 5208, 5915, 9580 and
 * OpenSSH's PROTOCOL.key for keys, the providers' documentation for tokens, the manuals of the
 * programs for their files; docs/checks/secrets.md lists them.
 */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stdint.h>

/* A block of a file. */
struct secret_view {
	const char *data;
	size_t size;
	bool is_whole; /* the block is all of the file */
	bool is_text;
	bool is_code;  /* a program's source: a name that is given a value is no setting */
	bool is_login; /* a file in which programs keep logins: weak passwords count too */
};

/* One secret. Borrows from the view. */
struct secret {
	const char *code; /* of the catalogue */
	const char *what; /* in words */
	const char *mark; /* where it begins, for the line */
	const char *value;
	size_t length;	   /* of the value */
	bool is_guessable; /* a password: also its digest would give it away */
};

struct secret_scanner;

int secret_scanner_new(struct secret_scanner **ret) _must_check_;
void secret_scanner_free(struct secret_scanner *scanner);
DEFINE_CLEANUP(struct secret_scanner *, secret_scanner_free)

/* What the name of a file says of its content. */
void secret_view_set_name(struct secret_view *view, const char *path);

/* Calls `take` for each secret until it returns other than 0, which is returned. */
int secret_scan(const struct secret_scanner *scanner, const struct secret_view *view,
		int (*take)(const struct secret *secret, void *data), void *data) _must_check_;

/* Forms of whole files: key stores, binary keys, lists of passwords. By the first block. */
bool secret_match_file(const struct secret_view *view, struct secret *ret);
