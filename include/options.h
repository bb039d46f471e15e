/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command lines as two tables: verbs and options. Help is printed from the tables, so it cannot
 * disagree with them.
 */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The frozen exit codes of both programs. */
enum exit_code {
	EXIT_PASS = 0,
	EXIT_FINDINGS = 1,
	EXIT_USAGE = 2,
	EXIT_UNCHECKED = 3,
};

struct option_row {
	const char *name;     /* long option, without the dashes */
	char letter;	      /* 0: none */
	const char *argument; /* NULL: a flag */
	const char *help;
	size_t offset;	/* in the program's options struct: const char * for an argument, bool for a
			   flag */
	uint64_t verbs; /* bit n: verb number n takes it; OPTION_ALL_VERBS */
	bool repeats;	/* the member is a struct option_list */
};

#define OPTION_ALL_VERBS UINT64_MAX
#define OPTION_LIST_MAX	 32

struct option_list {
	const char *items[OPTION_LIST_MAX];
	size_t count;
};

struct verb {
	const char *name;
	const char *arguments; /* as shown in help, may be "" */
	int min_arguments;
	int max_arguments;
	const char *help;    /* one line */
	const char *details; /* paragraphs of `VERB --help`; may be NULL */
	/* `options` is the program's options struct; returns an enum exit_code. */
	int (*run)(void *options, int n_arguments, char **arguments);
};

struct command_line {
	const char *program;
	const char *purpose; /* one line */
	const char *version;
	const struct verb *verbs;
	size_t n_verbs;
	const struct option_row *options;
	size_t n_options;
	void *values; /* zeroed options struct */
};

/* Whether "--NAME" stands among the words before "--", without any parsing. */
bool command_line_has_flag(int argc, char **argv, const char *name);

/*
 * Parses and runs. --help (alone or after a verb) and --version print to standard output and return
 * EXIT_PASS; mistakes are told on standard error with what was expected and return EXIT_USAGE. A
 * failed write of standard output returns EXIT_UNCHECKED.
 */
int command_line_run(const struct command_line *command_line, int argc, char **argv);
