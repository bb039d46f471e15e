/* SPDX-License-Identifier: Apache-2.0 */
#include "dsse.h"
#include "json.h"
#include "text.h"

#include <string.h>

/* An envelope has about nine values; the rest is room for members that we do not know. */
static const struct json_limits envelope_limits = {.depth = 32, .values = 1024};

int dsse_pae(const char *payload_type, const void *payload, size_t size, struct buffer *ret)
{
	const size_t before = ret->size;
	int r;

	r = buffer_printf(ret, "DSSEv1 %zu %s %zu ", strlen(payload_type), payload_type, size);
	if (r < 0)
		return r;
	r = buffer_append(ret, payload, size);
	if (r < 0)
		ret->size = before;
	return r;
}

/* New reference; NULL when out of memory. */
static json_t *base64_json(const void *data, size_t size)
{
	_cleanup_free_ char *text = base64_encode(data, size);

	return text ? json_string(text) : NULL;
}

static json_t *make_envelope(const char *payload_type, json_t *payload, const char *key_id,
			     json_t *signature)
{
	if (!payload || !signature)
		return NULL;
	return json_pack("{s:O, s:s, s:[{s:s, s:O}]}", "payload", payload, "payloadType",
			 payload_type, "signatures", "keyid", key_id, "sig", signature);
}

int dsse_sign(const char *payload_type, const void *payload, size_t size, const struct key *key,
	      char **ret_json, struct error *error)
{
	_cleanup_buffer_ struct buffer pae = {0};
	_cleanup_free_ uint8_t *signature = NULL;
	_cleanup_json_ json_t *payload_text = NULL, *signature_text = NULL, *envelope = NULL;
	size_t signature_size;
	char *json;
	int r;

	r = dsse_pae(payload_type, payload, size, &pae);
	if (r < 0)
		return error_set(error, r, "out of memory");
	r = key_sign(key, pae.data, pae.size, &signature, &signature_size, error);
	if (r < 0)
		return r;
	payload_text = base64_json(payload, size);
	signature_text = base64_json(signature, signature_size);
	envelope = make_envelope(payload_type, payload_text, key_get_id(key), signature_text);
	json = envelope ? json_dumps(envelope, JSON_COMPACT) : NULL;
	if (!json)
		return error_set(error, -ENOMEM, "cannot build the envelope");
	*ret_json = json;
	return 0;
}

/* A required base64 member. */
static int get_bytes(json_t *object, const char *name, uint8_t **ret_data, size_t *ret_size,
		     struct error *error)
{
	json_t *member = json_object_get(object, name);
	int r;

	if (!json_is_string(member))
		return error_set(error, -EBADMSG, "envelope: \"%s\" must be a string", name);
	r = base64_decode(json_string_value(member), json_string_length(member), ret_data,
			  ret_size);
	if (r == -EINVAL)
		return error_set(error, -EBADMSG, "envelope: \"%s\" is not base64", name);
	return r < 0 ? error_set(error, r, "out of memory") : 0;
}

/* A string member in a new string; NULL when it is not there and need not be. */
static int get_text(json_t *object, const char *name, bool required, char **ret,
		    struct error *error)
{
	json_t *member = json_object_get(object, name);
	char *text;

	if (!member && !required) {
		*ret = NULL;
		return 0;
	}
	if (!json_is_string(member))
		return error_set(error, -EBADMSG, "envelope: \"%s\" must be a string", name);
	text = strdup(json_string_value(member));
	if (!text)
		return error_set(error, -ENOMEM, "out of memory");
	*ret = text;
	return 0;
}

static int parse_signature(json_t *root, struct dsse *dsse, struct error *error)
{
	json_t *signatures = json_object_get(root, "signatures"), *signature;
	int r;

	if (!json_is_array(signatures) || json_array_size(signatures) != 1)
		return error_set(error, -EBADMSG,
				 "envelope: \"signatures\" must be a list of exactly one");
	signature = json_array_get(signatures, 0);
	if (!json_is_object(signature))
		return error_set(error, -EBADMSG, "envelope: a signature must be an object");
	r = get_text(signature, "keyid", false, &dsse->key_id, error);
	if (r < 0)
		return r;
	/* The specification: unset and empty are the same. */
	if (dsse->key_id && !*dsse->key_id) {
		free(dsse->key_id);
		dsse->key_id = NULL;
	}
	return get_bytes(signature, "sig", &dsse->signature, &dsse->signature_size, error);
}

int dsse_parse(const char *json, size_t size, struct dsse *ret, struct error *error)
{
	_cleanup_dsse_ struct dsse dsse = {0};
	_cleanup_json_ json_t *root = NULL;
	int r;

	if (size > DSSE_ENVELOPE_MAX)
		return error_set(error, -EBADMSG, "envelope: larger than the limit of %d bytes",
				 DSSE_ENVELOPE_MAX);
	r = json_read_object(json, size, &envelope_limits, &root, error);
	if (r < 0)
		return error_prefix(error, r, "envelope");
	r = get_text(root, "payloadType", true, &dsse.payload_type, error);
	if (r < 0)
		return r;
	r = get_bytes(root, "payload", &dsse.payload, &dsse.payload_size, error);
	if (r < 0)
		return r;
	r = parse_signature(root, &dsse, error);
	if (r < 0)
		return r;
	*ret = dsse;
	dsse = (struct dsse){0};
	return 0;
}

/* The keys that a signature is tried with, and what it was made over. */
struct attempt {
	const struct trust *trust;
	const struct dsse *dsse;
	struct buffer pae;
};

typedef const struct key *(*key_getter)(const struct trust *, size_t);

/* The first of the keys with the id of the envelope's hint; NULL when none has it. */
static const struct key *find_hinted(const struct attempt *attempt, key_getter get)
{
	const struct key *key;

	if (!attempt->dsse->key_id)
		return NULL;
	for (size_t i = 0; (key = get(attempt->trust, i)); i++)
		if (strcmp(key_get_id(key), attempt->dsse->key_id) == 0)
			return key;
	return NULL;
}

static int try_key(const struct attempt *attempt, const struct key *key)
{
	return key_verify(key, attempt->pae.data, attempt->pae.size, attempt->dsse->signature,
			  attempt->dsse->signature_size);
}

/*
 * Finds the key that verifies: the hinted one when there is such a key, else each. -EBADMSG when
 * the hinted one does not, -ENOKEY when none of several does.
 */
static int find_signer(const struct attempt *attempt, key_getter get, const struct key **ret)
{
	const struct key *key = find_hinted(attempt, get);
	int r;

	if (key) {
		r = try_key(attempt, key);
		if (r == 0)
			*ret = key;
		return r;
	}
	for (size_t i = 0; (key = get(attempt->trust, i)); i++) {
		r = try_key(attempt, key);
		if (r == -EBADMSG)
			continue;
		if (r == 0)
			*ret = key;
		return r;
	}
	return -ENOKEY;
}

/* Says why no trusted key verified. */
static int explain(const struct attempt *attempt, int r, struct error *error)
{
	const char *hint = attempt->dsse->key_id;
	const struct key *key;
	int revoked;

	if (r == -EBADMSG)
		return error_set(error, r, "the signature is wrong: key %s did not make it", hint);
	if (r != -ENOKEY)
		return error_set(error, r, "the signature could not be checked");
	revoked = find_signer(attempt, trust_get_revoked, &key);
	if (revoked == 0)
		return error_set(error, -EKEYREVOKED, "signed by key %s, which is revoked",
				 key_get_id(key));
	if (revoked == -EBADMSG)
		return error_set(error, revoked, "the signature is wrong: key %s did not make it",
				 hint);
	if (revoked != -ENOKEY)
		return error_set(error, revoked, "the signature could not be checked");
	if (hint && trust_is_revoked(attempt->trust, hint))
		return error_set(error, r,
				 "no trusted key verifies the signature; it names key %s, "
				 "which is revoked",
				 hint);
	return error_set(error, r, "no trusted key (of %zu) verifies the signature",
			 trust_count(attempt->trust));
}

/* What follows a good signature: its key's id, and the type that the caller expects. */
static int accept(struct dsse *dsse, const struct key *key, const char *payload_type,
		  struct error *error)
{
	_cleanup_free_ char *shown = NULL;
	char *id;

	if (strcmp(dsse->payload_type, payload_type) != 0) {
		shown = text_escape(dsse->payload_type, strlen(dsse->payload_type));
		return error_set(error, -EBADMSG, "payload type is \"%s\", expected \"%s\"",
				 shown ? shown : "?", payload_type);
	}
	id = strdup(key_get_id(key));
	if (!id)
		return error_set(error, -ENOMEM, "out of memory");
	free(dsse->key_id);
	dsse->key_id = id;
	return 0;
}

int dsse_verify(const char *json, size_t size, const char *payload_type, const struct trust *trust,
		struct dsse *ret, struct error *error)
{
	_cleanup_dsse_ struct dsse dsse = {0};
	_cleanup_buffer_ struct buffer pae = {0};
	struct attempt attempt = {.trust = trust, .dsse = &dsse};
	const struct key *key;
	int r;

	r = dsse_parse(json, size, &dsse, error);
	if (r < 0)
		return r;
	r = dsse_pae(dsse.payload_type, dsse.payload, dsse.payload_size, &pae);
	if (r < 0)
		return error_set(error, r, "out of memory");
	attempt.pae = pae;
	r = find_signer(&attempt, trust_get, &key);
	if (r < 0)
		return explain(&attempt, r, error);
	r = accept(&dsse, key, payload_type, error);
	if (r < 0)
		return r;
	*ret = dsse;
	dsse = (struct dsse){0};
	return 0;
}

int dsse_verify_key(const char *json, size_t size, const char *payload_type, const struct key *key,
		    struct dsse *ret, struct error *error)
{
	_cleanup_dsse_ struct dsse dsse = {0};
	_cleanup_buffer_ struct buffer pae = {0};
	int r;

	r = dsse_parse(json, size, &dsse, error);
	if (r < 0)
		return r;
	r = dsse_pae(dsse.payload_type, dsse.payload, dsse.payload_size, &pae);
	if (r < 0)
		return error_set(error, r, "out of memory");
	r = key_verify(key, pae.data, pae.size, dsse.signature, dsse.signature_size);
	if (r == -EBADMSG)
		return error_set(error, r, "the signature is wrong: key %s did not make it",
				 key_get_id(key));
	if (r < 0)
		return error_set(error, r, "the signature could not be checked");
	r = accept(&dsse, key, payload_type, error);
	if (r < 0)
		return r;
	*ret = dsse;
	dsse = (struct dsse){0};
	return 0;
}

void dsse_done(struct dsse *dsse)
{
	free(dsse->payload_type);
	free(dsse->payload);
	free(dsse->key_id);
	free(dsse->signature);
	*dsse = (struct dsse){0};
}
