/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate authorities that ca_certs declares, and the bundle that is made with them. */
#include "check/explanation_private.h"

#include "digest.h"
#include "text.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define NAMED_MAX 600 /* bytes of a remark */

/* The end of a PEM block's "-----END ...-----" line. */
static const char *block_end(const char *at)
{
	static const char end[] = "-----END CERTIFICATE-----";
	const char *found = strstr(at, end);

	if (!found)
		return NULL;
	found += strlen(end);
	return found + (*found == '\n');
}

static bool is_declared_block(const struct explainer *explainer, const char *at, const char *end)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	_cleanup_buffer_ struct buffer packed = {};

	if (strncmp(at, begin, strlen(begin)) != 0)
		return false;
	for (at += strlen(begin); at < end && *at != '-'; at++)
		if (!isspace((unsigned char)*at) && buffer_append(&packed, at, 1) < 0)
			return false;
	return packed.size > 0 &&
	       provenance_declares_certificate(explainer->provenance, packed.data, packed.size);
}

/* What is left of a bundle without the certificates that were declared. */
static int subtract_certificates(const struct explainer *explainer, const char *data,
				 struct buffer *rest)
{
	int r = 0;

	while (r == 0 && *data) {
		const char *end = strncmp(data, "-----BEGIN", 10) == 0 ? block_end(data) : NULL;

		if (end && is_declared_block(explainer, data, end)) {
			data = end;
			continue;
		}
		if (!end) {
			end = data + strcspn(data, "\n");
			end += *end == '\n';
		}
		r = buffer_append(rest, data, (size_t)(end - data));
		data = end;
	}
	return r;
}

int explain_certificate(struct explainer *explainer, const struct difference *difference,
			const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	_cleanup_buffer_ struct buffer rest = {};
	int r;

	if (!data || strlen(data) != size)
		return 0;
	r = subtract_certificates(explainer, data, &rest);
	if (r < 0)
		return r;
	if (rest.size > 0 && rest.data[strspn(rest.data, " \t\r\n")])
		return explain_remark(ret, "a certificate that ca_certs does not declare");
	return explain_as(ret, SEVERITY_INFO, "ca_certs of user-data");
}

/* Lines that are the word are taken out, too. */
static int subtract_lines(const struct buffer *from, const char *word, struct buffer *rest)
{
	const char *at = from->data ? from->data : "";
	int r = 0;

	while (r == 0 && *at) {
		size_t length = strcspn(at, "\n"), whole = length + (at[length] == '\n');

		if (length == 0 || length != strlen(word) || strncmp(at, word, length) != 0)
			r = buffer_append(rest, at, whole);
		at += whole;
	}
	return r;
}

#define BLOCKS_MAX 400 /* certificates of a bundle that are told apart */

/* A certificate of a bundle. */
struct block {
	const char *start, *end;
};

static size_t find_blocks(const char *data, struct block blocks[BLOCKS_MAX])
{
	size_t count = 0;

	while (data && count < BLOCKS_MAX && (data = strstr(data, "-----BEGIN"))) {
		blocks[count].start = data;
		data = blocks[count].end = block_end(data);
		count += data != NULL;
	}
	return count;
}

/* Whether the bundle without blocks `from` to `to` is what was sealed. */
static bool is_sealed_without(struct hasher *hasher, const struct buffer *bundle,
			      const struct digest *sealed, const char *from, const char *to)
{
	struct digest digest;

	return hasher_begin(hasher) == 0 &&
	       hasher_update(hasher, bundle->data, (size_t)(from - bundle->data)) == 0 &&
	       hasher_update(hasher, to, (size_t)(bundle->data + bundle->size - to)) == 0 &&
	       hasher_finish(hasher, &digest) == 0 && digest_is_equal(&digest, sealed);
}

/* Subject and fingerprint, as `openssl x509 -subject -fingerprint -sha256` has them. */
static int name_certificate(const struct block *block, struct buffer *named)
{
	_cleanup_(BIO_free_p) BIO *bio =
		BIO_new_mem_buf(block->start, (int)(block->end - block->start));
	X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	char subject[256] = "not a certificate", hex[DIGEST_HEX_SIZE] = "";
	struct digest digest;
	unsigned size = 0;

	if (certificate) {
		(void)X509_NAME_oneline(X509_get_subject_name(certificate), subject,
					sizeof(subject));
		if (X509_digest(certificate, EVP_sha256(), digest.bytes, &size) == 1)
			digest_to_hex(&digest, hex);
		X509_free(certificate);
	}
	ERR_clear_error();
	return buffer_printf(named, "%s%s sha256:%s", named->size ? "; " : "", subject, hex);
}

/* Names the certificates without which the bundle is what was sealed: some at its end, or one. */
static int name_foreign(const struct buffer *bundle, const struct digest *sealed,
			struct explanation *ret)
{
	_cleanup_free_ struct block *blocks = calloc(BLOCKS_MAX, sizeof(*blocks));
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	_cleanup_buffer_ struct buffer named = {};
	const char *end = bundle->data ? bundle->data + bundle->size : NULL;
	size_t count, first, last;
	int r;

	if (!blocks || hasher_new(&hasher) < 0)
		return -ENOMEM;
	count = find_blocks(bundle->data, blocks);
	for (first = count; first-- > 0;) {
		last = count;
		if (is_sealed_without(hasher, bundle, sealed, blocks[first].start, end))
			break;
		last = first + 1;
		if (is_sealed_without(hasher, bundle, sealed, blocks[first].start,
				      blocks[first].end))
			break;
	}
	if (first == SIZE_MAX)
		return 0;
	for (r = 0; r == 0 && first < last && named.size < NAMED_MAX; first++)
		r = name_certificate(&blocks[first], &named);
	return r < 0 ? r : explain_remark(ret, "not declared: %s", named.data);
}

int explain_bundle(struct explainer *explainer, const struct difference *difference,
		   const char *text, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	_cleanup_buffer_ struct buffer rest = {}, left = {};
	struct digest digest;
	int r;

	if (!data || strlen(data) != size || difference->kind != DIFFERENCE_CHANGED ||
	    !(difference->expected.has & ENTRY_HAS_DIGEST))
		return 0;
	r = subtract_certificates(explainer, data, &rest);
	if (r == 0)
		r = subtract_lines(&rest, text, &left);
	if (r == 0)
		r = digest_compute(left.data ? left.data : "", left.size, &digest);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!digest_is_equal(&digest, &difference->expected.digest))
		return name_foreign(&left, &difference->expected.digest, ret);
	return explain_as(ret, SEVERITY_INFO, "the sealed list, and ca_certs of user-data");
}
