/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4) through OpenSSL's EVP, fetched once; and MD5 (RFC 1321), which dpkg's
 * databases have and nothing else here relies on.
 */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE	32
#define DIGEST_MD5_SIZE 16		      /* zeros follow it in a struct digest */
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1) /* with the NUL */

struct digest {
	uint8_t bytes[DIGEST_SIZE];
};

/* One digest being computed. It keeps its EVP_MD and EVP_MD_CTX for any number of digests; one
 * thread at a time. */
struct hasher;

enum digest_algorithm {
	DIGEST_SHA256,
	DIGEST_MD5,
};

/* Of SHA-256. */
int hasher_new(struct hasher **ret) _must_check_;
/* -EIO where OpenSSL does not offer the algorithm, as MD5 under FIPS 140. */
int hasher_new_of(enum digest_algorithm algorithm, struct hasher **ret) _must_check_;
/* A further one that shares the fetched algorithm of `other`. */
int hasher_clone(const struct hasher *other, struct hasher **ret) _must_check_;
void hasher_free(struct hasher *hasher);
DEFINE_CLEANUP(struct hasher *, hasher_free)

/* begin, any number of updates, finish. -EIO when OpenSSL fails. */
int hasher_begin(struct hasher *hasher) _must_check_;
int hasher_update(struct hasher *hasher, const void *data, size_t size) _must_check_;
int hasher_finish(struct hasher *hasher, struct digest *ret) _must_check_;

/* Of one buffer. */
int digest_compute(const void *data, size_t size, struct digest *ret) _must_check_;

void digest_to_hex(const struct digest *digest, char ret_text[DIGEST_HEX_SIZE]);
/* Exactly 64 lower-case hexadecimal digits; -EINVAL. */
int digest_from_hex(const char *text, size_t length, struct digest *ret) _must_check_;
/* In constant time. */
bool digest_is_equal(const struct digest *a, const struct digest *b);
