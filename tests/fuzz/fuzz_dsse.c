/* SPDX-License-Identifier: Apache-2.0 */
/* An envelope from outside, parsed and then verified with one fixed key. */
#include "dsse.h"

#include <string.h>

#define PAYLOAD_TYPE "application/vnd.in-toto+json"

/* The public half of RFC 8032, section 7.1, test 1, whose private half is published there. */
static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
			  "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
			  "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int make_trust(struct trust **ret)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	struct key *key;

	if (trust_new(&trust) < 0 || key_parse_public(pem, strlen(pem), "fixed", &key, NULL) < 0)
		return -ENOMEM;
	if (trust_add(trust, key) < 0) {
		key_free(key);
		return -ENOMEM;
	}
	*ret = TAKE_PTR(trust);
	return 0;
}

/* What verified once, parses, and says the same when it is parsed without trust. */
static void check(const struct dsse *verified, const struct dsse *parsed)
{
	if (strcmp(verified->payload_type, PAYLOAD_TYPE) != 0 ||
	    verified->payload_size != parsed->payload_size ||
	    memcmp(verified->payload, parsed->payload, parsed->payload_size) != 0 ||
	    verified->payload[verified->payload_size] != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	_cleanup_dsse_ struct dsse parsed = {0}, verified = {0};
	_cleanup_error_ struct error parse_error = {0}, verify_error = {0};
	const char *text = (const char *)data;
	int parse, verify;

	if (make_trust(&trust) < 0)
		abort();
	parse = dsse_parse(text, size, &parsed, &parse_error);
	verify = dsse_verify(text, size, PAYLOAD_TYPE, trust, &verified, &verify_error);
	if (parse < 0 && (verify == 0 || !parse_error.message || parsed.payload))
		abort();
	if (verify < 0 && (!verify_error.message || verified.payload))
		abort();
	if (verify == 0)
		check(&verified, &parsed);
	return 0;
}
