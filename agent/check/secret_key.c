/* SPDX-License-Identifier: Apache-2.0 */
#include "check/secret_match.h"

#include "text.h"

#include <string.h>

#define PEM_MAX	  65536 /* bytes of a key between its first and its last line */
#define LABEL_MAX 48
#define BODY_MIN  60 /* characters of base64: the shortest is an Ed25519 key's 64 */
#define PEEK	  48 /* characters of base64 that are decoded to see what begins there */

static bool has(const char *text, size_t size, const char *word)
{
	return memmem(text, size, word, strlen(word)) != NULL;
}

static bool starts_with(const struct secret_view *view, size_t at, const char *word)
{
	size_t size = strlen(word);

	return view->size - at >= size && memcmp(view->data + at, word, size) == 0;
}

/*
 * The characters of base64 in the body; in a string of JSON or of a program its lines end with \n.
 * Text that is none gives 0.
 */
static size_t count_base64(const char *body, size_t size, size_t *ret_distinct)
{
	bool seen[256] = {};
	size_t count = 0, other = 0;

	*ret_distinct = 0;
	for (size_t i = 0; i < size; i++) {
		bool *mark = &seen[(unsigned char)body[i]];

		if (body[i] == '\\' && i + 1 < size && strchr("nrt\\", body[i + 1])) {
			i++;
		} else if (alphabet_has(ALPHABET_BASE64, body[i]) || body[i] == '=') {
			*ret_distinct += !*mark;
			*mark = true;
			count++;
		} else if (!strchr(" \t\r\n\"'+,", body[i])) {
			other++;
		}
	}
	/* Headers of encrypted and armoured keys have a few other signs. */
	return other * 10 > count ? 0 : count;
}

/* OpenSSH names the cipher at once after its magic; "none" with its length is this. */
static bool is_plain_openssh(const char *body, size_t size)
{
	static const char plain[] = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";

	return has(body, size < 128 ? size : 128, plain);
}

static bool is_encrypted(const char *label, size_t label_size, const char *body, size_t size)
{
	if (has(label, label_size, "OPENSSH"))
		return !is_plain_openssh(body, size);
	return has(label, label_size, "ENCRYPTED") ||
	       has(body, size < 256 ? size : 256, "ENCRYPTED");
}

/* Google's service accounts keep theirs in JSON, beside its id. */
static bool is_service_account(const struct secret_view *view, size_t start)
{
	size_t from = start > 1024 ? start - 1024 : 0;

	return has(view->data + from, start - from, "\"private_key_id\"");
}

static void name_key(const struct secret_view *view, size_t start, size_t end, struct secret *ret)
{
	const char *label = view->data + end;
	size_t size = (size_t)(ret->value - label) - 5;

	ret->code = "secret.private-key";
	ret->what = "a private key";
	if (has(label, size, "PGP")) {
		ret->what = "an OpenPGP private key";
	} else if (is_encrypted(label, size, ret->value, ret->length)) {
		ret->code = "secret.encrypted-key";
		ret->what = "a private key under a passphrase";
	} else if (is_service_account(view, start)) {
		ret->code = "secret.gcp-key";
		ret->what = "a key of a Google service account";
	}
}

bool match_pem(const struct detector *detector, const struct secret_view *view, size_t start,
	       size_t end, struct secret *ret)
{
	const char *label = view->data + end, *dashes, *body, *last;
	size_t left = view->size - end, distinct;

	if (memcmp(view->data + start, detector->word, end - start) != 0)
		return false;
	dashes = memmem(label, left < LABEL_MAX ? left : LABEL_MAX, "-----", 5);
	if (!dashes || !has(label, (size_t)(dashes - label), "PRIVATE KEY"))
		return false;
	body = dashes + 5;
	left = view->size - (size_t)(body - view->data);
	/* Nothing else with dashes stands between: so many beginnings cost no more than one. */
	last = memmem(body, left < PEM_MAX ? left : PEM_MAX, "-----", 5);
	if (!last || !starts_with(view, (size_t)(last - view->data), "-----END") ||
	    count_base64(body, (size_t)(last - body), &distinct) < BODY_MIN || distinct < 16)
		return false;
	(void)secret_found(view, start, (size_t)(body - view->data), (size_t)(last - body), ret);
	name_key(view, start, end, ret);
	return true;
}

/* PuTTY's own form, versions 2 and 3: headers, and the private half after "Private-Lines". */
bool match_putty(const struct detector *detector, const struct secret_view *view, size_t start,
		 size_t end, struct secret *ret)
{
	const char *text = view->data + start, *lines;
	size_t left = view->size - start < 16384 ? view->size - start : 16384;

	if (memcmp(text, detector->word, end - start) != 0 ||
	    (start > 0 && view->data[start - 1] != '\n'))
		return false;
	lines = memmem(text, left, "\nPrivate-Lines: ", 16);
	if (!lines || left - (size_t)(lines - text) < BODY_MIN)
		return false;
	(void)secret_found(view, start, start, left, ret);
	ret->code = "secret.private-key";
	ret->what = "a private key of PuTTY";
	if (!has(text, (size_t)(lines - text), "\nEncryption: none")) {
		ret->code = "secret.encrypted-key";
		ret->what = "a private key of PuTTY under a passphrase";
	}
	return true;
}

/* A whole PEM file in base64, as in Kubernetes' client-key-data. */
bool match_encoded_pem(const struct detector *detector, const struct secret_view *view,
		       size_t start, size_t end, struct secret *ret)
{
	_cleanup_free_ uint8_t *text = NULL;
	size_t length, size;

	if (memcmp(view->data + start, detector->word, end - start) != 0 ||
	    (start > 0 && alphabet_has(ALPHABET_BASE64, view->data[start - 1])))
		return false;
	length = alphabet_span(ALPHABET_BASE64, view->data + start, view->size - start);
	if (length < detector->min || base64_decode(view->data + start, PEEK, &text, &size) < 0 ||
	    !has((const char *)text, size, "PRIVATE KEY"))
		return false;
	return secret_found(view, start, start, length, ret);
}

static size_t skip(const struct secret_view *view, size_t at, const char *set)
{
	while (at < view->size && view->data[at] && strchr(set, view->data[at]))
		at++;
	return at;
}

/* NAME = BASE64, of one length alone: keys of WireGuard and of Azure. */
bool match_base64_key(const struct detector *detector, const struct secret_view *view,
		      size_t start _unused_, size_t end, struct secret *ret)
{
	size_t at = skip(view, end, " \t"), length;
	_cleanup_free_ uint8_t *key = NULL;
	size_t size;

	if (at >= view->size || view->data[at] != '=')
		return false;
	at = skip(view, at + 1, " \t\"");
	length = alphabet_span(ALPHABET_BASE64, view->data + at,
			       view->size - at > detector->max ? detector->max + 1
							       : view->size - at);
	while (length < detector->max && at + length < view->size && view->data[at + length] == '=')
		length++;
	if (length < detector->min || length > detector->max ||
	    base64_decode(view->data + at, length, &key, &size) < 0 ||
	    value_entropy((const char *)key, size) < 3.0)
		return false;
	return secret_found(view, end, at, length, ret);
}
