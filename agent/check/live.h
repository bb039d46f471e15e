/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the checks of a running system share: the processes, what vouches for a file that one of
 * them runs or maps, and findings that are about a process.
 */
#pragma once

#include "check/check.h"
#include "platform/proc.h"

#define LIVE_FINDINGS_MAX  500 /* of one check; what is beyond is a coverage finding */
#define LIVE_SIGHTINGS_MAX 4000
#define LIVE_TEXT_MAX	   300 /* bytes shown of a command line */

enum vouched {
	VOUCHED_NOT = 0,
	VOUCHED_PACKAGE, /* a package owns the path; whether it is unchanged was not looked at */
	VOUCHED_SEALED,	 /* the manifest has it, and it does not differ */
};

struct live {
	const struct check_context *context;
	struct findings *findings; /* where they go; borrowed */
	size_t first;		   /* what was in the list before */
	size_t sightings;	   /* reported so far */
	uint64_t dropped;	   /* those beyond the limits */
	int proc_fd;
	uint64_t root_mount; /* its id */
	struct processes processes;
	struct live_owner *owners; /* what was asked of the package database */
	size_t n_owners;
};

/* An error, with the reason, when there is no /proc. */
int live_open(const struct check_context *context, struct findings *findings, struct live *ret,
	      struct error *error) _must_check_;
/* The processes, once. -ETIME and others with the reason. */
int live_list(struct live *live, struct error *error) _must_check_;
/* Says what was left out; to be called when a check has come to its end. */
int live_finish(struct live *live) _must_check_;
/* The same of the processes; for one check alone. */
int live_tell_unseen(struct live *live) _must_check_;
void live_done(struct live *live);
#define _cleanup_live_ _cleanup_(live_done)

/* Whether the time is over, as -ETIME with the reason. */
int live_check_time(const struct live *live, struct error *error) _must_check_;

/*
 * What vouches for the file at an absolute path without links in it. A path at which there is
 * nothing, or whose file lies on a mount that was not measured, is not sealed.
 */
enum vouched live_vouch(struct live *live, const char *path);
/* Of the file that a process runs: the path must still lead to it, but a file that took its place,
 * as an upgrade does, counts too. */
enum vouched live_vouch_process(struct live *live, const struct process *process);

/* Places in which no program belongs: temporary, or below a hidden directory. */
bool path_is_temporary(const char *path);
bool path_is_hidden(const char *path);
/* Shells and languages, by the program's name ("python3.11"); not proof of anything. */
bool program_is_interpreter(const char *path);
const char *path_name(const char *path);

/* The arguments with blanks between them, cut where they are too long. NULL: out of memory. */
char *process_words(const struct process *process) _must_check_;
/* Argument number `index`, or NULL. */
const char *process_argument(const struct process *process, size_t index);

/*
 * A finding about a process: `actual` gets its command line, and what the format says; the
 * directory of the process in /proc is a related path. One process, or one program that nothing
 * vouches for, is one finding: a further thing is added to the text of the first.
 */
struct sighting {
	const char *code;
	const char *path; /* NULL: that of the process's program, or else its directory in /proc */
	const struct process *process;
	const char *title; /* what stands after "Process N (NAME) " */
	bool corroborates; /* proves nothing by itself: told as info */
};

int live_report(struct live *live, const struct sighting *sighting, const char *format, ...)
	_printf_(3, 4) _must_check_;
/* Adds to the last finding about a path that it runs; false when there is none. */
int live_annotate(struct live *live, const char *path, const struct process *process,
		  bool *ret_found) _must_check_;
