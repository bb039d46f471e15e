/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's answer to a delivered report. */
#pragma once

#include "error.h"
#include "verdict.h"

#include <stdbool.h>

#define RECEIPT_REASONS_MAX 256

/* All strings are owned, and are a stranger's words: escape them before they are printed. */
struct receipt {
	char *id;
	enum verdict verdict; /* the collector's own */
	char *tier;	      /* "T0" to "T3" */
	json_t *reasons;      /* array of {"stage","code","text"}, all strings */
	bool duplicate;	      /* it had the very same report already */
};

/*
 * Strict: an object with "id" equal to `expected_id`, a known verdict, a tier and reasons of the
 * right types; further members are left alone. -EPROTO with the reason.
 */
int receipt_parse(const char *json, size_t size, const char *expected_id, struct receipt *ret,
		  struct error *error) _must_check_;

/* New reference; NULL when out of memory. */
json_t *receipt_to_json(const struct receipt *receipt) _must_check_;

void receipt_done(struct receipt *receipt);
#define _cleanup_receipt_ _cleanup_(receipt_done)
