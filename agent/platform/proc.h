/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runs, from /proc (proc(5)). Processes come and go while it is read: what has vanished is
 * left out. All names and words are raw bytes that their owners chose.
 */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_PROCESSES_MAX   100000
#define PROC_DESCRIPTORS_MAX 1000000 /* of all processes together */
#define PROC_COMM_SIZE	     64	     /* the kernel's own threads may have longer names than 15 */
#define PROC_ARGUMENTS_MAX   4096    /* bytes kept of a command line */

struct process {
	pid_t pid;
	pid_t stat_pid; /* as its own stat file says; another one when something lies over it */
	pid_t parent;
	char state;
	bool kernel;  /* a kernel thread */
	bool foreign; /* its root is not ours: its paths mean nothing here */
	bool unseen;  /* what it runs could not be read */
	bool deleted; /* the file that it runs has no name any more */
	bool memory;  /* a memfd */
	int nice;
	uint64_t ticks;	  /* processor time of all its threads */
	uint64_t started; /* ticks after the boot */
	dev_t device;	  /* of the file that it runs; 0 when unknown */
	ino_t inode;
	char comm[PROC_COMM_SIZE];
	char *program;	 /* path of that file without " (deleted)"; NULL when there is none */
	char *arguments; /* NUL after each and at the end */
	size_t arguments_size;
};

struct processes {
	struct process *items; /* by pid */
	size_t count;
	uint64_t unseen;  /* those whose program could not be read */
	uint64_t dropped; /* those beyond the limit */
};

/*
 * A descriptor of /proc: a fresh mount where the system allows one, which nothing can be mounted
 * over, else the one that is there. A negative errno when it is not a proc filesystem.
 */
int proc_open(void) _must_check_;
/* All processes but those that vanish. -ETIME after the deadline (monotonic ms; 0: none). */
int proc_list(int proc_fd, uint64_t deadline_ms, struct processes *ret) _must_check_;
void processes_done(struct processes *processes);
#define _cleanup_processes_ _cleanup_(processes_done)
/* NULL when there is none of that number. */
const struct process *processes_find(const struct processes *processes, pid_t pid);

/* The directory of a process. */
int proc_enter(int proc_fd, pid_t pid) _must_check_;
/*
 * At most `limit` bytes of a file below the directory, with a NUL after them: 0, 1 when more
 * followed, a negative errno. The bytes belong to the caller.
 */
int proc_read(int dir_fd, const char *name, size_t limit, char **ret_data,
	      size_t *ret_size) _must_check_;
/* Where a link below the directory leads; -ENAMETOOLONG. */
int proc_read_link(int dir_fd, const char *name, char **ret) _must_check_;

/* Takes pid, name, state, flags, times from /proc/PID/stat. -EINVAL. */
int proc_parse_stat(const char *text, size_t size, struct process *ret) _must_check_;
/* The number in "socket:[NUMBER]", or 0. */
uint64_t proc_parse_socket(const char *link);

/*
 * Calls `take` for each open descriptor that is a socket, until it returns other than 0. `*left`
 * counts all descriptors down and ends it at 0.
 */
int proc_each_socket(int process_fd, size_t *left, int (*take)(void *data, uint64_t inode),
		     void *data) _must_check_;
