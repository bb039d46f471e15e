/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of sudoers(5), as far as they are needed to say who gets what: includes, Defaults and
 * rules. Aliases are told apart and not expanded. And doas.conf(5).
 */
#pragma once

#include "check/span.h"

enum sudoers_kind {
	SUDOERS_NOTHING, /* an empty line, a comment, an alias */
	SUDOERS_INCLUDE,
	SUDOERS_INCLUDEDIR,
	SUDOERS_DEFAULTS,
	SUDOERS_RULE,
};

struct sudoers_line {
	enum sudoers_kind kind;
	struct span path;     /* of an include, quotes taken off */
	struct span settings; /* of Defaults: what follows the binding */
	struct span who;      /* of a rule: the first word */
	struct span rule;     /* of a rule: all that follows */
	struct span what;     /* of a rule: what follows the first '=', or empty */
	size_t number;	      /* of its first line */
};

/* A whole file: each line with those that continue it, backslashes made blanks. */
struct sudoers_reader {
	char *text; /* a copy that is written to */
	struct span rest;
	size_t number;
};

int sudoers_open(const char *data, size_t size, struct sudoers_reader *ret) _must_check_;
void sudoers_close(struct sudoers_reader *reader);
#define _cleanup_sudoers_ _cleanup_(sudoers_close)
/* False at the end. */
bool sudoers_next(struct sudoers_reader *reader, struct sudoers_line *ret);

/* The next of the settings, with its value: "!authenticate" (no value), "secure_path" and "/bin".
 */
bool sudoers_setting_next(struct span *settings, struct span *ret_name, struct span *ret_value);
/* Whether a rule's right side has the tag (NOPASSWD, SETENV). */
bool sudoers_has_tag(struct span what, const char *tag);
/* Whether ALL is among its commands. */
bool sudoers_allows_all(struct span what);

/* Whether a line of doas.conf permits something, and whether without a password. */
bool doas_permits(struct span line, bool *ret_nopass);
