/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of command.h share: one reading, and what is learnt of each word. */
#pragma once

#include "check/command.h"

#include <string.h>

#define WORDS_MAX   64 /* of one simple command; what follows are arguments */
#define TEXTS_MAX   64 /* command lines inside command lines */
#define FETCHED_MAX 16

/* A text that waits to be read. */
struct pending {
	char *text;
	size_t size;
	enum words_syntax syntax;
	bool script; /* of a file: what is missing there may be meant to be */
};

/* One reading of a command line with all that is inside it. */
struct reader {
	struct command_judge *judge;
	struct command *command;
	struct pending texts[TEXTS_MAX];
	size_t count, next;
	char *words[WORDS_MAX]; /* of the simple command that is being read */
	size_t n_words;
	char *fetched[FETCHED_MAX]; /* files that a download wrote */
	size_t n_fetched;
	char *redirect;	   /* the file that the command reads or writes, or NULL */
	bool fed;	   /* what it reads comes from a download */
	bool fed_by_shell; /* or from an interpreter */
	bool script;
};

/* The part of a path after the last slash. */
static inline const char *program_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static inline bool word_is_in(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

#define WORD_IN(word, list) word_is_in(word, list, ELEMENTS(list))

/* The interpreters that are given code, and the option that does. */
struct interpreter {
	const char *name;
	char code; /* the letter of the option whose argument is code */
	bool shell;
};

const struct interpreter *interpreter_find(const char *program);
/* That of the "#!" line; without one a text is read by sh. NULL: an unknown one. */
const struct interpreter *interpreter_of_script(const char *text, size_t size);
/*
 * What code in another language than the shell's does, by the words that it cannot do without: of a
 * file, and of one line that stands in an argument.
 */
unsigned interpreter_judge_code(const char *text, size_t size);
unsigned interpreter_judge_line(const char *text, size_t size);

/* Copies a text for a later turn. */
int reader_push_text(struct reader *reader, const char *text, size_t size, enum words_syntax syntax,
		     bool script) _must_check_;
/* A word that stands where a program does. */
int reader_add_program(struct reader *reader, const char *word) _must_check_;
/* Whether a library is where it is said to be, and nothing speaks against it. */
bool reader_vouches(const struct reader *reader, const char *library);
/* The simple command whose words have been gathered. */
int reader_take_command(struct reader *reader, enum words_syntax syntax) _must_check_;
