/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the interface shows of the store, as the JSON of docs/formats.md. Each takes a connection
 * that reads and returns a new reference. -EINVAL with the reason for a filter or cursor that is
 * none, -ENOENT when there is nothing of that name.
 */
#pragma once

#include "cursor.h"
#include "db.h"

/* Filters as they stood in the query; NULL where there was none. */
struct view_filter {
	const char *limit;
	const char *cursor;
	const char *verdict;
	const char *image; /* name, name/version or manifest digest */
	const char *q;	   /* part of the instance id */
	const char *severity;
	const char *code;
	const char *instance; /* uid or instance id */
};

int view_summary(struct db *db, json_t **ret, struct error *error) _must_check_;
int view_instances(struct db *db, const struct view_filter *filter, json_t **ret,
		   struct error *error) _must_check_;
int view_instance(struct db *db, const char *uid, json_t **ret, struct error *error) _must_check_;
int view_evidence(struct db *db, const char *id, json_t **ret, struct error *error) _must_check_;
int view_images(struct db *db, const struct view_filter *filter, json_t **ret,
		struct error *error) _must_check_;
int view_findings(struct db *db, const struct view_filter *filter, json_t **ret,
		  struct error *error) _must_check_;

/* -- For the files that implement these -- */

/* A SELECT that is put together from constant pieces; values only ever go in as parameters. */
#define SELECT_VALUES_MAX 12
struct select {
	char *sql;
	size_t size;
	struct db_value values[SELECT_VALUES_MAX];
	size_t n_values;
	bool failed; /* out of memory; select_query() says so */
};

/* Each '?' of `piece` takes the next of `count` values. */
void select_add(struct select *select, const char *piece, const struct db_value *values,
		size_t count);
#define SELECT_ADD(select, piece, ...) \
	select_add(select, piece, DB_VALUES(__VA_ARGS__).items, DB_VALUES(__VA_ARGS__).count)
int select_query(struct select *select, struct db *db, struct query *ret,
		 struct error *error) _must_check_;
void select_done(struct select *select);
#define _cleanup_select_ _cleanup_(select_done)

struct page {
	int64_t limit;
	bool has_cursor;
	struct cursor cursor;
};

int page_read(char list, const struct view_filter *filter, struct page *ret,
	      struct error *error) _must_check_;
/*
 * {"items","next"}: runs the query, which asks for one row more than the limit, and makes an item
 * of each row. `make` also says where the next page begins should this be the last row.
 */
struct page_list {
	char list;
	int (*make)(const struct query *row, json_t **ret, struct cursor *ret_cursor);
};
int page_make(struct query *query, const struct page *page, const struct page_list *list,
	      json_t **ret, struct error *error) _must_check_;

/* Columns to JSON; all may be stolen by json_pack's "o". NULL when out of memory. */
json_t *column_text(const struct query *row, int column);
json_t *column_time(const struct query *row, int column); /* from ms */
json_t *column_hex(const struct query *row, int column);
json_t *column_json(const struct query *row, int column);
