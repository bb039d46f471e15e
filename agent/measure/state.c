/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/state.h"

#include "file.h"
#include "measure/walk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#define MAGIC	       "goldseal state 1\n"
#define RECENT_SECONDS 60

/* Of one file; the path's remaining bytes follow. In the machine's own byte order: it does not
 * travel. */
struct record {
	uint32_t shared; /* bytes of the path that are those of the record before */
	uint32_t rest;
	uint64_t inode;
	uint64_t size;
	int64_t seconds;
	int64_t nanoseconds;
	struct digest digest;
};

struct header {
	char magic[sizeof(MAGIC)];
	struct digest scope;
};

struct state_reader {
	FILE *stream;
	char path[WALK_PATH_MAX + 1024];
	struct record record;
	bool has_record;
};

struct state_writer {
	struct file_writer file;
	struct hasher *hasher;
	char *previous;
	int64_t started;
	int failure;
};

/* One digest that stands for all that a state is bound to. */
static int scope_digest(const struct state_scope *scope, struct digest *ret)
{
	_cleanup_free_ char *text = NULL;
	char hex[DIGEST_HEX_SIZE];
	int size;

	digest_to_hex(scope->manifest, hex);
	size = asprintf(&text, "%s %s %" PRIu64 " %" PRIu64, scope->boot_id, hex,
			(uint64_t)scope->root.st_dev, (uint64_t)scope->root.st_ino);
	if (size < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return digest_compute(text, (size_t)size, ret);
}

static int make_header(const struct state_scope *scope, struct header *ret)
{
	*ret = (struct header){.magic = MAGIC};
	return scope_digest(scope, &ret->scope);
}

static int make_path(const struct state_scope *scope, char **ret)
{
	return asprintf(ret, "%s/%s", scope->directory, STATE_NAME) < 0 ? -ENOMEM : 0;
}

static int check_header(FILE *stream, const struct state_scope *scope)
{
	struct header wanted, found;
	int r = make_header(scope, &wanted);

	if (r < 0)
		return r;
	if (fread(&found, sizeof(found), 1, stream) != 1 ||
	    memcmp(found.magic, wanted.magic, sizeof(found.magic)) != 0)
		return -EBADMSG;
	return digest_is_equal(&found.scope, &wanted.scope) ? 0 : -ESTALE;
}

/* The last bytes are the SHA-256 of all before them. */
static int check_content(FILE *stream, int64_t size)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	struct digest wanted, found;
	int64_t left = size - DIGEST_SIZE;
	char block[65536];
	int r = hasher_new(&hasher);

	if (r == 0)
		r = hasher_begin(hasher);
	rewind(stream);
	while (r == 0 && left > 0) {
		size_t want = left < (int64_t)sizeof(block) ? (size_t)left : sizeof(block);

		if (fread(block, 1, want, stream) != want)
			return -EBADMSG;
		r = hasher_update(hasher, block, want);
		left -= (int64_t)want;
	}
	if (r == 0)
		r = hasher_finish(hasher, &found);
	if (r < 0)
		return r;
	if (fread(&wanted, sizeof(wanted), 1, stream) != 1)
		return -EBADMSG;
	return digest_is_equal(&found, &wanted) ? 0 : -EBADMSG;
}

static int check_stream(FILE *stream, const struct state_scope *scope)
{
	struct stat st;
	int r;

	if (fstat(fileno(stream), &st) < 0)
		return -errno;
	/* Nobody else may have had a say in it. */
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 0077) ||
	    st.st_size < (off_t)(sizeof(struct header) + DIGEST_SIZE))
		return -EBADMSG;
	r = check_header(stream, scope);
	if (r == 0)
		r = check_content(stream, st.st_size);
	return r;
}

int state_reader_open(const struct state_scope *scope, struct state_reader **ret,
		      struct error *error)
{
	_cleanup_(state_reader_free_p) struct state_reader *reader = calloc(1, sizeof(*reader));
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = -EBADF;
	int r;

	if (!reader || make_path(scope, &path) < 0)
		return -ENOMEM;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return file_error_set(error, -errno, path, "read");
	reader->stream = fdopen(fd, "r");
	if (!reader->stream)
		return -errno;
	TAKE_FD(fd);
	r = check_stream(reader->stream, scope);
	if (r < 0)
		return error_set(error, r, "%s: %s", path,
				 r == -ESTALE ? "of another boot, manifest or root" : "damaged");
	r = state_reader_rewind(reader);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(reader);
	return 0;
}

/* The next record and its path. The end is a record without a path. */
static int next_record(struct state_reader *reader)
{
	struct record *record = &reader->record;
	size_t length = strlen(reader->path);

	if (fread(record, sizeof(*record), 1, reader->stream) != 1)
		return -EBADMSG;
	if (record->shared > length || record->rest >= sizeof(reader->path) - record->shared)
		return -EBADMSG;
	reader->has_record = record->rest > 0;
	if (!reader->has_record)
		return 0;
	if (fread(reader->path + record->shared, record->rest, 1, reader->stream) != 1)
		return -EBADMSG;
	reader->path[record->shared + record->rest] = '\0';
	return 0;
}

static bool record_is_of(const struct record *record, const struct stat *st)
{
	return record->inode == st->st_ino && record->size == (uint64_t)st->st_size &&
	       record->seconds == st->st_ctim.tv_sec && record->nanoseconds == st->st_ctim.tv_nsec;
}

int state_reader_find(struct state_reader *reader, const char *path, const struct stat *st,
		      struct digest *ret)
{
	while (reader->has_record && strcmp(reader->path, path) < 0) {
		int r = next_record(reader);

		if (r < 0)
			return r;
	}
	if (!reader->has_record || strcmp(reader->path, path) != 0 ||
	    !record_is_of(&reader->record, st))
		return 0;
	*ret = reader->record.digest;
	return 1;
}

int state_reader_rewind(struct state_reader *reader)
{
	if (fseek(reader->stream, sizeof(struct header), SEEK_SET) < 0)
		return -errno;
	reader->path[0] = '\0';
	reader->has_record = true;
	return 0;
}

void state_reader_free(struct state_reader *reader)
{
	if (!reader)
		return;
	if (reader->stream)
		(void)fclose(reader->stream);
	free(reader);
}

static void put(struct state_writer *writer, const void *data, size_t size)
{
	if (writer->failure < 0)
		return;
	if (fwrite(data, size, 1, writer->file.stream) != 1)
		writer->failure = errno ? -errno : -EIO;
	else
		writer->failure = hasher_update(writer->hasher, data, size);
}

int state_writer_open(const struct state_scope *scope, struct state_writer **ret,
		      struct error *error)
{
	_cleanup_(state_writer_free_p) struct state_writer *writer = calloc(1, sizeof(*writer));
	_cleanup_free_ char *path = NULL;
	struct header header;
	int r;

	if (!writer || make_path(scope, &path) < 0)
		return -ENOMEM;
	writer->started = (int64_t)time(NULL);
	writer->previous = strdup("");
	if (!writer->previous)
		return -ENOMEM;
	r = make_header(scope, &header);
	if (r == 0)
		r = hasher_new(&writer->hasher);
	if (r == 0)
		r = hasher_begin(writer->hasher);
	if (r == 0)
		r = file_writer_open(&writer->file, AT_FDCWD, path, 0600, error);
	if (r < 0)
		return r;
	put(writer, &header, sizeof(header));
	*ret = TAKE_PTR(writer);
	return 0;
}

static uint32_t count_shared(const char *a, const char *b)
{
	uint32_t count = 0;

	while (a[count] && a[count] == b[count])
		count++;
	return count;
}

void state_writer_add(struct state_writer *writer, const char *path, const struct stat *st,
		      const struct digest *digest)
{
	uint32_t shared = count_shared(writer->previous, path);
	struct record record = {
		.shared = shared,
		.rest = (uint32_t)strlen(path) - shared,
		.inode = st->st_ino,
		.size = (uint64_t)st->st_size,
		.seconds = st->st_ctim.tv_sec,
		.nanoseconds = st->st_ctim.tv_nsec,
		.digest = *digest,
	};
	char *copy;

	if (st->st_ctim.tv_sec > writer->started - RECENT_SECONDS || writer->failure < 0)
		return;
	copy = strdup(path);
	if (!copy) {
		writer->failure = -ENOMEM;
		return;
	}
	free(writer->previous);
	writer->previous = copy;
	put(writer, &record, sizeof(record));
	put(writer, path + shared, record.rest);
}

int state_writer_commit(struct state_writer *writer, struct error *error)
{
	static const struct record end;
	struct digest digest;

	put(writer, &end, sizeof(end));
	if (writer->failure == 0)
		writer->failure = hasher_finish(writer->hasher, &digest);
	if (writer->failure == 0 && fwrite(&digest, sizeof(digest), 1, writer->file.stream) != 1)
		writer->failure = -errno;
	if (writer->failure < 0)
		return error_set(error, writer->failure, "cannot write %s: %s", STATE_NAME,
				 strerror(-writer->failure));
	return file_writer_commit(&writer->file, error);
}

void state_writer_free(struct state_writer *writer)
{
	if (!writer)
		return;
	file_writer_abort(&writer->file);
	hasher_free(writer->hasher);
	free(writer->previous);
	free(writer);
}
