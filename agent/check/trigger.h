/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that make something start by itself: units, cron tables, udev rules, scripts in the places
 * from which they are run. What one starts, as whom, when, and what is bad about that.
 */
#pragma once

#include "check/command.h"
#include "check/unit_file.h"

#define TRIGGER_RELATED_MAX 32

/* One thing that is started. */
struct start {
	char *line;	/* as written; NULL: none yet */
	char *program;	/* the one that is worst, or NULL */
	char *writable; /* what others can write, or NULL */
	char *who;	/* account; NULL: root */
	char *when;	/* in words; NULL: nothing is known of it */
	unsigned judged;
};

/* All that is known of one file. A zeroed one is empty. */
struct trigger {
	struct start worst;
	unsigned judged;  /* of all that it starts */
	const char *code; /* of what is wrong with it whatever it starts, a constant; or NULL */
	char *note;	  /* for that code: what is wrong, in words */
	char *related[TRIGGER_RELATED_MAX]; /* suspects that it names */
	size_t n_related;
	bool limited; /* there is more than was looked at */
};

void trigger_done(struct trigger *trigger);
#define _cleanup_trigger_ _cleanup_(trigger_done)

/* A file whose words are taken as a trigger's. */
struct trigger_source {
	struct command_judge *judge;
	const char *path;
	const char *link; /* target, of a symbolic link; else NULL, and then there is text */
	const char *text;
	size_t size;
};

/* Whether a path lies where something is started from. */
bool trigger_is_place(const char *path);

/* The part of a code before the dot that fits the place. */
const char *trigger_kind(const char *path);

/* Adds what the file starts; nothing when its place is none. -ENOMEM. */
int trigger_read(const struct trigger_source *source, struct trigger *ret) _must_check_;

/* For the readers of each kind of file (trigger_*.c). `who` and `when` may be NULL. */
int trigger_add_line(struct trigger *trigger, struct command_judge *judge, const char *line,
		     enum words_syntax syntax, const char *who, const char *when) _must_check_;
int trigger_add_script(struct trigger *trigger, const struct trigger_source *source,
		       const char *when) _must_check_;
int trigger_add_program(struct trigger *trigger, struct command_judge *judge, const char *path,
			const char *who, const char *when) _must_check_;
/* A unit that is started or linked to, judged by its place alone. */
int trigger_add_unit(struct trigger *trigger, const char *path, const char *when) _must_check_;
/* Assignments that put libraries into all that is started: "A=b LD_PRELOAD=/x". */
int trigger_add_environment(struct trigger *trigger, struct command_judge *judge, const char *text,
			    const char *when) _must_check_;
/* A suspect that the file names and that is no program: a unit, an EnvironmentFile. */
int trigger_add_related(struct trigger *trigger, const char *path) _must_check_;
/* What is wrong with the file itself; the first stays. */
int trigger_set_code(struct trigger *trigger, const char *code, const char *note) _must_check_;

typedef int trigger_reader(const struct trigger_source *source, struct trigger *ret);
trigger_reader trigger_read_unit, trigger_read_manager, trigger_read_preset, trigger_read_unit_link,
	trigger_read_dbus, trigger_read_desktop;
trigger_reader trigger_read_crontab, trigger_read_user_crontab, trigger_read_anacrontab,
	trigger_read_at, trigger_read_cron_script;
trigger_reader trigger_read_udev, trigger_read_inetd, trigger_read_xinetd, trigger_read_environment,
	trigger_read_tmpfiles, trigger_read_interfaces, trigger_read_boot_script,
	trigger_read_login_script, trigger_read_hook;
trigger_reader trigger_read_setting, trigger_read_option, trigger_read_pipe, trigger_read_binfmt,
	trigger_read_logrotate;

/* Calls `take` with each line that is neither empty nor a comment, blanks before it cut off. */
typedef int trigger_line_reader(const struct trigger_source *source, char *line,
				struct trigger *ret);
int trigger_take_lines(const struct trigger_source *source, trigger_line_reader *take,
		       struct trigger *ret) _must_check_;
