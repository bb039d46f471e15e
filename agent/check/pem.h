/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates in PEM text (RFC 7468), one after the other. */
#pragma once

#include "check/span.h"
#include "digest.h"

struct pem_certificate {
	struct digest digest; /* of the DER form: the SHA-256 fingerprint */
	uint8_t *der;
	size_t size;
};

void pem_certificate_done(struct pem_certificate *certificate);
#define _cleanup_pem_certificate_ _cleanup_(pem_certificate_done)

/*
 * The next certificate of the text. 1, or 0 at the end; blocks whose base64 is broken are passed
 * over. -ENOMEM.
 */
int pem_certificate_next(struct span *text, struct pem_certificate *ret) _must_check_;

/* What it is, for people: its subject, one line. `ret_is_authority`: whether it signs others. New
 * string; -EBADMSG when it is no certificate. */
int pem_certificate_describe(const struct pem_certificate *certificate, char **ret_subject,
			     bool *ret_is_authority) _must_check_;
