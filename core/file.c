/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include "log.h"
#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#define READ_SPACE_MIN 4096

#define TEMPORARY_PREFIX ".tmp-"
#define TEMPORARY_DIGITS 16
#define TEMPORARY_TRIES	 64

/* What to do about a failed write, where there is something to do. */
static const struct {
	int number;
	const char *advice;
} advices[] = {
	{ENOSPC, " (free space on that file system)"},
	{EDQUOT, " (the disk quota is used up)"},
	{EROFS, " (mount it read-write or choose another directory)"},
	{EEXIST, " (it is never overwritten; choose another name or remove it)"},
	{ELOOP, " (symbolic links are not followed here)"},
};

/* "PATH: cannot DO: reason (advice)" */
int file_error_set(struct error *error, int r, const char *path, const char *what)
{
	_cleanup_free_ char *shown = text_escape(path, strlen(path));
	const char *advice = "";

	for (size_t i = 0; i < ELEMENTS(advices); i++)
		if (advices[i].number == -r)
			advice = advices[i].advice;
	return error_set(error, r, "%s: cannot %s: %s%s", shown ? shown : "?", what, strerror(-r),
			 advice);
}

/* For what errno cannot say: "PATH: TEXT". */
static int refuse(struct error *error, int r, const char *path, const char *text)
{
	_cleanup_free_ char *shown = text_escape(path, strlen(path));

	return error_set(error, r, "%s: %s", shown ? shown : "?", text);
}

/* A file that is being read. */
struct source {
	int fd;
	const char *path;
	struct stat st;
	size_t limit;
};

/* Opens a regular file so that a FIFO or a terminal cannot hold us up. */
static int source_open(struct source *source, int dir_fd, bool follow, struct error *error)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
	_cleanup_close_ int fd = openat(dir_fd, source->path, flags);

	if (fd < 0)
		return file_error_set(error, -errno, source->path, "open");
	if (fstat(fd, &source->st) < 0)
		return file_error_set(error, -errno, source->path, "stat");
	if (S_ISDIR(source->st.st_mode))
		return file_error_set(error, -EISDIR, source->path, "read");
	if (!S_ISREG(source->st.st_mode))
		return refuse(error, -EINVAL, source->path, "not a regular file");
	source->fd = TAKE_FD(fd);
	return 0;
}

/* Doubles the space, up to the limit, one byte to notice that there is more, and a NUL. */
static int grow(char **data, size_t *space, size_t limit)
{
	size_t larger = *space > limit / 2 ? limit + 2 : *space * 2;
	char *moved = realloc(*data, larger);

	if (!moved)
		return -ENOMEM;
	*data = moved;
	*space = larger;
	return 0;
}

/* Reads to the end; the size that fstat told is only a first guess (procfs says 0). */
static int read_all(const struct source *source, char **ret_data, size_t *ret_size)
{
	size_t guess = (size_t)source->st.st_size + 2, size = 0;
	size_t space = guess < READ_SPACE_MIN ? READ_SPACE_MIN : guess;
	_cleanup_free_ char *data = malloc(space);

	if (!data)
		return -ENOMEM;
	for (;;) {
		ssize_t n = read(source->fd, data + size, space - 1 - size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > source->limit)
			return -EFBIG;
		if (size == space - 1 && grow(&data, &space, source->limit) < 0)
			return -ENOMEM;
	}
	data[size] = '\0';
	*ret_data = TAKE_PTR(data);
	*ret_size = size;
	return 0;
}

static int source_read(const struct source *source, char **ret_data, size_t *ret_size,
		       struct error *error)
{
	char reason[64];
	int r;

	if ((uintmax_t)source->st.st_size > source->limit)
		r = -EFBIG;
	else
		r = read_all(source, ret_data, ret_size);
	if (r == -EFBIG) {
		(void)snprintf(reason, sizeof(reason), "larger than the limit of %zu bytes",
			       source->limit);
		return refuse(error, r, source->path, reason);
	}
	return r < 0 ? file_error_set(error, r, source->path, "read") : 0;
}

/* Keeps `limit` + 2 from wrapping. */
static size_t clamp(size_t limit)
{
	return limit < SSIZE_MAX / 2 ? limit : SSIZE_MAX / 2;
}

int file_read(int dir_fd, const char *path, size_t limit, bool follow, char **ret_data,
	      size_t *ret_size, struct error *error)
{
	struct source source = {.fd = -EBADF, .path = path, .limit = clamp(limit)};
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = source_open(&source, dir_fd, follow, error);
	if (r < 0)
		return r;
	fd = source.fd;
	return source_read(&source, ret_data, ret_size, error);
}

int file_read_secret(const char *path, size_t limit, char **ret_data, size_t *ret_size,
		     struct error *error)
{
	struct source source = {.fd = -EBADF, .path = path, .limit = clamp(limit)};
	_cleanup_close_ int fd = -EBADF;
	int r;

	r = source_open(&source, AT_FDCWD, true, error);
	if (r < 0)
		return r;
	fd = source.fd;
	if (source.st.st_mode & (S_IRWXG | S_IRWXO))
		return refuse(error, -EPERM, path,
			      "group or others may use this secret; run chmod 600 on it");
	return source_read(&source, ret_data, ret_size, error);
}

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Opens the directory that holds `path`. */
static int open_parent(int dir_fd, const char *path)
{
	size_t length = (size_t)(last_component(path) - path);
	_cleanup_free_ char *parent = length > 0 ? strndup(path, length) : strdup(".");
	int fd;

	if (!parent)
		return -ENOMEM;
	fd = openat(dir_fd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* A name that does not depend on the final one, which may be as long as the file system allows. */
static char *temporary_name(void)
{
	uint8_t random[TEMPORARY_DIGITS / 2];
	char hex[2 * sizeof(random) + 1], *name;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return NULL;
	hex_encode(random, sizeof(random), hex);
	return asprintf(&name, TEMPORARY_PREFIX "%s", hex) < 0 ? NULL : name;
}

static bool is_temporary(const char *name)
{
	const size_t prefix = strlen(TEMPORARY_PREFIX);

	return strncmp(name, TEMPORARY_PREFIX, prefix) == 0 &&
	       strlen(name) == prefix + TEMPORARY_DIGITS &&
	       strspn(name + prefix, "0123456789abcdef") == TEMPORARY_DIGITS;
}

/* Removes a temporary file that no living process holds. */
static int sweep_one(int dir_fd, const char *name)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int file_sweep(const char *directory, struct error *error)
{
	_cleanup_closedir_ DIR *dir = opendir(directory);
	struct dirent *dirent;
	int r = 0;

	if (!dir)
		return file_error_set(error, -errno, directory, "open");
	while (r == 0 && (dirent = readdir(dir)))
		if (is_temporary(dirent->d_name))
			r = sweep_one(dirfd(dir), dirent->d_name);
	return r < 0 ? file_error_set(error, r, directory, "clear of temporary files") : 0;
}

/* Whether the file still has a name; file_sweep() of another process may have come before the lock.
 */
static bool is_linked(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/*
 * Creates a file under a new name and locks it, so that file_sweep() leaves it alone while we live.
 * -EAGAIN when a sweep was faster; `ret_name` is written only on success.
 */
static int create_locked(int dir_fd, char **ret_name)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
	_cleanup_free_ char *name = temporary_name();
	_cleanup_close_ int fd = -EBADF;

	if (!name)
		return -ENOMEM;
	fd = openat(dir_fd, name, flags, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || !is_linked(fd)) {
		(void)unlinkat(dir_fd, name, 0);
		return -EAGAIN;
	}
	*ret_name = TAKE_PTR(name);
	return TAKE_FD(fd);
}

/* Creates the temporary file; what succeeded is in `writer` for file_writer_abort(). */
static int create_temporary(struct file_writer *writer, mode_t mode)
{
	_cleanup_close_ int fd = -EAGAIN;

	for (int i = 0; i < TEMPORARY_TRIES && fd == -EAGAIN; i++)
		fd = create_locked(writer->dir_fd, &writer->temporary);
	if (fd < 0)
		return fd;
	if (fchmod(fd, mode) < 0)
		return -errno;
	writer->stream = fdopen(fd, "w");
	if (!writer->stream)
		return -errno;
	(void)TAKE_FD(fd);
	return 0;
}

int file_writer_open(struct file_writer *writer, int dir_fd, const char *path, mode_t mode,
		     struct error *error)
{
	_cleanup_file_writer_ struct file_writer new = {0};
	int r;

	if (*last_component(path) == '\0')
		return refuse(error, -EISDIR, path, "a file name is expected, not a directory");
	/* `name` keeps the whole path, for messages; while it is NULL, dir_fd is not ours. */
	r = open_parent(dir_fd, path);
	if (r < 0)
		return file_error_set(error, r, path, "open the directory of this file");
	new.dir_fd = r;
	new.name = strdup(path);
	if (!new.name) {
		(void)close(new.dir_fd);
		return file_error_set(error, -ENOMEM, path, "write");
	}
	r = create_temporary(&new, mode);
	if (r < 0)
		return file_error_set(error, r, path, "create a temporary file beside this file");
	*writer = new;
	new = (struct file_writer){0};
	return 0;
}

/*
 * Flushes to the disk and closes. An earlier failed write left no errno in the stream; the file is
 * lost anyhow, so one more byte finds out why.
 */
static int finish_stream(struct file_writer *writer)
{
	FILE *stream = writer->stream;
	int r = 0;

	if (ferror(stream))
		r = write(fileno(stream), "", 1) < 0 ? -errno : -EIO;
	else if (fflush(stream) != 0 || fsync(fileno(stream)) < 0)
		r = -errno;
	writer->stream = NULL;
	if (fclose(stream) != 0 && r == 0)
		r = -errno;
	return r;
}

static int rename_over(int dir_fd, const char *from, const char *to)
{
	return renameat(dir_fd, from, dir_fd, to) < 0 ? -errno : 0;
}

/* Not all file systems know RENAME_NOREPLACE; a hard link does not replace either. */
static int rename_new(int dir_fd, const char *from, const char *to)
{
	if (renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(dir_fd, from, dir_fd, to, 0) < 0)
		return -errno;
	(void)unlinkat(dir_fd, from, 0);
	return 0;
}

/* Puts the content on the disk. `ret_lock` keeps the temporary file's lock, which closing the
 * stream would give up before the file has its final name. */
static int finish(struct file_writer *writer, int *ret_lock, struct error *error)
{
	int lock = fcntl(fileno(writer->stream), F_DUPFD_CLOEXEC, 3);
	int r;

	if (lock < 0)
		return file_error_set(error, -errno, writer->name, "write");
	*ret_lock = lock;
	r = finish_stream(writer);
	return r < 0 ? file_error_set(error, r, writer->name, "write") : 0;
}

/* File systems that cannot sync a directory say EINVAL; there is nothing to wait for. */
static int sync_directory(const struct file_writer *writer, struct error *error)
{
	if (fsync(writer->dir_fd) < 0 && errno != EINVAL)
		return file_error_set(error, -errno, writer->name,
				      "sync the directory of this file");
	return 0;
}

static int commit(struct file_writer *writer, int (*rename_to)(int, const char *, const char *),
		  struct error *error)
{
	_cleanup_close_ int lock = -EBADF;
	int r;

	r = finish(writer, &lock, error);
	if (r < 0)
		goto out;
	r = rename_to(writer->dir_fd, writer->temporary, last_component(writer->name));
	if (r < 0) {
		(void)file_error_set(error, r, writer->name, "create");
		goto out;
	}
	free(writer->temporary);
	writer->temporary = NULL;
	r = sync_directory(writer, error);
out:
	file_writer_abort(writer);
	return r;
}

int file_writer_commit(struct file_writer *writer, struct error *error)
{
	return commit(writer, rename_over, error);
}

int file_writer_commit_new(struct file_writer *writer, struct error *error)
{
	return commit(writer, rename_new, error);
}

static int exchange(const struct file_writer *writer)
{
	return renameat2(writer->dir_fd, writer->temporary, writer->dir_fd,
			 last_component(writer->name), RENAME_EXCHANGE) < 0
		       ? -errno
		       : 0;
}

/* Where the old file, if there is one, can come back: as the temporary file. */
static int rename_first(struct file_writer *writer, bool *ret_exchanged)
{
	int r = exchange(writer);

	*ret_exchanged = r == 0;
	if (r != -ENOENT && r != -EINVAL && r != -ENOSYS)
		return r;
	r = rename_over(writer->dir_fd, writer->temporary, last_component(writer->name));
	if (r == 0) {
		free(writer->temporary);
		writer->temporary = NULL;
	}
	return r;
}

static int rename_pair(struct file_writer *first, struct file_writer *second, struct error *error)
{
	bool exchanged = false;
	int r;

	r = rename_first(first, &exchanged);
	if (r < 0)
		return file_error_set(error, r, first->name, "create");
	r = rename_over(second->dir_fd, second->temporary, last_component(second->name));
	if (r < 0) {
		(void)file_error_set(error, r, second->name, "create");
		if (exchanged && exchange(first) < 0)
			log_debug("the former %s does not come back: %m", first->name);
		return r;
	}
	free(second->temporary);
	second->temporary = NULL;
	return 0;
}

int file_writer_commit_pair(struct file_writer *first, struct file_writer *second,
			    struct error *error)
{
	_cleanup_close_ int first_lock = -EBADF, second_lock = -EBADF;
	int r;

	r = finish(first, &first_lock, error);
	if (r == 0)
		r = finish(second, &second_lock, error);
	if (r == 0)
		r = rename_pair(first, second, error);
	/* With it goes the former file, which has the temporary name now. */
	if (r == 0 && first->temporary)
		(void)unlinkat(first->dir_fd, first->temporary, 0);
	if (r == 0)
		r = sync_directory(first, error);
	if (r == 0)
		r = sync_directory(second, error);
	file_writer_abort(first);
	file_writer_abort(second);
	return r;
}

void file_writer_abort(struct file_writer *writer)
{
	if (!writer->name)
		return;
	if (writer->stream)
		(void)fclose(writer->stream);
	if (writer->temporary)
		(void)unlinkat(writer->dir_fd, writer->temporary, 0);
	(void)close(writer->dir_fd);
	free(writer->temporary);
	free(writer->name);
	*writer = (struct file_writer){0};
}

int file_write(int dir_fd, const char *path, const void *data, size_t size, mode_t mode,
	       struct error *error)
{
	_cleanup_file_writer_ struct file_writer writer = {0};
	int r;

	r = file_writer_open(&writer, dir_fd, path, mode, error);
	if (r < 0)
		return r;
	/* A short write is seen by commit, which also knows why. */
	if (size > 0)
		(void)fwrite(data, 1, size, writer.stream);
	return file_writer_commit(&writer, error);
}

/* 0 when it is a directory now. */
static int make_one(const char *path, mode_t mode)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int directory_make(const char *path, mode_t mode, struct error *error)
{
	_cleanup_free_ char *prefix = strdup(path);
	int r;

	if (!prefix)
		return file_error_set(error, -ENOMEM, path, "create");
	for (char *p = prefix + (*prefix == '/'); *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		r = make_one(prefix, mode);
		if (r < 0)
			return file_error_set(error, r, prefix, "create the directory");
		*p = '/';
	}
	r = make_one(prefix, mode);
	return r < 0 ? file_error_set(error, r, path, "create the directory") : 0;
}
