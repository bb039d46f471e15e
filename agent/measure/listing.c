/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/listing.h"

#include "entry.h"

#include <dirent.h>
#include <endian.h>
#include <string.h>

#define RUN_NAMES 8192	       /* names sorted at once */
#define RUN_SIZE  (128 * 1024) /* and their bytes */
#define READ_SIZE (64 * 1024)  /* of getdents64(2) */
#define HEAD_MAX  4	       /* bytes before each stored name's own */
#define REST_LONG 15U	       /* a length of that and more has two bytes of its own */

/* One name that is to be sorted; most are told apart by their first bytes. */
struct name {
	uint64_t first; /* eight ranks, big-endian, zeros behind the end */
	uint32_t offset;
	uint16_t length;
	unsigned char type;
};

struct lister {
	uint8_t rank[256], byte[256]; /* each the other's inverse; 0 is the end of a name */
	struct name names[RUN_NAMES];
	size_t n_names;
	uint8_t text[RUN_SIZE]; /* their ranks */
	size_t size;
	char buffer[READ_SIZE] __attribute__((aligned(8)));
};

/* Bytes that are escaped stand together where the backslash does, in the order of their digits. */
static void rank_bytes(struct lister *lister)
{
	unsigned next = 1;

	for (int c = 1; c < 256; c++) {
		if (entry_is_plain(&(char){(char)c}, 1))
			lister->rank[c] = (uint8_t)next++;
		if (c != '\\')
			continue;
		for (int escaped = 1; escaped < 256; escaped++)
			if (!entry_is_plain(&(char){(char)escaped}, 1))
				lister->rank[escaped] = (uint8_t)next++;
	}
	for (int c = 1; c < 256; c++)
		lister->byte[lister->rank[c]] = (uint8_t)c;
}

int lister_new(struct lister **ret)
{
	struct lister *lister = malloc(sizeof(*lister));

	if (!lister)
		return -ENOMEM;
	lister->rank[0] = lister->byte[0] = 0;
	rank_bytes(lister);
	lister->n_names = lister->size = 0;
	*ret = lister;
	return 0;
}

void lister_free(struct lister *lister)
{
	free(lister);
}

void listing_done(struct listing *listing)
{
	free(listing->data);
	free(listing->runs);
	free(listing->names);
	*listing = (struct listing){};
}

static int compare_ranks(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
	int order = memcmp(a, b, a_length < b_length ? a_length : b_length);

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_names(const void *a, const void *b, void *text)
{
	const struct name *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return compare_ranks((uint8_t *)text + x->offset, x->length, (uint8_t *)text + y->offset,
			     y->length);
}

static size_t common_length(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
	size_t most = a_length < b_length ? a_length : b_length, n = 0;

	if (most > UINT8_MAX)
		most = UINT8_MAX;
	while (n < most && a[n] == b[n])
		n++;
	return n;
}

/*
 * A stored name: how many ranks it has in common with the one before; the type, and how many ranks
 * follow; these ranks.
 */
static uint8_t *store_name(uint8_t *out, const uint8_t *text, const struct name *before,
			   const struct name *name)
{
	const uint8_t *ranks = text + name->offset;
	size_t common = 0, rest;

	if (before)
		common = common_length(text + before->offset, before->length, ranks, name->length);
	rest = name->length - common;
	*out++ = (uint8_t)common;
	*out++ = (uint8_t)((rest < REST_LONG ? rest : REST_LONG) << 4 | (name->type & 15U));
	if (rest >= REST_LONG) {
		*out++ = (uint8_t)rest;
		*out++ = (uint8_t)(rest >> 8);
	}
	return mempcpy(out, ranks + common, rest);
}

/* Makes a run of the names that have been read. */
static int listing_add_run(struct listing *listing, struct lister *lister)
{
	size_t most = listing->size + lister->size + lister->n_names * HEAD_MAX;
	struct listing_run *runs;
	uint8_t *data, *out;

	if (lister->n_names == 0)
		return 0;
	if (most > LISTING_SIZE_MAX)
		return -E2BIG;
	runs = reallocarray(listing->runs, listing->n_runs + 1, sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	listing->runs = runs;
	data = realloc(listing->data, most);
	if (!data)
		return -ENOMEM;
	listing->data = data;
	out = data + listing->size;

	qsort_r(lister->names, lister->n_names, sizeof(struct name), compare_names, lister->text);
	for (size_t i = 0; i < lister->n_names; i++)
		out = store_name(out, lister->text, i ? &lister->names[i - 1] : NULL,
				 &lister->names[i]);
	runs[listing->n_runs++] =
		(struct listing_run){.at = listing->size, .end = (size_t)(out - data)};
	listing->size = (size_t)(out - data);
	lister->n_names = lister->size = 0;
	return 0;
}

static int listing_add(struct listing *listing, struct lister *lister, const struct dirent64 *found)
{
	size_t length = strlen(found->d_name);
	struct name *name;
	uint8_t *ranks;
	int r;

	if (length > LISTING_NAME_MAX)
		return -ENAMETOOLONG;
	/* The first eight ranks are read at once, so there is always room for them. */
	if (lister->n_names == RUN_NAMES || RUN_SIZE - lister->size < length + sizeof(uint64_t)) {
		r = listing_add_run(listing, lister);
		if (r < 0)
			return r;
	}
	name = &lister->names[lister->n_names++];
	ranks = lister->text + lister->size;
	*name = (struct name){
		.offset = (uint32_t)lister->size,
		.length = (uint16_t)length,
		.type = found->d_type,
	};
	for (size_t i = 0; i < length; i++)
		ranks[i] = lister->rank[(uint8_t)found->d_name[i]];
	memset(ranks + length, 0, sizeof(uint64_t));
	memcpy(&name->first, ranks, sizeof(uint64_t));
	name->first = be64toh(name->first);
	lister->size += length;
	if (length > listing->longest)
		listing->longest = length;
	return 0;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* 1 when there was something, 0 at the end. */
static int listing_fill(struct listing *listing, struct lister *lister, int fd)
{
	ssize_t size;

	do
		size = getdents64(fd, lister->buffer, sizeof(lister->buffer));
	while (size < 0 && errno == EINTR);
	if (size <= 0)
		return size < 0 ? -errno : 0;
	for (ssize_t at = 0; at < size;) {
		const struct dirent64 *found = (const void *)(lister->buffer + at);
		int r = is_dot(found->d_name) ? 0 : listing_add(listing, lister, found);

		if (r < 0)
			return r;
		at += found->d_reclen;
	}
	return 1;
}

static bool run_next(struct listing_run *run, const uint8_t *data)
{
	const uint8_t *in = data + run->at;
	size_t common, rest;

	if (run->at == run->end)
		return false;
	common = *in++;
	run->type = *in & 15;
	rest = *in++ >> 4;
	if (rest == REST_LONG) {
		rest = in[0] | (size_t)in[1] << 8;
		in += 2;
	}
	memcpy(run->name + common, in, rest);
	run->length = (uint16_t)(common + rest);
	run->at = (size_t)(in + rest - data);
	return true;
}

static bool run_is_before(const struct listing_run *a, const struct listing_run *b)
{
	return compare_ranks(a->name, a->length, b->name, b->length) < 0;
}

/* Moves the run at `i` of the heap down to where it belongs. */
static void sift(struct listing *listing, size_t i)
{
	struct listing_run *runs = listing->runs;

	for (;;) {
		size_t least = 2 * i + 1;
		struct listing_run run = runs[i];

		if (least >= listing->n_runs)
			return;
		if (least + 1 < listing->n_runs && run_is_before(&runs[least + 1], &runs[least]))
			least++;
		if (!run_is_before(&runs[least], &run))
			return;
		runs[i] = runs[least];
		runs[least] = run;
		i = least;
	}
}

/* Gives back what was allocated too much, and stands every run at its first name. */
static int listing_start(struct listing *listing)
{
	uint8_t *data;

	if (listing->size == 0)
		return 0;
	data = realloc(listing->data, listing->size);
	if (data)
		listing->data = data;
	listing->names = calloc(listing->n_runs + 1, listing->longest + 1);
	if (!listing->names)
		return -ENOMEM;
	listing->last = (char *)listing->names + listing->n_runs * (listing->longest + 1);
	for (size_t i = 0; i < listing->n_runs; i++) {
		listing->runs[i].name = listing->names + i * (listing->longest + 1);
		(void)run_next(&listing->runs[i], listing->data);
	}
	for (size_t i = listing->n_runs / 2; i-- > 0;)
		sift(listing, i);
	return 0;
}

int listing_read(struct lister *lister, int fd, struct listing *ret)
{
	_cleanup_(listing_done) struct listing listing = {.lister = lister};
	int r;

	lister->n_names = lister->size = 0;
	do
		r = listing_fill(&listing, lister, fd);
	while (r > 0);
	if (r == 0)
		r = listing_add_run(&listing, lister);
	if (r == 0)
		r = listing_start(&listing);
	if (r < 0)
		return r;
	*ret = listing;
	listing = (struct listing){};
	return 0;
}

static void listing_advance(struct listing *listing)
{
	struct listing_run *runs = listing->runs;

	if (!run_next(&runs[0], listing->data))
		runs[0] = runs[--listing->n_runs];
	sift(listing, 0);
}

/* Whether the next name begins with that many bytes of the last one. */
static bool next_begins_with_last(const struct listing *listing, size_t length)
{
	const struct listing_run *next = listing->runs;

	if (listing->n_runs == 0 || next->length < length)
		return false;
	for (size_t i = length; i-- > 0;)
		if (listing->lister->byte[next->name[i]] != (uint8_t)listing->last[i])
			return false;
	return true;
}

bool listing_next(struct listing *listing, unsigned char *ret_type)
{
	const struct listing_run *next = listing->runs;

	if (listing->n_runs == 0)
		return false;
	for (size_t i = 0; i < next->length; i++)
		listing->last[i] = (char)listing->lister->byte[next->name[i]];
	listing->last[next->length] = '\0';
	listing->last_length = next->length;
	*ret_type = next->type;
	do
		listing_advance(listing);
	while (next_begins_with_last(listing, listing->last_length) &&
	       listing->runs[0].length == listing->last_length);
	return true;
}

bool listing_is_inside(const struct listing *listing, size_t length)
{
	const struct lister *lister = listing->lister;

	return next_begins_with_last(listing, length) && listing->runs[0].length > length &&
	       listing->runs[0].name[length] < lister->rank['/'];
}
