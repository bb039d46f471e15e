/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to SQLite with its prepared statements. One thread at a time.
 *
 * Errors: -ENOSPC disk or quota full, -EIO reading or writing failed, -EUCLEAN the file is no sound
 * database, -EAGAIN locked for too long, -EEXIST a constraint, -ENOMEM, -EROFS,
 * -EPROTO a mistake in the program.
 */
#pragma once

#include "error.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

enum db_mode {
	DB_READ,
	DB_WRITE,
	DB_CREATE, /* the file must not be there yet */
};

int db_open(const char *path, enum db_mode mode, struct db **ret, struct error *error) _must_check_;
void db_free(struct db *db);
DEFINE_CLEANUP(struct db *, db_free)

/* Values for the parameters ?1, ?2, ... of a statement. Text and blobs must outlive the statement's
 * last step. */
struct db_value {
	enum {
		DB_VALUE_NULL,
		DB_VALUE_INTEGER,
		DB_VALUE_TEXT,
		DB_VALUE_BLOB,
	} type;
	int64_t integer;
	const void *data;
	size_t size;
};

#define DB_INT(x) ((struct db_value){.type = DB_VALUE_INTEGER, .integer = (x)})
/* NULL stands for SQL's NULL in both. */
#define DB_TEXT(x)    ((struct db_value){.type = DB_VALUE_TEXT, .data = (x)})
#define DB_BLOB(x, n) ((struct db_value){.type = DB_VALUE_BLOB, .data = (x), .size = (n)})
#define DB_NULL	      ((struct db_value){.type = DB_VALUE_NULL})

struct db_values {
	const struct db_value *items;
	size_t count;
};

#define DB_VALUES(...)                                                       \
	((struct db_values){(const struct db_value[]){__VA_ARGS__},          \
			    sizeof((const struct db_value[]){__VA_ARGS__}) / \
				    sizeof(struct db_value)})
#define DB_NO_VALUES ((struct db_values){NULL, 0})

/* A statement under way. A zeroed one is unused. */
struct query {
	struct db *db;
	sqlite3_stmt *statement;
	bool kept;
};

/* `sql` is a string literal: its address names the kept prepared statement. */
int db_query(struct db *db, const char *sql, struct db_values values, struct query *ret,
	     struct error *error) _must_check_;
/* The same for text that was put together; nothing is kept. */
int db_query_once(struct db *db, const char *sql, struct db_values values, struct query *ret,
		  struct error *error) _must_check_;
/* 1: a row stands ready; 0: the end. */
int query_next(struct query *query, struct error *error) _must_check_;
void query_done(struct query *query);
#define _cleanup_query_ _cleanup_(query_done)

int64_t query_int(const struct query *query, int column);
bool query_is_null(const struct query *query, int column);
/* NULL for SQL's NULL; valid until the next step. */
const char *query_text(const struct query *query, int column);
const void *query_blob(const struct query *query, int column, size_t *ret_size);

/* A statement run to its end. `sql` is a literal. */
int db_run(struct db *db, const char *sql, struct db_values values,
	   struct error *error) _must_check_;
/* Rows changed by the last db_run(). */
int db_changes(const struct db *db);
int64_t db_last_rowid(const struct db *db);
/* Takes the transaction back, if there still is one: a full disk may have done so already. */
void db_rollback(struct db *db);
/* Several statements without parameters. */
int db_script(struct db *db, const char *sql, struct error *error) _must_check_;
