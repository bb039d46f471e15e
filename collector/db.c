/* SPDX-License-Identifier: Apache-2.0 */
#include "db.h"

#include <string.h>

#define KEPT_MAX     64
#define BUSY_WAIT_MS 5000

struct kept {
	const char *sql;
	sqlite3_stmt *statement;
};

struct db {
	sqlite3 *handle;
	struct kept kept[KEPT_MAX];
	size_t n_kept;
};

static const struct {
	int code;
	int error;
} errors[] = {
	{SQLITE_FULL, -ENOSPC},	    {SQLITE_IOERR, -EIO},	  {SQLITE_CANTOPEN, -EIO},
	{SQLITE_CORRUPT, -EUCLEAN}, {SQLITE_NOTADB, -EUCLEAN},	  {SQLITE_BUSY, -EAGAIN},
	{SQLITE_LOCKED, -EAGAIN},   {SQLITE_CONSTRAINT, -EEXIST}, {SQLITE_NOMEM, -ENOMEM},
	{SQLITE_READONLY, -EROFS},  {SQLITE_TOOBIG, -EFBIG},
};

static int error_of(int code)
{
	for (size_t i = 0; i < ELEMENTS(errors); i++)
		if (errors[i].code == (code & 0xff))
			return errors[i].error;
	/* A mistake of ours, such as wrong SQL. */
	return -EPROTO;
}

static int db_fail(struct db *db, int code, struct error *error)
{
	return error_set(error, error_of(code), "database: %s",
			 db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code));
}

static int open_flags(enum db_mode mode)
{
	switch (mode) {
	case DB_READ:
		return SQLITE_OPEN_READONLY;
	case DB_WRITE:
		return SQLITE_OPEN_READWRITE;
	case DB_CREATE:
		return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	}
	return SQLITE_OPEN_READONLY;
}

/* Untrusted schemas may not call functions of ours; limits as far below SQLite's as our own
 * statements allow. */
static int configure(struct db *db)
{
	int r = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);

	if (r == SQLITE_OK)
		r = sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (r == SQLITE_OK)
		r = sqlite3_busy_timeout(db->handle, BUSY_WAIT_MS);
	(void)sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, 64 << 20);
	return r;
}

int db_open(const char *path, enum db_mode mode, struct db **ret, struct error *error)
{
	_cleanup_(db_free_p) struct db *db = calloc(1, sizeof(*db));
	int r;

	if (!db)
		return -ENOMEM;
	if (mode == DB_CREATE && access(path, F_OK) == 0)
		return error_set(error, -EEXIST, "%s is already there", path);
	r = sqlite3_open_v2(path, &db->handle,
			    open_flags(mode) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW |
				    SQLITE_OPEN_EXRESCODE,
			    NULL);
	if (r == SQLITE_OK)
		r = configure(db);
	if (r != SQLITE_OK) {
		(void)db_fail(db, r, error);
		return error_prefix(error, error_of(r), "%s", path);
	}
	r = db_script(db,
		      mode == DB_READ ? "PRAGMA query_only = ON; PRAGMA foreign_keys = ON;"
				      : "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL;"
					"PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
		      error);
	if (r < 0)
		return error_prefix(error, r, "%s", path);
	*ret = TAKE_PTR(db);
	return 0;
}

void db_free(struct db *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < db->n_kept; i++)
		(void)sqlite3_finalize(db->kept[i].statement);
	(void)sqlite3_close(db->handle);
	free(db);
}

static int prepare(struct db *db, const char *sql, unsigned flags, sqlite3_stmt **ret,
		   struct error *error)
{
	int r = sqlite3_prepare_v3(db->handle, sql, -1, flags, ret, NULL);

	return r == SQLITE_OK ? 0 : db_fail(db, r, error);
}

static int prepare_kept(struct db *db, const char *sql, struct query *ret, struct error *error)
{
	int r;

	ret->kept = true;
	for (size_t i = 0; i < db->n_kept; i++) {
		if (db->kept[i].sql != sql)
			continue;
		ret->statement = db->kept[i].statement;
		return 0;
	}
	if (db->n_kept == KEPT_MAX) {
		ret->kept = false;
		return prepare(db, sql, 0, &ret->statement, error);
	}
	r = prepare(db, sql, SQLITE_PREPARE_PERSISTENT, &ret->statement, error);
	if (r < 0)
		return r;
	db->kept[db->n_kept++] = (struct kept){.sql = sql, .statement = ret->statement};
	return 0;
}

static int bind_one(sqlite3_stmt *statement, int index, const struct db_value *value)
{
	switch (value->type) {
	case DB_VALUE_INTEGER:
		return sqlite3_bind_int64(statement, index, value->integer);
	case DB_VALUE_TEXT:
		return sqlite3_bind_text(statement, index, value->data, -1, SQLITE_STATIC);
	case DB_VALUE_BLOB:
		return sqlite3_bind_blob64(statement, index, value->data, value->size,
					   SQLITE_STATIC);
	case DB_VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(statement, index);
}

static int bind_all(struct query *query, struct db_values values, struct error *error)
{
	for (size_t i = 0; i < values.count; i++) {
		int r = bind_one(query->statement, (int)i + 1, &values.items[i]);

		if (r != SQLITE_OK)
			return db_fail(query->db, r, error);
	}
	return 0;
}

int db_query(struct db *db, const char *sql, struct db_values values, struct query *ret,
	     struct error *error)
{
	_cleanup_query_ struct query query = {.db = db};
	int r = prepare_kept(db, sql, &query, error);

	if (r >= 0)
		r = bind_all(&query, values, error);
	if (r < 0)
		return r;
	*ret = query;
	query = (struct query){0};
	return 0;
}

int db_query_once(struct db *db, const char *sql, struct db_values values, struct query *ret,
		  struct error *error)
{
	_cleanup_query_ struct query query = {.db = db};
	int r = prepare(db, sql, 0, &query.statement, error);

	if (r >= 0)
		r = bind_all(&query, values, error);
	if (r < 0)
		return r;
	*ret = query;
	query = (struct query){0};
	return 0;
}

int query_next(struct query *query, struct error *error)
{
	int r = sqlite3_step(query->statement);

	if (r == SQLITE_ROW)
		return 1;
	if (r == SQLITE_DONE)
		return 0;
	return db_fail(query->db, r, error);
}

/* The results of reset and finalize repeat the failure that the last step already told. */
void query_done(struct query *query)
{
	if (!query->statement)
		return;
	if (query->kept) {
		(void)sqlite3_reset(query->statement);
		(void)sqlite3_clear_bindings(query->statement);
	} else {
		(void)sqlite3_finalize(query->statement);
	}
	*query = (struct query){0};
}

int64_t query_int(const struct query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

bool query_is_null(const struct query *query, int column)
{
	return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}

const char *query_text(const struct query *query, int column)
{
	return (const char *)sqlite3_column_text(query->statement, column);
}

const void *query_blob(const struct query *query, int column, size_t *ret_size)
{
	const void *data = sqlite3_column_blob(query->statement, column);

	*ret_size = (size_t)sqlite3_column_bytes(query->statement, column);
	return data;
}

int db_run(struct db *db, const char *sql, struct db_values values, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	int r = db_query(db, sql, values, &query, error);

	while (r >= 0) {
		r = query_next(&query, error);
		if (r == 0)
			return 0;
	}
	return r;
}

int db_changes(const struct db *db)
{
	return sqlite3_changes(db->handle);
}

int64_t db_last_rowid(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

void db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

int db_script(struct db *db, const char *sql, struct error *error)
{
	int r = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return r == SQLITE_OK ? 0 : db_fail(db, r, error);
}
