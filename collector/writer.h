/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that writes, with group commit: it gathers jobs for at most WRITER_WINDOW_US or
 * WRITER_BATCH of them, runs each in a savepoint of one transaction, commits, and only then tells
 * each job's owner. So what was told is on disk.
 */
#pragma once

#include "db.h"

#define WRITER_WINDOW_US 2000
#define WRITER_BATCH	 512

struct job {
	struct job *next;
	size_t weight; /* bytes that it keeps in memory while it waits */
	/* In the transaction. A negative errno takes back what this job wrote, and nothing else. */
	int (*run)(struct job *job, struct db *db);
	/* In the writer's thread, after the commit or its failure; it may free the job. */
	void (*done)(struct job *job);
	/* What run() returned; or -ENOSPC, -EIO, ... when the transaction was not committed. */
	int result;
};

struct writer_limits {
	size_t jobs;
	size_t bytes;
};

struct writer_figures {
	size_t waiting;
	uint64_t commits;
	uint64_t failures;
	uint64_t commit_us; /* sum of the time that commits took */
};

struct writer;

int writer_new(struct db *db, struct writer_limits limits, struct writer **ret,
	       struct error *error) _must_check_;
/* -EAGAIN when too much waits already, -ESHUTDOWN after writer_stop(). */
int writer_submit(struct writer *writer, struct job *job) _must_check_;
/* Runs what waits, then ends the thread. */
void writer_stop(struct writer *writer);
void writer_free(struct writer *writer);
DEFINE_CLEANUP(struct writer *, writer_free)

void writer_get_figures(struct writer *writer, struct writer_figures *ret);
