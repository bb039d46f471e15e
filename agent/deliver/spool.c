/* SPDX-License-Identifier: Apache-2.0 */
#include "spool.h"

#include "file.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define UUID_LENGTH	 36
#define SUFFIX		 ".json"
#define RECEIPT_SUFFIX	 ".receipt"
#define NAME_LENGTH	 (UUID_LENGTH + sizeof(SUFFIX) - 1)
#define TEMPORARY	 ".tmp-"
#define TEMPORARY_LIFE	 3600 /* seconds: by then its writer is dead */
#define QUARANTINE_TRIES 1000

struct spool {
	char *path;
	int state;
	int waiting;
	int broken;
	int delivered;
};

static int fail(const struct spool *spool, struct error *error, const char *what, const char *name)
{
	int number = errno;
	_cleanup_free_ char *shown = text_escape(name, strlen(name));

	return error_set(error, -number, "%s: cannot %s %s: %s", spool->path, what,
			 shown ? shown : "?", strerror(number));
}

static int make_directory(const struct spool *spool, int parent, const char *name, int *ret_fd,
			  struct error *error)
{
	if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
		return fail(spool, error, "make the directory", name);
	*ret_fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_fd < 0 ? fail(spool, error, "open the directory", name) : 0;
}

/* Somebody else's directory could hand us anything as evidence or as a key. */
static int check_owner(const struct spool *spool, struct error *error)
{
	struct stat st;

	if (fstat(spool->state, &st) < 0)
		return fail(spool, error, "stat", ".");
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return error_set(error, -EPERM,
				 "%s: must belong to the user that runs goldseal and be writable "
				 "by nobody else; run chown and chmod 700 on it",
				 spool->path);
	return 0;
}

int spool_open(const char *state_directory, struct spool **ret, struct error *error)
{
	_cleanup_(spool_free_p) struct spool *spool = malloc(sizeof(*spool));
	int r;

	if (!spool)
		return error_set(error, -ENOMEM, "out of memory");
	*spool = (struct spool){
		.path = strdup(state_directory),
		.state = -EBADF,
		.waiting = -EBADF,
		.broken = -EBADF,
		.delivered = -EBADF,
	};
	if (!spool->path)
		return error_set(error, -ENOMEM, "out of memory");
	r = directory_make(state_directory, 0700, error);
	if (r < 0)
		return r;
	spool->state = open(state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->state < 0)
		return fail(spool, error, "open the directory", ".");
	r = check_owner(spool, error);
	if (r == 0)
		r = make_directory(spool, spool->state, "spool", &spool->waiting, error);
	if (r == 0)
		r = make_directory(spool, spool->waiting, "broken", &spool->broken, error);
	if (r == 0)
		r = make_directory(spool, spool->state, "delivered", &spool->delivered, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(spool);
	return 0;
}

void spool_free(struct spool *spool)
{
	if (!spool)
		return;
	close_p(&spool->delivered);
	close_p(&spool->broken);
	close_p(&spool->waiting);
	close_p(&spool->state);
	free(spool->path);
	free(spool);
}

static int append_name(struct spool_names *names, const char *name)
{
	char **larger = reallocarray(names->names, names->count + 1, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	names->names = larger;
	larger[names->count] = strdup(name);
	if (!larger[names->count])
		return -ENOMEM;
	names->count++;
	return 0;
}

void spool_names_done(struct spool_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct spool_names){0};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static DIR *open_stream(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream;

	if (copy < 0)
		return NULL;
	stream = fdopendir(copy);
	if (!stream)
		(void)close(copy);
	return stream;
}

/* All names in a directory, sorted, for which `wants` says so. */
static int read_names(int fd, bool (*wants)(const char *), struct spool_names *ret)
{
	_cleanup_closedir_ DIR *stream = open_stream(fd);
	_cleanup_spool_names_ struct spool_names names = {0};
	struct dirent *item;
	int r;

	if (!stream)
		return -errno;
	for (errno = 0; (item = readdir(stream)); errno = 0) {
		if (!wants(item->d_name))
			continue;
		r = append_name(&names, item->d_name);
		if (r < 0)
			return r;
	}
	if (errno != 0)
		return -errno;
	if (names.count > 1)
		qsort(names.names, names.count, sizeof(*names.names), compare_names);
	*ret = names;
	names = (struct spool_names){0};
	return 0;
}

static bool is_waiting_name(const char *name)
{
	return name[0] != '.' && strcmp(name, "broken") != 0;
}

static bool is_temporary_name(const char *name)
{
	return strncmp(name, TEMPORARY, strlen(TEMPORARY)) == 0;
}

static bool is_delivered_name(const char *name)
{
	return name[0] != '.';
}

static bool is_uuid(const char *text, size_t length)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (length != UUID_LENGTH)
		return false;
	for (size_t i = 0; i < UUID_LENGTH; i++)
		if (form[i] == '-' ? text[i] != '-'
				   : !text[i] || !strchr("0123456789abcdef", text[i]))
			return false;
	return true;
}

static bool is_report_name(const char *name)
{
	return strlen(name) == NAME_LENGTH && is_uuid(name, UUID_LENGTH) &&
	       strcmp(name + UUID_LENGTH, SUFFIX) == 0;
}

/* Removes what a killed writer left behind. */
static int sweep(const struct spool *spool, int fd, struct error *error)
{
	_cleanup_spool_names_ struct spool_names names = {0};
	struct stat st;
	int r;

	r = read_names(fd, is_temporary_name, &names);
	if (r < 0)
		return error_set(error, r, "%s: cannot read: %s", spool->path, strerror(-r));
	for (size_t i = 0; i < names.count; i++) {
		if (fstatat(fd, names.names[i], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    st.st_mtime > time(NULL) - TEMPORARY_LIFE)
			continue;
		if (unlinkat(fd, names.names[i], 0) < 0 && errno != ENOENT)
			return fail(spool, error, "remove", names.names[i]);
	}
	return 0;
}

int spool_lock(struct spool *spool, struct error *error)
{
	int r;

	if (flock(spool->state, LOCK_EX | LOCK_NB) < 0) {
		if (errno == EWOULDBLOCK)
			return error_set(error, -EBUSY,
					 "%s: another goldseal delivers from here now",
					 spool->path);
		return fail(spool, error, "lock", ".");
	}
	r = sweep(spool, spool->state, error);
	if (r == 0)
		r = sweep(spool, spool->waiting, error);
	return r == 0 ? sweep(spool, spool->delivered, error) : r;
}

static int count_waiting(struct spool *spool, struct error *error)
{
	_cleanup_spool_names_ struct spool_names names = {0};
	int r;

	r = spool_list(spool, &names, error);
	if (r < 0)
		return r;
	if (names.count >= SPOOL_MAX)
		return error_set(error, -ENOSPC,
				 "%s/spool: %d reports wait for delivery already; look at why "
				 "`goldseal deliver` fails",
				 spool->path, SPOOL_MAX);
	return 0;
}

static int write_report(struct spool *spool, const char *name, const char *envelope,
			struct error *error)
{
	_cleanup_file_writer_ struct file_writer writer = {0};
	int r;

	r = file_writer_open(&writer, spool->waiting, name, 0600, error);
	if (r < 0)
		return error_prefix(error, r, "%s/spool", spool->path);
	/* A failed write is seen by commit. */
	(void)fprintf(writer.stream, "{\"evidence\":%s}\n", envelope);
	r = file_writer_commit_new(&writer, error);
	return r < 0 ? error_prefix(error, r, "%s/spool", spool->path) : 0;
}

int spool_put(struct spool *spool, const char *id, enum phase phase, const char *envelope,
	      struct error *error)
{
	char name[NAME_LENGTH + 1];
	int r;

	if (!is_uuid(id, strlen(id)))
		return error_set(error, -EINVAL, "a report's id must be a lower-case UUID");
	(void)snprintf(name, sizeof(name), "%.*s%s", UUID_LENGTH, id, SUFFIX);
	r = count_waiting(spool, error);
	if (r < 0)
		return r;
	r = write_report(spool, name, envelope, error);
	if (r < 0)
		return r;
	return spool_save_latest(spool, phase, envelope, error);
}

static int latest_name(enum phase phase, char ret[static 32])
{
	const char *text = phase_to_string(phase);

	if (!text)
		return -EINVAL;
	(void)snprintf(ret, 32, "latest-%s%s", text, SUFFIX);
	return 0;
}

int spool_save_latest(struct spool *spool, enum phase phase, const char *envelope,
		      struct error *error)
{
	char name[32];
	int r;

	r = latest_name(phase, name);
	if (r < 0)
		return error_set(error, r, "no such phase");
	r = file_write(spool->state, name, envelope, strlen(envelope), 0600, error);
	return r < 0 ? error_prefix(error, r, "%s", spool->path) : 0;
}

int spool_read_latest(struct spool *spool, enum phase phase, char **ret_envelope,
		      struct error *error)
{
	char name[32];
	size_t size;
	int r;

	r = latest_name(phase, name);
	if (r < 0)
		return error_set(error, r, "no such phase");
	r = file_read(spool->state, name, SPOOL_FILE_MAX, false, ret_envelope, &size, error);
	return r < 0 ? error_prefix(error, r, "%s", spool->path) : 0;
}

int spool_list(struct spool *spool, struct spool_names *ret, struct error *error)
{
	int r = read_names(spool->waiting, is_waiting_name, ret);

	return r < 0 ? error_set(error, r, "%s/spool: cannot read: %s", spool->path, strerror(-r))
		     : 0;
}

/* The member "evidence", which must be the only one. */
static int unwrap(const char *text, size_t size, char **ret_envelope, struct error *error)
{
	_cleanup_json_ json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	json_t *envelope = json_object_get(root, "evidence");

	if (!json_is_object(envelope) || json_object_size(root) != 1)
		return error_set(error, -EBADMSG, "expected {\"evidence\":{...}} and nothing more");
	*ret_envelope = json_dumps(envelope, JSON_COMPACT);
	return *ret_envelope ? 0 : error_set(error, -ENOMEM, "out of memory");
}

int spool_read(struct spool *spool, const char *name, char **ret_envelope, char **ret_id,
	       struct error *error)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *id = NULL;
	size_t size;
	int r;

	if (!is_report_name(name))
		return error_set(error, -EBADMSG, "its name is not UUID.json");
	r = file_read(spool->waiting, name, SPOOL_FILE_MAX, false, &text, &size, error);
	/* No later try can read these either. */
	if (r == -EFBIG || r == -ELOOP || r == -EISDIR || r == -EINVAL)
		return -EBADMSG;
	if (r < 0)
		return r;
	id = strndup(name, UUID_LENGTH);
	if (!id)
		return error_set(error, -ENOMEM, "out of memory");
	r = unwrap(text, size, ret_envelope, error);
	if (r < 0)
		return r;
	*ret_id = TAKE_PTR(id);
	return 0;
}

/* Removes all but the newest reports, and receipts without one. */
static int prune_delivered(struct spool *spool, struct error *error)
{
	_cleanup_spool_names_ struct spool_names names = {0};
	const char *oldest = "";
	size_t kept = 0;
	int r;

	r = read_names(spool->delivered, is_delivered_name, &names);
	if (r < 0)
		return error_set(error, r, "%s/delivered: cannot read: %s", spool->path,
				 strerror(-r));
	for (size_t i = names.count; i > 0 && kept < SPOOL_DELIVERED_KEEP; i--)
		if (is_report_name(names.names[i - 1])) {
			oldest = names.names[i - 1];
			kept++;
		}
	if (kept < SPOOL_DELIVERED_KEEP)
		return 0;
	for (size_t i = 0; i < names.count; i++)
		if (strncmp(names.names[i], oldest, UUID_LENGTH) < 0 &&
		    unlinkat(spool->delivered, names.names[i], 0) < 0)
			return fail(spool, error, "remove delivered", names.names[i]);
	return 0;
}

static int write_receipt(struct spool *spool, const char *id, const struct receipt *receipt,
			 struct error *error)
{
	_cleanup_json_ json_t *object = receipt_to_json(receipt);
	_cleanup_free_ char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	char name[UUID_LENGTH + sizeof(RECEIPT_SUFFIX)];
	int r;

	if (!text)
		return error_set(error, -ENOMEM, "out of memory");
	(void)snprintf(name, sizeof(name), "%.*s%s", UUID_LENGTH, id, RECEIPT_SUFFIX);
	r = file_write(spool->delivered, name, text, strlen(text), 0600, error);
	return r < 0 ? error_prefix(error, r, "%s/delivered", spool->path) : 0;
}

static int move(const struct spool *spool, const char *name, int to_fd, const char *to,
		struct error *error)
{
	if (renameat2(spool->waiting, name, to_fd, to, RENAME_NOREPLACE) < 0)
		return fail(spool, error, "move", name);
	if (fsync(to_fd) < 0 || fsync(spool->waiting) < 0)
		return fail(spool, error, "sync the directory of", name);
	return 0;
}

int spool_mark_delivered(struct spool *spool, const char *name, const struct receipt *receipt,
			 struct error *error)
{
	int r;

	if (!is_report_name(name))
		return error_set(error, -EINVAL, "not a report's name");
	/* First the receipt: a crash in between sends the report again, which does no harm. */
	r = write_receipt(spool, name, receipt, error);
	if (r < 0)
		return r;
	if (renameat(spool->waiting, name, spool->delivered, name) < 0)
		return fail(spool, error, "move", name);
	if (fsync(spool->delivered) < 0 || fsync(spool->waiting) < 0)
		return fail(spool, error, "sync the directory of", name);
	return prune_delivered(spool, error);
}

/* The first free of NAME, NAME.1, NAME.2 ...: an earlier broken file is never replaced. */
static int move_to_broken(struct spool *spool, const char *name, char **ret_new,
			  struct error *error)
{
	int r = -EEXIST;

	for (unsigned i = 0; r == -EEXIST && i < QUARANTINE_TRIES; i++) {
		_cleanup_free_ char *new = NULL;

		if ((i == 0 ? asprintf(&new, "%s", name) : asprintf(&new, "%s.%u", name, i)) < 0) {
			new = NULL;
			return error_set(error, -ENOMEM, "out of memory");
		}
		r = move(spool, name, spool->broken, new, error);
		if (r == 0)
			*ret_new = TAKE_PTR(new);
	}
	return r;
}

int spool_quarantine(struct spool *spool, const char *name, const char *reason, struct error *error)
{
	_cleanup_free_ char *new = NULL;
	_cleanup_free_ char *reason_name = NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	r = move_to_broken(spool, name, &new, error);
	if (r < 0)
		return r;
	if (asprintf(&reason_name, "%.240s.reason", new) < 0) {
		reason_name = NULL;
		return error_set(error, -ENOMEM, "out of memory");
	}
	if (asprintf(&text, "%s\n", reason) < 0) {
		text = NULL;
		return error_set(error, -ENOMEM, "out of memory");
	}
	r = file_write(spool->broken, reason_name, text, strlen(text), 0600, error);
	return r < 0 ? error_prefix(error, r, "%s/spool/broken", spool->path) : 0;
}
