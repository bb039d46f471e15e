/* SPDX-License-Identifier: Apache-2.0 */
#include "digest.h"
#include "text.h"

#include <openssl/crypto.h>
#include <string.h>

struct hasher {
	EVP_MD *md;
	EVP_MD_CTX *context;
};

/* Drains OpenSSL's queue. */
static int failed(void)
{
	return error_set_openssl(NULL, -EIO, "SHA-256");
}

/* Takes over `md`. */
static int new_with(EVP_MD *md, struct hasher **ret)
{
	struct hasher *hasher = calloc(1, sizeof(*hasher));
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	if (!hasher || !context) {
		free(hasher);
		EVP_MD_CTX_free(context);
		EVP_MD_free(md);
		return error_set_openssl(NULL, -ENOMEM, "SHA-256");
	}
	*hasher = (struct hasher){.md = md, .context = context};
	*ret = hasher;
	return 0;
}

int hasher_new_of(enum digest_algorithm algorithm, struct hasher **ret)
{
	static const char *const names[] = {[DIGEST_SHA256] = "SHA256", [DIGEST_MD5] = "MD5"};
	EVP_MD *md = EVP_MD_fetch(NULL, names[algorithm], NULL);

	return md ? new_with(md, ret) : failed();
}

int hasher_new(struct hasher **ret)
{
	return hasher_new_of(DIGEST_SHA256, ret);
}

int hasher_clone(const struct hasher *other, struct hasher **ret)
{
	if (EVP_MD_up_ref(other->md) != 1)
		return failed();
	return new_with(other->md, ret);
}

void hasher_free(struct hasher *hasher)
{
	if (!hasher)
		return;
	EVP_MD_CTX_free(hasher->context);
	EVP_MD_free(hasher->md);
	free(hasher);
}

int hasher_begin(struct hasher *hasher)
{
	return EVP_DigestInit_ex2(hasher->context, hasher->md, NULL) == 1 ? 0 : failed();
}

int hasher_update(struct hasher *hasher, const void *data, size_t size)
{
	return EVP_DigestUpdate(hasher->context, data, size) == 1 ? 0 : failed();
}

int hasher_finish(struct hasher *hasher, struct digest *ret)
{
	struct digest digest = {};
	unsigned int size = 0;

	if (EVP_DigestFinal_ex(hasher->context, digest.bytes, &size) != 1 ||
	    size != (unsigned int)EVP_MD_get_size(hasher->md))
		return failed();
	*ret = digest;
	return 0;
}

int digest_compute(const void *data, size_t size, struct digest *ret)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	int r;

	r = hasher_new(&hasher);
	if (r < 0)
		return r;
	r = hasher_begin(hasher);
	if (r < 0)
		return r;
	r = hasher_update(hasher, data, size);
	if (r < 0)
		return r;
	return hasher_finish(hasher, ret);
}

void digest_to_hex(const struct digest *digest, char ret_text[DIGEST_HEX_SIZE])
{
	hex_encode(digest->bytes, DIGEST_SIZE, ret_text);
}

int digest_from_hex(const char *text, size_t length, struct digest *ret)
{
	return hex_decode(text, length, ret->bytes, DIGEST_SIZE);
}

bool digest_is_equal(const struct digest *a, const struct digest *b)
{
	return CRYPTO_memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}
