/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector's store: one SQLite file in WAL mode, one connection that writes and several that
 * read. What is asked of it stands in store_*.h, one noun a file; each takes the connection to use.
 */
#pragma once

#include "db.h"

#define STORE_SCHEMA 1

struct store;

/* Makes the file (0600) with the newest schema. -EEXIST. */
int store_create(const char *path, struct error *error) _must_check_;
/* Opens it, checks that it is sound (when it is of moderate size), and brings its schema up to
 * date. -ENOENT, -EUCLEAN. */
int store_open(const char *path, size_t n_readers, struct store **ret,
	       struct error *error) _must_check_;
void store_free(struct store *store);
DEFINE_CLEANUP(struct store *, store_free)

/* The one connection that writes. The writer's thread alone uses it while the service runs. */
struct db *store_writer(struct store *store);

/* A connection that reads, for this thread until it is given back. Waits for one. */
struct db *store_take_reader(struct store *store);
void store_give_reader(struct store *store, struct db *db);

/* For verbs that need one connection and no service. */
int store_open_single(const char *path, struct db **ret, struct error *error) _must_check_;

/* Milliseconds since the epoch. */
int64_t store_now(void);
