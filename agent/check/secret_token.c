/* SPDX-License-Identifier: Apache-2.0 */
#include "check/secret_match.h"

#include "text.h"

#include <string.h>

#define NEAR	       1024 /* bytes around a key's id in which its secret is looked for */
#define AWS_ID_SIZE    20
#define AWS_KEY_SIZE   40
#define JWT_HEADER_MAX 1024

bool secret_found(const struct secret_view *view, size_t mark, size_t value, size_t length,
		  struct secret *ret)
{
	*ret = (struct secret){
		.mark = view->data + mark,
		.value = view->data + value,
		.length = length,
	};
	return true;
}

/* Whether a token can begin here. */
static bool is_start(const struct secret_view *view, size_t at)
{
	return at == 0 || !alphabet_has(ALPHABET_BASE64URL, view->data[at - 1]);
}

bool match_token(const struct detector *detector, const struct secret_view *view, size_t start,
		 size_t end, struct secret *ret)
{
	size_t limit = view->size - end, length;

	/* In databases strings stand without anything between them. */
	if (memcmp(view->data + start, detector->word, end - start) != 0 ||
	    (view->is_text && !is_start(view, start)))
		return false;
	if (limit > detector->max + 1)
		limit = detector->max + 1;
	length = alphabet_span(detector->alphabet, view->data + end, limit);
	if (length < detector->min || length > detector->max ||
	    value_is_placeholder(view->data + end, length) ||
	    value_entropy(view->data + end, length) < 2.5)
		return false;
	return secret_found(view, start, start, end - start + length, ret);
}

/* A key's secret half: just so many bytes, between others, and random. */
static bool find_aws_key(const struct secret_view *view, size_t from, size_t to, size_t *ret)
{
	for (size_t at = from; at < to;) {
		size_t length = alphabet_span(ALPHABET_BASE64, view->data + at, to - at);

		if (length == AWS_KEY_SIZE && value_is_random(view->data + at, length) &&
		    value_entropy(view->data + at, length) > 4.0) {
			*ret = at;
			return true;
		}
		at += length + 1;
	}
	return false;
}

bool match_aws(const struct detector *detector, const struct secret_view *view, size_t start,
	       size_t end, struct secret *ret)
{
	size_t from = start > NEAR ? start - NEAR : 0, to, key;

	if (memcmp(view->data + start, detector->word, end - start) != 0 || !is_start(view, start))
		return false;
	if (alphabet_span(ALPHABET_ALNUM, view->data + start, view->size - start) != AWS_ID_SIZE ||
	    alphabet_span(ALPHABET_UPPER, view->data + start, AWS_ID_SIZE) != AWS_ID_SIZE)
		return false;
	to = view->size - start > NEAR ? start + NEAR : view->size;
	if (value_is_placeholder(view->data + start, AWS_ID_SIZE) ||
	    (!find_aws_key(view, start + AWS_ID_SIZE, to, &key) &&
	     !find_aws_key(view, from, start, &key)))
		return false;
	return secret_found(view, start, key, AWS_KEY_SIZE, ret);
}

/* The header says how the token is signed: {"alg":...}; RFC 7519. */
static bool is_jwt_header(const char *text, size_t length)
{
	char padded[JWT_HEADER_MAX + 4];
	_cleanup_free_ uint8_t *header = NULL;
	size_t size;

	if (length > JWT_HEADER_MAX)
		return false;
	memcpy(padded, text, length);
	while (length % 4)
		padded[length++] = '=';
	if (base64_decode(padded, length, &header, &size) < 0)
		return false;
	return memmem(header, size, "\"alg\"", 5) && !memmem(header, size, "\"none\"", 6);
}

bool match_jwt(const struct detector *detector, const struct secret_view *view, size_t start,
	       size_t end, struct secret *ret)
{
	size_t at = start, lengths[3];

	if (memcmp(view->data + start, detector->word, end - start) != 0 || !is_start(view, start))
		return false;
	for (size_t i = 0; i < ELEMENTS(lengths); i++) {
		size_t limit = view->size - at;

		lengths[i] = alphabet_span(ALPHABET_BASE64URL, view->data + at,
					   limit < detector->max ? limit : detector->max);
		at += lengths[i];
		if (i < 2 && (at >= view->size || view->data[at++] != '.'))
			return false;
	}
	if (lengths[1] < detector->min || lengths[2] < detector->min ||
	    !is_jwt_header(view->data + start, lengths[0]))
		return false;
	return secret_found(view, start, start, at - start, ret);
}

/* Three letters, 8Q~ and 31 to 34 more: an application's secret of Microsoft Entra. */
bool match_azure_secret(const struct detector *detector, const struct secret_view *view,
			size_t start, size_t end, struct secret *ret)
{
	size_t length;

	if (start < 3 || memcmp(view->data + start, detector->word, end - start) != 0 ||
	    alphabet_span(ALPHABET_DOTTED, view->data + start - 3, 3) != 3 ||
	    (start > 3 && alphabet_has(ALPHABET_DOTTED, view->data[start - 4])))
		return false;
	length = alphabet_span(ALPHABET_DOTTED, view->data + end,
			       view->size - end > detector->max ? detector->max + 1
								: view->size - end);
	if (length < detector->min || length > detector->max ||
	    !value_is_random(view->data + end, length))
		return false;
	return secret_found(view, start - 3, start - 3, length + 6, ret);
}
