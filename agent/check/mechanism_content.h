/* SPDX-License-Identifier: Apache-2.0 */
/* What the first bytes of a file say of the mechanism, where its place does not tell. */
#pragma once

#include "check/mechanism.h"

#define GENERIC_CONTENT_MAX 4096 /* bytes looked at of a file whose place tells nothing */

/*
 * The kind in the light of the content's beginning, which has a NUL after it. `kind` is what
 * mechanism_find() said.
 */
enum kind mechanism_refine(enum kind kind, const struct difference *difference, const char *content,
			   size_t size);
