/* SPDX-License-Identifier: Apache-2.0 */
#include "check/literals.h"

#include <string.h>

#define WORD_MAX 32

struct state {
	uint32_t fail;
	uint32_t word; /* index of the word that ends here, from 1 */
	uint32_t more; /* the next state on the way of failures in which a word ends */
};

struct literals {
	uint8_t classes[256]; /* bytes that no word has are all of class 0 */
	size_t n_classes;
	struct state *states;
	uint16_t *moves; /* n_states rows of n_classes */
	size_t n_states;
};

void literals_free(struct literals *literals)
{
	if (!literals)
		return;
	free(literals->states);
	free(literals->moves);
	free(literals);
}

static int find_classes(struct literals *literals, const char *const words[], size_t count,
			size_t *ret_bytes)
{
	size_t bytes = 0;

	literals->n_classes = 1;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(words[i]);

		if (length == 0 || length > WORD_MAX)
			return -EINVAL;
		bytes += length;
		for (const char *c = words[i]; *c; c++) {
			uint8_t *class = &literals->classes[(uint8_t)*c];

			if (*class == 0)
				*class = (uint8_t)literals->n_classes++;
		}
	}
	for (int c = 'a'; c <= 'z'; c++)
		literals->classes[c - 'a' + 'A'] = literals->classes[c];
	*ret_bytes = bytes;
	return 0;
}

static uint16_t *get_move(struct literals *literals, size_t state, uint8_t byte)
{
	return &literals->moves[state * literals->n_classes + literals->classes[byte]];
}

static int add_word(struct literals *literals, const char *word, uint32_t index)
{
	size_t state = 0;

	for (const char *c = word; *c; c++) {
		uint16_t *move = get_move(literals, state, (uint8_t)*c);

		if (*move == 0)
			*move = (uint16_t)literals->n_states++;
		state = *move;
	}
	if (literals->states[state].word)
		return -EINVAL;
	literals->states[state].word = index;
	return 0;
}

/* Fills in where a state goes on with a byte that no word has there. */
static void complete_state(struct literals *literals, size_t state, uint16_t *queue, size_t *end)
{
	const struct state *self = &literals->states[state];

	for (size_t class = 0; class < literals->n_classes; class ++) {
		uint16_t *move = &literals->moves[state * literals->n_classes + class];
		uint16_t other = literals->moves[self->fail * literals->n_classes + class];
		struct state *next;

		if (*move == 0) {
			*move = state ? other : 0;
			continue;
		}
		next = &literals->states[*move];
		next->fail = state ? other : 0;
		next->more = literals->states[next->fail].word ? next->fail
							       : literals->states[next->fail].more;
		queue[(*end)++] = *move;
	}
}

static int complete(struct literals *literals)
{
	_cleanup_free_ uint16_t *queue = calloc(literals->n_states + 1, sizeof(*queue));
	size_t end = 1;

	if (!queue)
		return -ENOMEM;
	for (size_t at = 0; at < end; at++)
		complete_state(literals, queue[at], queue, &end);
	return 0;
}

int literals_new(const char *const words[], size_t count, struct literals **ret)
{
	_cleanup_(literals_free_p) struct literals *literals = calloc(1, sizeof(*literals));
	size_t bytes;
	int r;

	if (!literals)
		return -ENOMEM;
	r = count > LITERALS_MAX ? -EINVAL : find_classes(literals, words, count, &bytes);
	if (r < 0)
		return r;
	literals->n_states = 1;
	literals->states = calloc(bytes + 1, sizeof(*literals->states));
	literals->moves = calloc((bytes + 1) * literals->n_classes, sizeof(*literals->moves));
	if (!literals->states || !literals->moves)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = add_word(literals, words[i], (uint32_t)i + 1);
	if (r == 0)
		r = complete(literals);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(literals);
	return 0;
}

static int report(const struct literals *literals, struct literals_search *search, uint32_t state,
		  size_t *ret_word, size_t *ret_end)
{
	search->next = literals->states[state].more;
	*ret_word = literals->states[state].word - 1;
	*ret_end = search->at;
	return 1;
}

int literals_next(const struct literals *literals, struct literals_search *search,
		  const uint8_t *data, size_t size, size_t *ret_word, size_t *ret_end)
{
	const size_t n_classes = literals->n_classes;
	uint32_t state = search->state;

	if (search->next)
		return report(literals, search, search->next, ret_word, ret_end);
	while (search->at < size) {
		state = literals->moves[state * n_classes + literals->classes[data[search->at++]]];
		if (literals->states[state].word || literals->states[state].more) {
			search->state = state;
			return report(literals, search,
				      literals->states[state].word ? state
								   : literals->states[state].more,
				      ret_word, ret_end);
		}
	}
	search->state = state;
	return 0;
}
