/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nonces that need no memory of having been given: base64url of
 *
 *	expiry, 8 bytes, seconds since the epoch, big endian
 *	16 random bytes
 *	HMAC-SHA256 over both, with the collector's secret
 *
 * That one is used once only is the store's affair (used_nonces).
 */
#pragma once

#include "error.h"

#include <stddef.h>
#include <stdint.h>

#define NONCE_SECRET_SIZE 32
#define NONCE_SECONDS	  300
#define NONCE_BODY_SIZE	  24
#define NONCE_SIZE	  (NONCE_BODY_SIZE + 32)

struct nonce_secret {
	uint8_t bytes[NONCE_SECRET_SIZE];
};

struct nonce {
	uint8_t body[NONCE_BODY_SIZE]; /* what names it in the store */
	int64_t expires;	       /* seconds since the epoch */
};

int nonce_secret_generate(struct nonce_secret *ret, struct error *error) _must_check_;
/* Wipes it. */
void nonce_secret_done(struct nonce_secret *secret);

/* A new string. */
int nonce_make(const struct nonce_secret *secret, int64_t now, char **ret,
	       struct error *error) _must_check_;
/*
 * -EBADMSG when this collector did not make it; -ETIME when it did and its time is over (`ret` is
 * written then too).
 */
int nonce_check(const struct nonce_secret *secret, const char *text, int64_t now,
		struct nonce *ret) _must_check_;
