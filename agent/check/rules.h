/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content rules in YARA's language: ours (rules/, in the program) and those of the user.
 *
 * As in the public rule collections, a rule may ask for filename, filepath (absolute inside the
 * root), extension, filetype ("ELF", "TEXT" or "DATA") and owner (always ""). Rules cannot include
 * files.
 */
#pragma once

#include "check/window.h"
#include "finding.h"

#define RULES_MATCHES_MAX 16

struct rules;

/*
 * Compiles our rules and the *.yar and *.yara files of `directory` of this system (NULL or missing:
 * none). A file that cannot be used is a coverage.rules finding with its name and line, and the
 * others still count. -ENOMEM, -EINVAL with the reason.
 */
int rules_load(const char *directory, struct findings *findings, struct rules **ret,
	       struct error *error) _must_check_;
void rules_free(struct rules *rules);
DEFINE_CLEANUP(struct rules *, rules_free)

/* A rule that matched. */
struct rule_match {
	char *rule;
	char *code;	   /* of the catalogue, for our rules; else NULL */
	char *description; /* or NULL */
	enum severity severity;
};

struct rule_matches {
	struct rule_match items[RULES_MATCHES_MAX];
	size_t count;
};

void rule_matches_done(struct rule_matches *matches);
#define _cleanup_rule_matches_ _cleanup_(rule_matches_done)

/*
 * Matches one file, for at most `seconds`. 0, or -ETIME, -EIO, -ENOMEM; what matched before an
 * error stays in `ret`, which the caller frees in any case.
 */
int rules_scan(struct rules *rules, struct window *window, const char *path, int seconds,
	       struct rule_matches *ret) _must_check_;
