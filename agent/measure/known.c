/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/known.h"

#include <string.h>

#define WAYS 4 /* places in which a file may stand */

enum place_state {
	PLACE_FREE,
	PLACE_EXPECTED,
	PLACE_HASHED,
	PLACE_FAILED,
};

struct place {
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec changed;
	struct digest digest;
	enum place_state state;
	enum problem problem;
	int error;
	unsigned links; /* that have not been taken yet */
};

struct known {
	size_t sets;
	size_t turn;
	struct place places[];
};

int known_new(size_t capacity, struct known **ret)
{
	struct known *known = calloc(1, sizeof(*known) + capacity * sizeof(struct place));

	if (!known)
		return -ENOMEM;
	known->sets = capacity / WAYS;
	*ret = known;
	return 0;
}

void known_free(struct known *known)
{
	free(known);
}

static size_t first_place(const struct known *known, const struct stat *st)
{
	/* Fibonacci hashing: 2^64 divided by the golden ratio. */
	uint64_t mixed = ((uint64_t)st->st_ino ^ ((uint64_t)st->st_dev << 32)) *
			 UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(mixed >> 32) % known->sets * WAYS;
}

static struct place *find(struct known *known, const struct stat *st)
{
	size_t first = first_place(known, st);

	for (size_t i = first; i < first + WAYS; i++) {
		struct place *place = &known->places[i];

		if (place->state != PLACE_FREE && place->inode == st->st_ino &&
		    place->device == st->st_dev)
			return place;
	}
	return NULL;
}

static bool is_same(const struct place *place, const struct stat *st)
{
	return place->size == st->st_size && place->changed.tv_sec == st->st_ctim.tv_sec &&
	       place->changed.tv_nsec == st->st_ctim.tv_nsec;
}

/* A free place, or in turn one of those that nobody waits for; NULL when there is none. */
static struct place *find_room(struct known *known, const struct stat *st)
{
	size_t first = first_place(known, st);

	for (size_t i = first; i < first + WAYS; i++)
		if (known->places[i].state == PLACE_FREE)
			return &known->places[i];
	for (size_t i = 0; i < WAYS; i++) {
		struct place *place = &known->places[first + known->turn++ % WAYS];

		if (place->links == 0)
			return place;
	}
	return NULL;
}

/* The file's place; of a file that has changed since, only when nobody waits for what it was. */
static struct place *choose(struct known *known, const struct stat *st)
{
	struct place *place = find(known, st);

	if (place && is_same(place, st))
		return place;
	if (place && place->links > 0)
		return NULL;
	if (!place)
		place = find_room(known, st);
	if (place)
		*place = (struct place){
			.device = st->st_dev,
			.inode = st->st_ino,
			.size = st->st_size,
			.changed = st->st_ctim,
		};
	return place;
}

void known_expect(struct known *known, const struct stat *st)
{
	struct place *place = choose(known, st);

	if (place)
		place->state = PLACE_EXPECTED;
}

void known_set(struct known *known, const struct stat *st, const struct digest *digest,
	       enum problem problem, int error)
{
	struct place *place = choose(known, st);

	if (!place)
		return;
	place->state = problem == PROBLEM_NONE ? PLACE_HASHED : PLACE_FAILED;
	if (problem == PROBLEM_NONE)
		place->digest = *digest;
	place->problem = problem;
	place->error = error;
}

bool known_link(struct known *known, const struct stat *st)
{
	struct place *place = find(known, st);

	if (!place || !is_same(place, st) || place->state == PLACE_FAILED)
		return false;
	place->links++;
	return true;
}

enum problem known_take(struct known *known, const struct stat *st, struct digest *ret,
			int *ret_error)
{
	struct place *place = find(known, st);

	/* Kept since known_link(); an expected one was never hashed. */
	if (!place || place->state == PLACE_EXPECTED)
		return PROBLEM_TIME;
	place->links--;
	if (place->state == PLACE_HASHED)
		*ret = place->digest;
	*ret_error = place->error;
	return place->problem;
}
