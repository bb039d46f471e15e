/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests into and out of force, in the store. Both run in a transaction. */
#pragma once

#include "db.h"
#include "manifest.h"

struct publication {
	const struct manifest *manifest; /* verified */
	const char *json;		 /* its bytes */
	size_t size;
	const char *by; /* name of the token */
	int64_t now;	/* ms */
};

/* 1: it is new; 0: it is there already. A revoked one stays revoked. */
int manifest_publish(struct db *db, const struct publication *publication,
		     struct error *error) _must_check_;

/*
 * Also fails the instances whose evidence rests on it, with the reason evidence.revoked-manifest.
 * 1: done; 0: it was revoked before. -ENOENT.
 */
int manifest_revoke(struct db *db, const struct digest *digest, const char *by, int64_t now,
		    struct error *error) _must_check_;
