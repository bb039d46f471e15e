/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed digest: SHA-256 of the lines of all entries of class fixed (docs/formats.md). */
#pragma once

#include "entry.h"
#include "text.h"

struct fixed {
	struct hasher *hasher;
	struct buffer line;
	uint64_t entries;
};

int fixed_init(struct fixed *fixed) _must_check_;
int fixed_add(struct fixed *fixed, const struct entry *entry) _must_check_;
int fixed_finish(struct fixed *fixed, struct digest *ret) _must_check_;
void fixed_done(struct fixed *fixed);
#define _cleanup_fixed_ _cleanup_(fixed_done)
