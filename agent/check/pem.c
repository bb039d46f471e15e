/* SPDX-License-Identifier: Apache-2.0 */
#include "check/pem.h"

#include "text.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#define DER_MAX (64 * 1024) /* of one certificate; those of authorities have 1 to 2 KiB */

DEFINE_CLEANUP(X509 *, X509_free)

void pem_certificate_done(struct pem_certificate *certificate)
{
	free(certificate->der);
	*certificate = (struct pem_certificate){};
}

/* Cuts off what stands between the next pair of marks. */
static bool next_block(struct span *text, struct span *ret)
{
	/* "TRUSTED CERTIFICATE" is OpenSSL's own, with a trailer; its beginning is the same. */
	static const char *const begins[] = {"-----BEGIN CERTIFICATE-----",
					     "-----BEGIN TRUSTED CERTIFICATE-----",
					     "-----BEGIN X509 CERTIFICATE-----"};
	struct span line;

	while (span_line(text, &line)) {
		struct span body = *text;
		bool is_begin = false;

		line = span_trim(line);
		for (size_t i = 0; i < ELEMENTS(begins); i++)
			is_begin = is_begin || span_is(line, begins[i]);
		if (!is_begin)
			continue;
		while (span_line(text, &line))
			if (span_starts(span_trim(line), "-----END "))
				break;
		*ret = (struct span){body.text, (size_t)(line.text - body.text)};
		return true;
	}
	return false;
}

/* -EINVAL: not base64, or too much of it. */
static int decode(struct span body, struct pem_certificate *ret)
{
	_cleanup_free_ char *plain = NULL;
	size_t used = 0;

	if (body.size > 2 * DER_MAX)
		return -EINVAL;
	plain = malloc(body.size + 1);
	if (!plain)
		return -ENOMEM;
	for (size_t i = 0; i < body.size; i++)
		if (!strchr(" \t\r\n", body.text[i]))
			plain[used++] = body.text[i];
	return base64_decode(plain, used, &ret->der, &ret->size);
}

int pem_certificate_next(struct span *text, struct pem_certificate *ret)
{
	struct span body;

	while (next_block(text, &body)) {
		_cleanup_pem_certificate_ struct pem_certificate certificate = {};
		int r = decode(body, &certificate);

		if (r == 0)
			r = digest_compute(certificate.der, certificate.size, &certificate.digest);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			continue;
		*ret = certificate;
		certificate = (struct pem_certificate){};
		return 1;
	}
	return 0;
}

static char *print_subject(X509 *x509)
{
	_cleanup_(BIO_free_p) BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long size;

	if (!bio || X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0,
				       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
		return NULL;
	size = BIO_get_mem_data(bio, &data);
	if (size <= 0)
		return strdup("(no subject)");
	return strndup(data, size > 300 ? 300 : (size_t)size);
}

int pem_certificate_describe(const struct pem_certificate *certificate, char **ret_subject,
			     bool *ret_is_authority)
{
	const unsigned char *at = certificate->der;
	_cleanup_(X509_free_p) X509 *x509 = d2i_X509(NULL, &at, (long)certificate->size);
	char *subject;

	if (!x509) {
		ERR_clear_error();
		return -EBADMSG;
	}
	subject = print_subject(x509);
	if (!subject)
		return -ENOMEM;
	/* 0: it says of itself that it is none. */
	*ret_is_authority = X509_check_ca(x509) != 0;
	*ret_subject = subject;
	ERR_clear_error();
	return 0;
}
