/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/content.h"

#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>

/* What is asked for ahead of one file: more would push out what is not read yet. */
#define AHEAD_SIZE (8 * 1024 * 1024)

/* Of fewer bytes, holes are not worth looking for. */
#define SPARSE_MIN (1024 * 1024)

struct reading {
	const struct content *content;
	struct hasher *hasher;
	unsigned char *block;
	uint64_t done; /* bytes hashed */
};

static bool is_canceled(const struct content *content)
{
	return content->cancel && atomic_load_explicit(content->cancel, memory_order_relaxed);
}

void content_expect(int fd, uint64_t size)
{
	/* Only advice: where it is not taken the read waits a little longer. */
	(void)posix_fadvise(fd, 0, (off_t)(size < AHEAD_SIZE ? size : AHEAD_SIZE),
			    POSIX_FADV_WILLNEED);
}

/* The first block tells whether the page cache has the file. */
static ssize_t read_first(const struct reading *reading, size_t want)
{
	const struct iovec block = {reading->block, want};
	ssize_t n = preadv2(reading->content->fd, &block, 1, -1, RWF_NOWAIT);

	if (n >= 0)
		return n;
	/* Filesystems that cannot say (EOPNOTSUPP) count as cached. */
	if (errno == EAGAIN)
		atomic_store_explicit(reading->content->cold, CONTENT_COLD_FILES,
				      memory_order_relaxed);
	return read(reading->content->fd, reading->block, want);
}

static ssize_t read_block(const struct reading *reading, size_t want)
{
	if (reading->done == 0 && reading->content->cold)
		return read_first(reading, want);
	return read(reading->content->fd, reading->block, want);
}

/* Hashes up to `end` from where the descriptor stands. */
static int hash_data(struct reading *reading, uint64_t end)
{
	int r = 0;

	while (r == 0 && reading->done < end) {
		uint64_t left = end - reading->done;
		size_t want = left < CONTENT_BLOCK_SIZE ? (size_t)left : CONTENT_BLOCK_SIZE;
		ssize_t n;

		if (is_canceled(reading->content))
			return -ECANCELED;
		n = read_block(reading, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EAGAIN;
		reading->done += (uint64_t)n;
		r = hasher_update(reading->hasher, reading->block, (size_t)n);
	}
	return r;
}

static int hash_hole(struct reading *reading, uint64_t end)
{
	int r = 0;

	if (reading->done < end)
		memset(reading->block, 0, CONTENT_BLOCK_SIZE);
	while (r == 0 && reading->done < end) {
		uint64_t left = end - reading->done;
		size_t size = left < CONTENT_BLOCK_SIZE ? (size_t)left : CONTENT_BLOCK_SIZE;

		if (is_canceled(reading->content))
			return -ECANCELED;
		r = hasher_update(reading->hasher, reading->block, size);
		reading->done += size;
	}
	return r;
}

/* Where the next hole or the next data begins, `end` at most; or a negative errno. */
static int64_t find_next(const struct reading *reading, int what, uint64_t end)
{
	off_t offset = lseek(reading->content->fd, (off_t)reading->done, what);

	/* No data any more before the end. */
	if (offset < 0 && errno == ENXIO)
		return (int64_t)end;
	if (offset < 0)
		return -errno;
	return (uint64_t)offset < end ? offset : (int64_t)end;
}

static int hash_extent(struct reading *reading, uint64_t end)
{
	int64_t next = find_next(reading, SEEK_DATA, end);
	int r;

	if (next < 0)
		return (int)next;
	r = hash_hole(reading, (uint64_t)next);
	if (r < 0 || reading->done == end)
		return r;
	next = find_next(reading, SEEK_HOLE, end);
	if (next < 0)
		return (int)next;
	if (lseek(reading->content->fd, (off_t)reading->done, SEEK_SET) < 0)
		return -errno;
	return hash_data(reading, (uint64_t)next);
}

static int hash_sparse(struct reading *reading, uint64_t end)
{
	int r = 0;

	while (r == 0 && reading->done < end)
		r = hash_extent(reading, end);
	return r;
}

static bool is_sparse(const struct stat *st)
{
	return st->st_size >= SPARSE_MIN && st->st_blocks < st->st_size / 512;
}

int content_hash(const struct content *content, struct hasher *hasher, void *block,
		 struct digest *ret, uint64_t *ret_read)
{
	struct reading reading = {.content = content, .hasher = hasher, .block = block};
	uint64_t size = (uint64_t)content->st->st_size;
	uint64_t end = size < content->limit ? size : content->limit;
	int r = hasher_begin(hasher);

	if (r == 0)
		r = is_sparse(content->st) ? hash_sparse(&reading, end) : hash_data(&reading, end);
	if (r == 0)
		r = hasher_finish(hasher, ret);
	*ret_read = reading.done;
	return r;
}
