/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing a root with its manifest: a merge of two sorted streams.
 */
#pragma once

#include "coverage.h"
#include "evidence.h"
#include "manifest.h"
#include "measure/measure.h"

#define DIFFERENCES_MAX	      20000
#define DIFFERENCES_MINOR_MAX 10000

enum difference_kind {
	DIFFERENCE_UNEXPECTED = 1, /* on the disk, not in the manifest */
	DIFFERENCE_MISSING,	   /* in the manifest, not on the disk */
	DIFFERENCE_CHANGED,
	DIFFERENCE_PROBLEM, /* could not be compared */
	_DIFFERENCE_MAX,
};

/* What differs between expected and actual. */
enum {
	ATTRIBUTE_TYPE = 1 << 0,
	ATTRIBUTE_MODE = 1 << 1,
	ATTRIBUTE_UID = 1 << 2,
	ATTRIBUTE_GID = 1 << 3,
	ATTRIBUTE_SIZE = 1 << 4,
	ATTRIBUTE_LINK = 1 << 5,
	ATTRIBUTE_DIGEST = 1 << 6,
	ATTRIBUTE_DEVICE = 1 << 7,
	ATTRIBUTE_CAPABILITY = 1 << 8,
	ATTRIBUTE_ACL = 1 << 9,
	ATTRIBUTE_BEGINNING = 1 << 10, /* of an append file */
};

struct difference {
	enum difference_kind kind;
	char *path; /* absolute inside the root, raw bytes */
	struct entry expected;
	struct entry actual;
	unsigned attributes;
	enum path_class class;
	enum problem problem;
	int error;
	mode_t mode; /* of the actual object, with type bits; 0 when there is none */
};

struct comparison {
	struct difference *differences; /* in path order */
	size_t count;
	size_t space;
	size_t limit, minor_limit; /* 0: DIFFERENCES_MAX, DIFFERENCES_MINOR_MAX */
	uint64_t minor;		   /* of the differences */
	uint64_t dropped;	   /* beyond the limits */
	struct coverage coverage;
	bool late;	 /* the deadline ended it */
	char *late_path; /* the first file that was not read for that reason, or NULL */
	uint64_t fixed_entries;
	struct digest fixed_digest;
	struct evidence_timing timing;
};

struct compare_options {
	const char *root;
	const struct manifest *manifest;
	const char *manifest_directory;
	enum phase phase;
	unsigned workers;
	struct progress *progress;   /* or NULL */
	bool full;		     /* read contents also where the kernel vouches for them */
	enum coverage_tier tier;     /* 0: all */
	uint64_t deadline_ms;	     /* of the monotonic clock; 0: none */
	struct known *known;	     /* of an earlier pass, or NULL */
	struct state_reader *state;  /* of an earlier run, or NULL */
	struct state_writer *record; /* for a later run, or NULL */
	/* Whether a difference may be dropped when there are too many; NULL: each may. */
	bool (*is_minor)(const struct difference *difference);
};

/*
 * Fills `ret`; the caller calls comparison_done() in any case. An error means that nothing was
 * found out: -EBADMSG when the body is not the manifest's, -ENOTDIR and so on for the root.
 */
int compare_root(const struct compare_options *options, struct comparison *ret,
		 struct error *error) _must_check_;
void comparison_done(struct comparison *comparison);
/*
 * Moves the difference into the list, or counts it as dropped when the list is full: minor ones
 * have half of it at most. `is_minor` may be NULL: each may be dropped. -ENOMEM.
 */
int comparison_take(struct comparison *comparison, struct difference *difference,
		    bool (*is_minor)(const struct difference *difference)) _must_check_;
#define _cleanup_comparison_ _cleanup_(comparison_done)

/* The attributes in which two entries differ, as far as `expected` states them. */
unsigned entry_compare(const struct entry *expected, const struct entry *actual);
