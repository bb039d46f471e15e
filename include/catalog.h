/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of finding codes: what each means, why it matters, how to confirm it and what to
 * do. */
#pragma once

#include "finding.h"

#define CATALOG_ATTACK_MAX 4

struct catalog_entry {
	const char *code;
	enum severity severity; /* default */
	const char *attack[CATALOG_ATTACK_MAX];
	const char *summary; /* one line: what it means */
	const char *why;     /* why it matters */
	const char *confirm; /* a command with stock tools */
	const char *remedy;  /* what to do */
};

/* NULL when the code is unknown. */
const struct catalog_entry *catalog_find(const char *code);
/* All entries, those of a kind together, kinds in the order of their names. */
const struct catalog_entry *catalog_list(size_t *ret_count);

/* Starts a finding (zeroed before) with code, severity and ATT&CK ids of the catalogue. -ENOENT for
 * an unknown code, -ENOMEM. */
int finding_start(struct finding *finding, const char *code) _must_check_;
