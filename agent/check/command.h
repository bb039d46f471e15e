/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which programs a command line starts, and what is wrong with them by place, owner and content:
 * Exec lines, cron lines, udev's RUN, scripts, one-liners in quotes.
 */
#pragma once

#include "check/suspect.h"
#include "check/words.h"

#define COMMAND_PROGRAMS_MAX 64
#define COMMAND_TEXT_MAX     (64 * 1024)       /* bytes of one command line or script */
#define COMMAND_READ_MAX     (4 * 1024 * 1024) /* bytes of scripts that a judge reads in all */

/* Graver ones have higher numbers. */
enum judged {
	JUDGED_MISSING = 1 << 0,
	JUDGED_UNVOUCHED = 1 << 1, /* a suspect itself */
	JUDGED_HOME = 1 << 2,	   /* in somebody's home directory */
	JUDGED_WRITABLE = 1 << 3,  /* others can change it, or what lies on the way to it */
	JUDGED_HIDDEN = 1 << 4,
	JUDGED_TEMPORARY = 1 << 5, /* where everybody may write, and that is emptied at boot */
	JUDGED_PRELOAD = 1 << 6,   /* a library is put into programs by LD_PRELOAD or the like */
	JUDGED_SOCKET = 1 << 7,	   /* a shell or an interpreter on a network connection */
	JUDGED_DOWNLOAD = 1 << 8,  /* runs what it fetches or decodes */
};

/* What convicts whoever starts it. */
#define JUDGED_BAD                                                                             \
	(JUDGED_WRITABLE | JUDGED_HIDDEN | JUDGED_TEMPORARY | JUDGED_PRELOAD | JUDGED_SOCKET | \
	 JUDGED_DOWNLOAD)

struct command_program {
	char *path; /* as written, or found in the root's PATH */
	unsigned judged;
	char *writable; /* what others can write, or NULL */
};

/* A zeroed one is empty. */
struct command {
	struct command_program *programs;
	size_t count;
	unsigned judged; /* of the programs and of the words */
	bool limited;	 /* there is more than was looked at */
};

/* Whose root, and what nothing vouches for in it. */
struct command_judge {
	int root_fd;
	const struct suspects *suspects;
	size_t read; /* bytes of scripts read so far */
};

/*
 * Adds what a command line starts to `ret`. A script that is started and is a suspect is read too.
 * -ENOMEM.
 */
int command_judge_line(struct command_judge *judge, const char *text, size_t size,
		       enum words_syntax syntax, struct command *ret) _must_check_;

/* The same for the text of a script, in the language that its first line names. */
int command_judge_script(struct command_judge *judge, const char *text, size_t size,
			 struct command *ret) _must_check_;

/* The same for a program that is named without words: a link in cron.daily, a library. */
int command_judge_program(struct command_judge *judge, const char *path,
			  struct command *ret) _must_check_;
void command_done(struct command *command);
#define _cleanup_command_ _cleanup_(command_done)

/* What the place of a path says of it, without a look at the disk. */
unsigned command_judge_place(const char *path);
