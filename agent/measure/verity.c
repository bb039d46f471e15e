/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/verity.h"

#include <endian.h>
#include <linux/fsverity.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#define MEASURED_MAX 64 /* bytes of the longest digest, SHA-512 */

struct measured_verity {
	uint16_t algorithm;
	uint16_t size;
	uint8_t bytes[MEASURED_MAX];
};

/*
 * Where the kernel itself checks each page. A FUSE server may answer the ioctl as it likes, and
 * so it may for any other filesystem that hands ioctls on.
 */
static bool is_checked_by_kernel(int fd)
{
	struct statfs statfs;

	if (fstatfs(fd, &statfs) < 0)
		return false;
	switch ((uint32_t)statfs.f_type) {
	case EXT4_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

/* 0 or a negative errno. */
static int ask(int fd, struct measured_verity *ret)
{
	union {
		struct fsverity_digest head;
		uint8_t space[sizeof(struct fsverity_digest) + MEASURED_MAX];
	} answer = {.head.digest_size = MEASURED_MAX};

	if (ioctl(fd, FS_IOC_MEASURE_VERITY, &answer) < 0)
		return -errno;
	if (answer.head.digest_size > MEASURED_MAX)
		return -EOVERFLOW;
	ret->algorithm = answer.head.digest_algorithm;
	ret->size = answer.head.digest_size;
	memcpy(ret->bytes, answer.head.digest, ret->size);
	return 0;
}

/*
 * ENODATA: the file has none. ENOTTY: the filesystem does not know the ioctl. EOPNOTSUPP: kernel or
 * superblock lacks the feature. The others are how filesystems outside the kernel's rules refuse an
 * ioctl; the content is read then, which is the stricter way.
 */
static bool means_none(int r)
{
	return r == -ENODATA || r == -ENOTTY || r == -EOPNOTSUPP || r == -EINVAL || r == -ENOSYS;
}

bool verity_is_possible(int fd)
{
	struct measured_verity measured;
	int r;

	if (!is_checked_by_kernel(fd))
		return false;
	r = ask(fd, &measured);
	return r == -ENODATA || !means_none(r);
}

int verity_measure(int fd, struct verity_digest *ret)
{
	struct measured_verity measured;
	int r = ask(fd, &measured);

	if (r < 0)
		return means_none(r) ? 0 : r;
	if (measured.algorithm != FS_VERITY_HASH_ALG_SHA256 || measured.size != DIGEST_SIZE)
		return 0;
	if (!is_checked_by_kernel(fd))
		return 0;
	memcpy(ret->descriptor.bytes, measured.bytes, DIGEST_SIZE);
	return 1;
}

/* -- Computing ----------------------------------------------------------------------------------
 */

#define LOG_BLOCK_SIZE 12
#define BLOCK_SIZE     (1 << LOG_BLOCK_SIZE)
/* Data blocks, and levels of hashes over them: 128 hashes a block, 2^51 blocks. */
#define LEVELS 9

struct level {
	uint8_t block[BLOCK_SIZE];
	size_t used;
};

/* Level 0 is the data block that is being filled, level N the hashes of blocks of level N - 1. */
struct verity_builder {
	struct hasher *hasher;
	uint64_t size;
	size_t top; /* highest level in use */
	struct level levels[LEVELS];
};

int verity_builder_new(struct verity_builder **ret)
{
	_cleanup_(verity_builder_free_p) struct verity_builder *builder =
		calloc(1, sizeof(*builder));
	int r;

	if (!builder)
		return -ENOMEM;
	r = hasher_new(&builder->hasher);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(builder);
	return 0;
}

void verity_builder_begin(struct verity_builder *builder)
{
	builder->size = 0;
	builder->top = 0;
	for (size_t i = 0; i < LEVELS; i++)
		builder->levels[i].used = 0;
}

void verity_builder_free(struct verity_builder *builder)
{
	if (!builder)
		return;
	hasher_free(builder->hasher);
	free(builder);
}

static int hash(struct verity_builder *builder, const void *data, size_t size, struct digest *ret)
{
	int r = hasher_begin(builder->hasher);

	if (r == 0)
		r = hasher_update(builder->hasher, data, size);
	return r == 0 ? hasher_finish(builder->hasher, ret) : r;
}

/* Hashes the block of a level, filled up with zeros, and empties it. */
static int close_block(struct verity_builder *builder, size_t number, struct digest *ret)
{
	struct level *level = &builder->levels[number];

	memset(level->block + level->used, 0, BLOCK_SIZE - level->used);
	level->used = 0;
	return hash(builder, level->block, BLOCK_SIZE, ret);
}

/*
 * Puts the hash of a block into the level above it. A full block is closed only when something
 * follows it, so that the last block of each level is never empty.
 */
static int add_hash(struct verity_builder *builder, size_t number, struct digest digest)
{
	for (; number < LEVELS; number++) {
		struct level *level = &builder->levels[number];
		bool is_full = level->used == BLOCK_SIZE;
		struct digest closed;
		int r = is_full ? close_block(builder, number, &closed) : 0;

		if (r < 0)
			return r;
		memcpy(level->block + level->used, digest.bytes, DIGEST_SIZE);
		level->used += DIGEST_SIZE;
		if (builder->top < number)
			builder->top = number;
		if (!is_full)
			return 0;
		digest = closed;
	}
	return -EFBIG;
}

static int flush_data(struct verity_builder *builder)
{
	struct digest digest;
	int r = close_block(builder, 0, &digest);

	return r == 0 ? add_hash(builder, 1, digest) : r;
}

int verity_builder_update(struct verity_builder *builder, const void *data, size_t size)
{
	struct level *level = &builder->levels[0];
	const uint8_t *from = data;

	if (size > INT64_MAX - builder->size)
		return -EFBIG;
	builder->size += size;
	while (size > 0) {
		size_t part = BLOCK_SIZE - level->used;

		if (part == 0) {
			int r = flush_data(builder);

			if (r < 0)
				return r;
			continue;
		}
		if (part > size)
			part = size;
		memcpy(level->block + level->used, from, part);
		level->used += part;
		from += part;
		size -= part;
	}
	return 0;
}

/* The hash of the one block at the top; of empty content it is all zeros. */
static int find_root(struct verity_builder *builder, struct digest *ret)
{
	struct digest digest = {};
	int r;

	if (builder->size == 0) {
		*ret = digest;
		return 0;
	}
	for (size_t i = 0;; i++) {
		r = close_block(builder, i, &digest);
		if (r < 0 || i == builder->top)
			break;
		r = add_hash(builder, i + 1, digest);
		if (r < 0)
			return r;
	}
	if (r == 0)
		*ret = digest;
	return r;
}

int verity_builder_finish(struct verity_builder *builder, struct verity_digest *ret)
{
	struct fsverity_descriptor descriptor = {
		.version = 1,
		.hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
		.log_blocksize = LOG_BLOCK_SIZE,
		.data_size = htole64(builder->size),
	};
	struct digest root;
	int r = find_root(builder, &root);

	if (r < 0)
		return r;
	memcpy(descriptor.root_hash, root.bytes, DIGEST_SIZE);
	return hash(builder, &descriptor, sizeof(descriptor), &ret->descriptor);
}

int verity_compute(int fd, struct verity_digest *ret)
{
	_cleanup_(verity_builder_free_p) struct verity_builder *builder = NULL;
	uint8_t block[65536];
	int r = verity_builder_new(&builder);

	if (r < 0)
		return r;
	verity_builder_begin(builder);
	for (;;) {
		ssize_t n = read(fd, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return verity_builder_finish(builder, ret);
		r = verity_builder_update(builder, block, (size_t)n);
		if (r < 0)
			return r;
	}
}
