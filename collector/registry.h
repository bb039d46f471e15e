/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manifests that this collector knows, and the keys that it trusts to sign them.
 *
 * A published manifest is verified again with the trust anchors of now whenever it is first used
 * after a change, so that withdrawing a signer's key needs no change of the store. Any thread.
 */
#pragma once

#include "db.h"
#include "manifest.h"

enum known_state {
	KNOWN_INVALID = 0,
	KNOWN_GOOD,
	KNOWN_MISSING,	 /* nobody published it */
	KNOWN_REVOKED,	 /* an operator revoked it */
	KNOWN_UNTRUSTED, /* its signer is not (or no longer) trusted, or its key is revoked */
};

/* One manifest as it is known; shared and constant. */
struct known {
	struct digest digest;
	enum known_state state;
	struct manifest *manifest; /* NULL when MISSING or UNTRUSTED */
	char *reason;		   /* UNTRUSTED: why */
	unsigned references;	   /* the registry's own */
};

struct registry;

/* `trust_path`: a directory as of trust.h. No key in it is no error. */
int registry_new(const char *trust_path, struct registry **ret, struct error *error) _must_check_;
void registry_free(struct registry *registry);
DEFINE_CLEANUP(struct registry *, registry_free)

/* Reads the trust anchors again; on failure the ones in use stay. */
int registry_reload(struct registry *registry, struct error *error) _must_check_;
/* How many signers are trusted. */
size_t registry_count_signers(struct registry *registry);
/* Forgets what it kept of the store, after a manifest was published or revoked. */
void registry_forget(struct registry *registry);

/* As manifest_parse(), with the trust anchors of now. */
int registry_parse(struct registry *registry, const char *json, size_t size, struct manifest **ret,
		   struct error *error) _must_check_;

/* What is known of the manifest with this digest; give it back with registry_release(). */
int registry_find(struct registry *registry, struct db *db, const struct digest *digest,
		  struct known **ret, struct error *error) _must_check_;
void registry_release(struct registry *registry, struct known *known);
