/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs as a nondeterministic automaton whose states are byte offsets in the pattern, all active
 * ones advanced together over the path: no backtracking, so a hostile path cannot make it slow.
 */
#include "glob.h"

#include "policy.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* One element of a pattern. */
struct glob_token {
	enum {
		TOKEN_BYTE,
		TOKEN_ANY,  /* ? */
		TOKEN_SET,  /* [...] */
		TOKEN_STAR, /* * */
		TOKEN_DEEP, /* ** */
	} type;
	unsigned char byte;
	size_t length; /* in the pattern */
};

static bool is_octal_escape(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' && text[1] <= '7' &&
	       text[2] >= '0' && text[2] <= '7';
}

/* The byte at `text`, escaped or not, and how long it is written. */
static size_t read_byte(const char *text, unsigned char *ret_byte)
{
	if (text[0] != '\\' || text[1] == '\0') {
		*ret_byte = (unsigned char)text[0];
		return 1;
	}
	if (is_octal_escape(text + 1)) {
		*ret_byte = (unsigned char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
					    (text[3] - '0'));
		return 4;
	}
	*ret_byte = (unsigned char)text[1];
	return 2;
}

/*
 * Reads "[...]" and tells whether `c` is in it. The length is 0 when the set has no end. A ']' that
 * comes first is a member; '!' or '^' before all turns the set round.
 */
static size_t read_set(const char *text, unsigned char c, bool *ret_matches)
{
	const char *at = text + 1;
	bool inverted = *at == '!' || *at == '^', found = false;

	at += inverted;
	for (const char *first = at; *at && (*at != ']' || at == first);) {
		unsigned char low, high;

		at += read_byte(at, &low);
		high = low;
		if (at[0] == '-' && at[1] && at[1] != ']')
			at += 1 + read_byte(at + 1, &high);
		found = found || (c >= low && c <= high);
	}

	*ret_matches = found != inverted && c != '/';
	return *at == ']' ? (size_t)(at - text) + 1 : 0;
}

static struct glob_token read_token(const char *text)
{
	struct glob_token token = {.type = TOKEN_BYTE, .length = 1};
	bool unused;

	switch (*text) {
	case '?':
		token.type = TOKEN_ANY;
		break;
	case '*':
		token.length = strspn(text, "*");
		token.type = token.length > 1 ? TOKEN_DEEP : TOKEN_STAR;
		break;
	case '[':
		token.length = read_set(text, 0, &unused);
		token.type = TOKEN_SET;
		if (token.length > 0)
			break;
		/* A set without an end is an ordinary bracket; policies refuse it. */
		token = (struct glob_token){.type = TOKEN_BYTE, .byte = '[', .length = 1};
		break;
	default:
		token.length = read_byte(text, &token.byte);
	}
	return token;
}

static bool token_matches(const struct glob_token *token, const char *text, unsigned char c)
{
	bool matches = false;

	switch (token->type) {
	case TOKEN_BYTE:
		return token->byte == c;
	case TOKEN_SET:
		(void)read_set(text, c, &matches);
		return matches;
	case TOKEN_DEEP:
		return true;
	default:
		return c != '/';
	}
}

#define WORD_BITS   (sizeof(uint64_t) * CHAR_BIT)
#define STATE_WORDS (GLOB_MAX / WORD_BITS + 1)

/* The offsets that are active. Only the first `n_words` words are in use. */
struct glob_states {
	uint64_t words[STATE_WORDS];
};

static bool states_has(const struct glob_states *states, size_t offset)
{
	return states->words[offset / WORD_BITS] >> (offset % WORD_BITS) & 1;
}

/* Activates an offset and, behind a star, which may also match nothing, what follows it. */
static void states_add(struct glob_states *states, const char *glob, size_t offset)
{
	for (;;) {
		states->words[offset / WORD_BITS] |= UINT64_C(1) << (offset % WORD_BITS);
		if (glob[offset] != '*')
			return;
		offset += strspn(glob + offset, "*");
	}
}

/* Activates an offset alone; how many words are in use for a pattern of that length. */
static size_t states_begin(struct glob_states *states, const char *glob, size_t length,
			   size_t offset)
{
	size_t n_words = length / WORD_BITS + 1;

	memset(states->words, 0, n_words * sizeof(states->words[0]));
	states_add(states, glob, offset);
	return n_words;
}

/* Advances every active state over one byte of the path; false when none is left. */
static bool states_step(const struct glob_states *states, size_t n_words, const char *glob,
			unsigned char c, struct glob_states *ret_next)
{
	bool any = false;

	memset(ret_next->words, 0, n_words * sizeof(ret_next->words[0]));
	for (size_t w = 0; w < n_words; w++) {
		for (uint64_t bits = states->words[w]; bits; bits &= bits - 1) {
			size_t offset = w * WORD_BITS + (size_t)__builtin_ctzll(bits);
			struct glob_token token;
			bool stays;

			if (glob[offset] == '\0')
				continue;
			token = read_token(glob + offset);
			if (!token_matches(&token, glob + offset, c))
				continue;
			stays = token.type == TOKEN_STAR || token.type == TOKEN_DEEP;
			states_add(ret_next, glob, offset + (stays ? 0 : token.length));
			any = true;
		}
	}
	return any;
}

static bool is_special(char c)
{
	return c == '?' || c == '*' || c == '[' || c == '\\';
}

/* How many bytes both begin with, up to the pattern's first special byte. */
static size_t literal_prefix(const char *glob, const char *path)
{
	size_t n = 0;

	while (glob[n] && glob[n] == path[n] && !is_special(glob[n]))
		n++;
	return n;
}

static bool match(const char *glob, const char *path, bool below)
{
	struct glob_states states[2];
	size_t prefix = literal_prefix(glob, path);
	size_t length, n_words;
	unsigned now = 0;

	/* Most rules end here: the first byte that differs is an ordinary one. */
	if (glob[prefix] == '\0' && (path[prefix] == '\0' || (below && path[prefix] == '/')))
		return true;
	if (!is_special(glob[prefix]))
		return false;

	length = strnlen(glob, GLOB_MAX + 1);
	if (length > GLOB_MAX)
		return false;
	n_words = states_begin(&states[0], glob, length, prefix);
	for (const char *at = path + prefix; *at; at++) {
		if (below && *at == '/' && at > path && states_has(&states[now], length))
			return true;
		if (!states_step(&states[now], n_words, glob, (unsigned char)*at, &states[!now]))
			return false;
		now = !now;
	}
	return states_has(&states[now], length);
}

/* The root is nobody's child, though "/" followed by no bytes looks like it. */
static bool is_root(const char *path)
{
	return path[0] == '/' && path[1] == '\0';
}

bool glob_match(const char *glob, const char *path)
{
	if (is_root(path))
		return is_root(glob);
	return match(glob, path, false);
}

bool glob_match_below(const char *glob, const char *path)
{
	if (is_root(path) || is_root(glob))
		return is_root(glob);
	return match(glob, path, true);
}

bool glob_leads_below(const char *glob, const char *path)
{
	const char *from = is_root(path) ? "" : path;
	size_t prefix = literal_prefix(glob, from), n_words;
	size_t length = strnlen(glob, GLOB_MAX + 1);
	struct glob_states states[2];
	unsigned now = 0;

	if (from[prefix] == '\0' && glob[prefix] == '/')
		return glob[prefix + 1] != '\0';
	if (!is_special(glob[prefix]) || length > GLOB_MAX)
		return false;
	n_words = states_begin(&states[0], glob, length, prefix);
	for (const char *at = from + prefix; *at; at++, now = !now)
		if (!states_step(&states[now], n_words, glob, (unsigned char)*at, &states[!now]))
			return false;
	/* What is left behind a '/' needs more bytes, or takes any. */
	return states_step(&states[now], n_words, glob, '/', &states[!now]);
}

const char *glob_check(const char *glob)
{
	for (size_t at = 0; glob[at];) {
		struct glob_token token = read_token(glob + at);

		if (glob[at] == '[' && token.type != TOKEN_SET)
			return "'[' without its ']'; write \\[ for the byte itself";
		if (token.type == TOKEN_SET && memchr(glob + at, '/', token.length))
			return "'/' inside [...], which never matches it";
		if (glob[at] == '\\' && glob[at + 1] == '\0')
			return "a backslash at the end";
		if (token.type == TOKEN_BYTE && token.byte == '\0')
			return "\\000, which no name holds";
		at += token.length;
	}
	return NULL;
}
