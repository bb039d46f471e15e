/* SPDX-License-Identifier: Apache-2.0 */
/*
 * in-toto Statement v1 (github.com/in-toto/attestation, spec/v1/statement.md).
 */
#pragma once

#include "digest.h"

#define STATEMENT_TYPE "https://in-toto.io/Statement/v1"

struct statement_subject {
	const char *name; /* may be NULL in further subjects */
	json_t *digest;	  /* object: algorithm name to value */
};

/* A parsed statement. Pointers reach into `root`. */
struct statement {
	json_t *root;
	const char *predicate_type;
	json_t *subjects;
	json_t *predicate;
};

/*
 * Builds {"_type","subject":[{"name","digest":{"sha256"}}],"predicateType","predicate"} as compact
 * JSON with stable member order. Steals nothing. `further_subjects` may be NULL, else an array of
 * complete subject objects.
 */
int statement_build(const char *subject_name, const struct digest *subject_digest,
		    json_t *further_subjects, const char *predicate_type, json_t *predicate,
		    char **ret_json, size_t *ret_size, struct error *error) _must_check_;

/*
 * Parses verified payload bytes and requires `predicate_type`. Duplicate members, a missing or
 * empty subject list, subjects without a digest, trailing bytes and nesting over 64 are refused.
 * -EBADMSG with the reason.
 */
int statement_parse(const void *payload, size_t size, const char *predicate_type,
		    struct statement *ret, struct error *error) _must_check_;

/* The sha256 of subject number `index`; -ENOENT, -EBADMSG. */
int statement_get_sha256(const struct statement *statement, size_t index,
			 struct digest *ret) _must_check_;

void statement_done(struct statement *statement);
#define _cleanup_statement_ _cleanup_(statement_done)
