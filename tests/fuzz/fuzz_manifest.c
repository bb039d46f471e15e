/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload of a manifest, signed here with a fixed key, so that what lies behind the signature
 * is reached. What is accepted must survive being signed and parsed again.
 */
#include "manifest.h"

#include <string.h>

/* RFC 8032, section 7.1, test 1, as it is published there. */
static const char private_pem[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
	"-----END PRIVATE KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct signer {
	struct key *key;
	struct trust *trust;
};

static void signer_done(struct signer *signer)
{
	key_free(signer->key);
	trust_free(signer->trust);
}

static void signer_init(struct signer *signer)
{
	_cleanup_free_ char *pem = NULL;
	struct key *public;

	if (key_parse_private(private_pem, strlen(private_pem), "fixed", &signer->key, NULL) < 0 ||
	    key_public_pem(signer->key, &pem, NULL) < 0 ||
	    key_parse_public(pem, strlen(pem), "fuzz", &public, NULL) < 0)
		abort();
	if (trust_new(&signer->trust) < 0 || trust_add(signer->trust, public) < 0)
		abort();
}

static void check_again(const struct signer *signer, struct manifest *manifest)
{
	_cleanup_(manifest_free_p) struct manifest *again = NULL;
	_cleanup_free_ char *json = NULL;
	size_t size;

	if (manifest_sign(manifest, signer->key, &json, &size, NULL) < 0 ||
	    manifest_parse(json, size, signer->trust, &again, NULL) < 0)
		abort();
	if (strcmp(again->image_name, manifest->image_name) != 0 ||
	    again->built_at != manifest->built_at || again->expires_at != manifest->expires_at ||
	    again->entries != manifest->entries ||
	    !digest_is_equal(&again->fixed_digest, &manifest->fixed_digest) ||
	    !digest_is_equal(&again->body_digest, &manifest->body_digest) ||
	    !json_equal(again->xattrs, manifest->xattrs) ||
	    !json_equal(again->appends, manifest->appends))
		abort();
}

static void take_xattrs(const struct manifest *manifest)
{
	const char *path;
	json_t *values;

	json_object_foreach(manifest->xattrs, path, values)
	{
		_cleanup_entry_ struct entry entry = {.path = strdup(path)};
		_cleanup_error_ struct error error = {};

		if (manifest_get_xattrs(manifest, &entry, &error) < 0 && !error.message)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(signer_done) struct signer signer = {};
	_cleanup_(manifest_free_p) struct manifest *manifest = NULL;
	_cleanup_error_ struct error error = {};
	_cleanup_free_ char *json = NULL;

	signer_init(&signer);
	if (dsse_sign(DSSE_PAYLOAD_TYPE_INTOTO, data, size, signer.key, &json, NULL) < 0)
		abort();
	if (manifest_parse(json, strlen(json), signer.trust, &manifest, &error) < 0) {
		if (manifest || !error.message)
			abort();
		return 0;
	}
	take_xattrs(manifest);
	check_again(&signer, manifest);
	return 0;
}
