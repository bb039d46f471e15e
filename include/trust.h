/* SPDX-License-Identifier: Apache-2.0 */
/* Trust anchors: the public keys that are trusted, and those that are revoked. */
#pragma once

#include "key.h"

/*
 * The set of public keys that are trusted, and those that are revoked.
 *
 * A directory holds *.pem files (one public key each; a broken file is an error that names it) and,
 * optionally, `revoked`: one key id a line, # starts a comment. A revoked key is never used, though
 * its file is still there.
 */
struct trust;

int trust_new(struct trust **ret) _must_check_;
/* Loads a file or a directory. -ENOENT names the path; -ENOKEY when nothing usable is in it. */
int trust_load(const char *path, struct trust **ret, struct error *error) _must_check_;
/* Adds a key; takes it over on success. -EEXIST when it is already in. */
int trust_add(struct trust *trust, struct key *key) _must_check_;
/* Revokes by key id (64 hexadecimal digits). */
int trust_revoke(struct trust *trust, const char *key_id) _must_check_;
size_t trust_count(const struct trust *trust);
const struct key *trust_get(const struct trust *trust, size_t index);
/* True when `key_id` is on the revocation list. */
bool trust_is_revoked(const struct trust *trust, const char *key_id);
/* The revoked keys whose files are there: never to trust, only to say who signed. */
size_t trust_count_revoked(const struct trust *trust);
const struct key *trust_get_revoked(const struct trust *trust, size_t index);
void trust_free(struct trust *trust);
DEFINE_CLEANUP(struct trust *, trust_free)
