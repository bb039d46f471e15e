/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check table: what is looked for, in which situation, and what that needs.
 *
 * A check is a row here, a file of its own in agent/check, its codes in core/catalog, a test and a
 * page of docs/checks.
 */
#pragma once

#include "check/explanation.h"
#include "check/suspect.h"
#include "finding.h"
#include "policy.h"

/* What a root is looked at for. */
enum situation {
	SITUATION_IMAGE = 1 << 0, /* an image against its manifest, before anything has run */
	SITUATION_AUDIT = 1 << 1, /* an image without a manifest */
	SITUATION_BOOT = 1 << 2,  /* against the manifest, after a first boot */
};

enum check_needs {
	NEEDS_LIVE = 1 << 0,	 /* the running system, not a mounted image of one */
	NEEDS_PACKAGES = 1 << 1, /* a dpkg database */
};

/* All that a check may look at. Borrowed; nothing outside the root is opened. */
struct check_context {
	enum situation situation;
	int root_fd; /* for root_read() and root_open_directory() */
	bool live;   /* the root is that of the running system */
	const struct policy *policy;
	const struct comparison *comparison; /* what differs from the manifest or from packages */
	const struct packages *packages;     /* in an audit; NULL: the root has no database */
	bool unvouched;	   /* no manifest and no packages: nothing vouches for anything here */
	const char *rules; /* a directory of this system with YARA rules, or NULL */
	/* Of it, by path, and in the boot phase without what is explained; set by checks_run(). */
	struct suspects suspects;
	/* What the instance was told, and what that explains; set by checks_run(), NULL elsewhere
	 * than in the boot phase. */
	const struct provenance *provenance;
	const struct explanations *explanations;
	int64_t now;	      /* seconds */
	uint64_t deadline_ms; /* of the monotonic clock; 0: none */
};

struct check {
	const char *name;  /* in the coverage, and in the policy's `check NAME off` */
	const char *title; /* one line, for `goldseal checks` */
	unsigned situations;
	unsigned needs;
	const char *codes; /* globs of the codes that it gives, separated by blanks */
	/*
	 * Appends what it found. A negative errno with the reason means that it did not come to its
	 * end: that is a finding too, and what it appended before stays. 1 with the reason: there
	 * is nothing here for it to look at, which the coverage says.
	 */
	int (*run)(const struct check_context *context, struct findings *ret, struct error *error);
};

/* All checks, in the order in which they run. */
const struct check *checks_list(size_t *ret_count);
const struct check *checks_find(const char *name);

/*
 * Runs what fits the situation and is not turned off, and notes each in the coverage: "ran", "off",
 * or why it did not run. What two checks say of one path becomes one finding; then packages and
 * waivers are filled in, and the gravest comes first. -ENOMEM, or that the root cannot be opened.
 */
int checks_run(struct check_context *context, struct coverage *coverage,
	       struct findings *ret) _must_check_;

/* -EINVAL when the policy turns off a check that does not exist. */
int checks_check_policy(const struct policy *policy, struct error *error) _must_check_;
