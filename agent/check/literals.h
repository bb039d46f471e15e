/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many words looked for at once, in one pass over the bytes whatever they are: the automaton of Aho
 * and Corasick ("Efficient string matching", CACM 18, 1975). Letters of ASCII match in either case.
 */
#pragma once

#include "cleanup.h"

#include <stdint.h>

#define LITERALS_MAX 128

struct literals;

/* `words` are not kept; each in lower case, of 1 to 32 bytes. -EINVAL, -ENOMEM. */
int literals_new(const char *const words[], size_t count, struct literals **ret) _must_check_;
void literals_free(struct literals *literals);
DEFINE_CLEANUP(struct literals *, literals_free)

/* Where a search is. */
struct literals_search {
	size_t at; /* the next byte to look at */
	uint32_t state;
	uint32_t next; /* a further word that ends where the last one did, or 0 */
};

/*
 * The next word that ends in data[0..size): 1 with its index and the place after it, 0 at the end.
 * A zeroed search begins at the first byte.
 */
int literals_next(const struct literals *literals, struct literals_search *search,
		  const uint8_t *data, size_t size, size_t *ret_word, size_t *ret_end);
