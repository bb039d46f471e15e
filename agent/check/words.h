/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines taken apart into words, as a shell, systemd or a desktop does it. */
#pragma once

#include "text.h"

enum words_syntax {
	WORDS_SHELL = 1, /* sh(1): quotes, operators, substitutions, comments, here documents */
	WORDS_EXEC,	 /* systemd.service(5), "Command lines": a lone ';' ends a command */
	WORDS_PLAIN,	 /* udev rules, D-Bus services, desktop entries: blanks and quotes alone */
};

enum word {
	WORD_END = 0,
	WORD_TEXT,
	WORD_SEPARATOR, /* another command follows */
	WORD_PIPE,	/* another command follows and reads what the first wrote */
	WORD_REDIRECT,	/* the next word is a file's name */
};

/* A reading. Zeroed but for the first three. */
struct words {
	const char *at, *end;
	enum words_syntax syntax;
	char *delimiter; /* of a here document that begins at the next line */
	bool wants_delimiter;
};

/*
 * The next word, without its quotes; what stands in $( ), ` ` or <( ) is left as it is, marks
 * included. `text` is emptied first. An enum word or -ENOMEM.
 */
int words_next(struct words *words, struct buffer *text) _must_check_;
void words_done(struct words *words);
#define _cleanup_words_ _cleanup_(words_done)
