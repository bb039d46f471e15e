/* SPDX-License-Identifier: Apache-2.0 */
#include "nonce.h"

#include "urlsafe.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#define MAC_SIZE (NONCE_SIZE - NONCE_BODY_SIZE)

int nonce_secret_generate(struct nonce_secret *ret, struct error *error)
{
	if (RAND_bytes(ret->bytes, sizeof(ret->bytes)) != 1)
		return error_set_openssl(error, -EIO, "no random bytes");
	return 0;
}

void nonce_secret_done(struct nonce_secret *secret)
{
	OPENSSL_cleanse(secret, sizeof(*secret));
}

static int compute_mac(const struct nonce_secret *secret, const uint8_t *body,
		       uint8_t ret[static MAC_SIZE])
{
	unsigned size = 0;

	if (!HMAC(EVP_sha256(), secret->bytes, sizeof(secret->bytes), body, NONCE_BODY_SIZE, ret,
		  &size) ||
	    size != MAC_SIZE)
		return -EIO;
	return 0;
}

int nonce_make(const struct nonce_secret *secret, int64_t now, char **ret, struct error *error)
{
	uint8_t bytes[NONCE_SIZE];
	uint64_t expires = htobe64((uint64_t)(now + NONCE_SECONDS));
	char *text;

	memcpy(bytes, &expires, sizeof(expires));
	if (RAND_bytes(bytes + sizeof(expires), NONCE_BODY_SIZE - sizeof(expires)) != 1)
		return error_set_openssl(error, -EIO, "no random bytes");
	if (compute_mac(secret, bytes, bytes + NONCE_BODY_SIZE) < 0)
		return error_set_openssl(error, -EIO, "HMAC failed");
	text = urlsafe_encode(bytes, sizeof(bytes));
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

int nonce_check(const struct nonce_secret *secret, const char *text, int64_t now, struct nonce *ret)
{
	uint8_t bytes[NONCE_SIZE], mac[MAC_SIZE];
	uint64_t expires;
	int r = urlsafe_decode(text, bytes, sizeof(bytes));

	if (r == -EINVAL)
		return -EBADMSG;
	if (r >= 0)
		r = compute_mac(secret, bytes, mac);
	if (r < 0)
		return r;
	if (CRYPTO_memcmp(mac, bytes + NONCE_BODY_SIZE, MAC_SIZE) != 0)
		return -EBADMSG;
	memcpy(ret->body, bytes, NONCE_BODY_SIZE);
	memcpy(&expires, bytes, sizeof(expires));
	ret->expires = (int64_t)be64toh(expires);
	return now < ret->expires ? 0 : -ETIME;
}
