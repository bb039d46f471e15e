/* SPDX-License-Identifier: Apache-2.0 */
/* The body of POST /v1/evidence, taken apart and not yet trusted in any part. */
#pragma once

#include "error.h"

#include <stddef.h>

#define DELIVERY_SIZE_MAX (12 * 1024 * 1024)

struct delivery {
	char *evidence; /* envelope: JSON on one line */
	char *proof;	/* envelope */
	char *key_pem;	/* identity.key */
};

/*
 * {"evidence":{...},"proof":{...},"identity":{"key":PEM}} and nothing else. -EINVAL with what was
 * expected and where.
 */
int delivery_parse(const char *body, size_t size, struct delivery *ret,
		   struct error *error) _must_check_;
/* Bytes that it holds. */
size_t delivery_weight(const struct delivery *delivery);
void delivery_done(struct delivery *delivery);
#define _cleanup_delivery_ _cleanup_(delivery_done)
