/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include "embed.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define CHECKED_MAX (256 << 20)

struct store {
	struct db *writer;
	pthread_mutex_t mutex;
	pthread_cond_t given;
	struct db **readers; /* the free ones, n_free of n_readers */
	size_t n_readers;
	size_t n_free;
};

/* Number n brings schema n to n + 1. */
static const char *const migrations[STORE_SCHEMA] = {
	embedded_schema_1,
};

static int get_version(struct db *db, int64_t *ret, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	int r = db_query(db, "PRAGMA user_version", DB_NO_VALUES, &query, error);

	if (r >= 0)
		r = query_next(&query, error);
	if (r < 0)
		return r;
	*ret = query_int(&query, 0);
	return 0;
}

static int migrate_one(struct db *db, size_t number, struct error *error)
{
	char set[64];
	int r;

	(void)snprintf(set, sizeof(set), "PRAGMA user_version = %zu; COMMIT;", number + 1);
	r = db_script(db, "BEGIN IMMEDIATE", error);
	if (r >= 0)
		r = db_script(db, migrations[number], error);
	if (r >= 0)
		r = db_script(db, set, error);
	if (r < 0) {
		db_rollback(db);
		return error_prefix(error, r, "schema %zu", number + 1);
	}
	return 0;
}

static int migrate(struct db *db, struct error *error)
{
	int64_t version;
	int r = get_version(db, &version, error);

	if (r < 0)
		return r;
	if (version < 0 || version > STORE_SCHEMA)
		return error_set(error, -EUCLEAN,
				 "schema %lld was made by a newer goldseal-collector, this one "
				 "knows up to %d: install the newer program",
				 (long long)version, STORE_SCHEMA);
	for (size_t n = (size_t)version; n < STORE_SCHEMA; n++) {
		r = migrate_one(db, n, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int store_create(const char *path, struct error *error)
{
	_cleanup_(db_free_p) struct db *db = NULL;
	mode_t old = umask(077);
	int r = db_open(path, DB_CREATE, &db, error);

	(void)umask(old);
	return r < 0 ? r : migrate(db, error);
}

static int check_file(const char *path, struct error *error)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return error_set(error, -errno,
				 "%s: %m; make the data directory with `goldseal-collector init "
				 "--data DIR`, or restore it from a backup",
				 path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return error_set(error, -EUCLEAN,
				 "%s is not a database of goldseal-collector: restore it from a "
				 "backup",
				 path);
	return 0;
}

/* A large one would take minutes to read whole at each start; damage is then found when it is met.
 */
static int check_sound(struct db *db, const char *path, struct error *error)
{
	struct stat st;
	_cleanup_query_ struct query query = {0};
	int r;

	if (stat(path, &st) < 0)
		return error_set(error, -errno, "%m");
	if (st.st_size > CHECKED_MAX)
		return 0;
	r = db_query(db, "PRAGMA quick_check(1)", DB_NO_VALUES, &query, error);
	if (r >= 0)
		r = query_next(&query, error);
	if (r < 0)
		return r;
	if (r == 0 || strcmp(query_text(&query, 0), "ok") != 0)
		return error_set(error, -EUCLEAN, "database is damaged: %s",
				 r ? query_text(&query, 0) : "no answer");
	return 0;
}

int store_open_single(const char *path, struct db **ret, struct error *error)
{
	_cleanup_(db_free_p) struct db *db = NULL;
	int r = check_file(path, error);

	if (r < 0)
		return r;
	r = db_open(path, DB_WRITE, &db, error);
	if (r < 0)
		return r;
	r = migrate(db, error);
	if (r < 0)
		return error_prefix(error, r, "%s", path);
	*ret = TAKE_PTR(db);
	return 0;
}

int store_open(const char *path, size_t n_readers, struct store **ret, struct error *error)
{
	_cleanup_(store_free_p) struct store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return -ENOMEM;
	(void)pthread_mutex_init(&store->mutex, NULL);
	(void)pthread_cond_init(&store->given, NULL);
	store->readers = calloc(n_readers, sizeof(*store->readers));
	if (!store->readers)
		return -ENOMEM;
	r = store_open_single(path, &store->writer, error);
	if (r < 0)
		return r;
	r = check_sound(store->writer, path, error);
	if (r < 0)
		return error_prefix(error, r, "%s: restore it from a backup", path);
	for (; store->n_readers < n_readers; store->n_readers++) {
		r = db_open(path, DB_READ, &store->readers[store->n_readers], error);
		if (r < 0)
			return r;
		store->n_free++;
	}
	*ret = TAKE_PTR(store);
	return 0;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	for (size_t i = 0; i < store->n_free; i++)
		db_free(store->readers[i]);
	free(store->readers);
	db_free(store->writer);
	(void)pthread_cond_destroy(&store->given);
	(void)pthread_mutex_destroy(&store->mutex);
	free(store);
}

struct db *store_writer(struct store *store)
{
	return store->writer;
}

struct db *store_take_reader(struct store *store)
{
	struct db *db;

	(void)pthread_mutex_lock(&store->mutex);
	while (store->n_free == 0)
		(void)pthread_cond_wait(&store->given, &store->mutex);
	db = store->readers[--store->n_free];
	(void)pthread_mutex_unlock(&store->mutex);
	return db;
}

void store_give_reader(struct store *store, struct db *db)
{
	(void)pthread_mutex_lock(&store->mutex);
	store->readers[store->n_free++] = db;
	(void)pthread_cond_signal(&store->given);
	(void)pthread_mutex_unlock(&store->mutex);
}

int64_t store_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
