/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a value in a file is a secret, or a word that stands for one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Sets of bytes that tokens are made of. */
enum alphabet {
	ALPHABET_ALNUM,	    /* A-Z a-z 0-9 */
	ALPHABET_UPPER,	    /* A-Z 0-9 */
	ALPHABET_HEX,	    /* 0-9 a-f A-F */
	ALPHABET_BASE64,    /* and + / */
	ALPHABET_BASE64URL, /* and - _ */
	ALPHABET_DOTTED,    /* and - _ . ~ */
	ALPHABET_PATH,	    /* and - _ / */
};

bool alphabet_has(enum alphabet alphabet, char c);
/* How many bytes at the beginning are of the alphabet. */
size_t alphabet_span(enum alphabet alphabet, const char *text, size_t size);

/*
 * Empty, one letter again and again, a variable, or one of the words that manuals put where a
 * secret goes ("changeme", "your-token", "xxx").
 */
bool value_is_placeholder(const char *value, size_t length);

/* Shannon's entropy of the bytes, in bits for each. */
double value_entropy(const char *value, size_t length);

/* Long and mixed enough that nobody wrote it as a word or a name. */
bool value_is_random(const char *value, size_t length);
