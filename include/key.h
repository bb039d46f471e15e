/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key pairs.
 *
 * ECDSA P-256 with SHA-256 (signature in ASN.1 DER, RFC 3279) or Ed25519 (RFC 8032, pure). Private
 * keys are PKCS#8 PEM, public keys SPKI PEM (RFC 5208, RFC 5280). Any other algorithm or curve is
 * refused when it is loaded.
 */
#pragma once

#include "digest.h"

enum key_type {
	KEY_P256,
	KEY_ED25519,
	_KEY_TYPE_MAX,
	_KEY_TYPE_INVALID = -EINVAL,
};

const char *key_type_to_string(enum key_type type);
enum key_type key_type_from_string(const char *text);

/* A private or a public key. */
struct key;

int key_generate(enum key_type type, struct key **ret, struct error *error) _must_check_;
/* From PEM text; `name` is for messages. Encrypted private keys are refused with a clear reason. */
int key_parse_private(const char *pem, size_t size, const char *name, struct key **ret,
		      struct error *error) _must_check_;
int key_parse_public(const char *pem, size_t size, const char *name, struct key **ret,
		     struct error *error) _must_check_;
/* From files. A private key that group or others may read or write is refused with -EPERM. */
int key_load_private(const char *path, struct key **ret, struct error *error) _must_check_;
int key_load_public(const char *path, struct key **ret, struct error *error) _must_check_;
/* Writes PATH (0600 private, 0644 public), never over an existing file (-EEXIST). */
int key_save_private(const struct key *key, const char *path, struct error *error) _must_check_;
int key_save_public(const struct key *key, const char *path, struct error *error) _must_check_;
/* SPKI PEM text in a new string. */
int key_public_pem(const struct key *key, char **ret, struct error *error) _must_check_;
void key_free(struct key *key);
DEFINE_CLEANUP(struct key *, key_free)

enum key_type key_get_type(const struct key *key);
/* SHA-256 of the SPKI DER, as 64 hexadecimal digits: a hint for finding a key, never a reason to
 * trust it. */
const char *key_get_id(const struct key *key);

/* Signs; the signature belongs to the caller. -EINVAL for a public key. */
int key_sign(const struct key *key, const void *data, size_t size, uint8_t **ret_signature,
	     size_t *ret_signature_size, struct error *error) _must_check_;
/* 0 when the signature is right, -EBADMSG when it is wrong, another code when it could not be
 * checked. */
int key_verify(const struct key *key, const void *data, size_t size, const uint8_t *signature,
	       size_t signature_size) _must_check_;
