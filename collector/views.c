/* SPDX-License-Identifier: Apache-2.0 */
#include "views.h"

#include "text.h"

#include <string.h>

#define HEX_BYTES_MAX 32

void select_add(struct select *select, const char *piece, const struct db_value *values,
		size_t count)
{
	size_t length = strlen(piece);
	char *sql = realloc(select->sql, select->size + length + 1);

	if (!sql || select->n_values + count > SELECT_VALUES_MAX) {
		select->failed = true;
		select->sql = sql ? sql : select->sql;
		return;
	}
	memcpy(sql + select->size, piece, length + 1);
	select->sql = sql;
	select->size += length;
	for (size_t i = 0; i < count; i++)
		select->values[select->n_values++] = values[i];
}

int select_query(struct select *select, struct db *db, struct query *ret, struct error *error)
{
	const struct db_values values = {select->values, select->n_values};

	if (select->failed)
		return -ENOMEM;
	return db_query_once(db, select->sql, values, ret, error);
}

void select_done(struct select *select)
{
	free(select->sql);
	*select = (struct select){0};
}

static int read_limit(const char *text, int64_t *ret, struct error *error)
{
	size_t digits = strspn(text, "0123456789");
	long long number = digits > 0 && digits <= 6 && !text[digits] ? strtoll(text, NULL, 10) : 0;

	if (number < 1 || number > PAGE_MAX)
		return error_set(error, -EINVAL, "limit must be a number from 1 to %d", PAGE_MAX);
	*ret = number;
	return 0;
}

int page_read(char list, const struct view_filter *filter, struct page *ret, struct error *error)
{
	int r = 0;

	*ret = (struct page){.limit = PAGE_DEFAULT};
	if (filter->limit)
		r = read_limit(filter->limit, &ret->limit, error);
	if (r < 0 || !filter->cursor)
		return r;
	r = cursor_decode(list, filter->cursor, &ret->cursor);
	if (r == -EINVAL)
		return error_set(error, r,
				 "cursor is none of this list's: take `next` of the page before "
				 "as it is, or leave it out to begin anew");
	ret->has_cursor = true;
	return r;
}

static int append_row(const struct query *query, const struct page_list *list, json_t *items,
		      struct cursor *last)
{
	json_t *item = NULL;
	int r = list->make(query, &item, last);

	if (r < 0)
		return r;
	return json_array_append_new(items, item) < 0 ? -ENOMEM : 0;
}

int page_make(struct query *query, const struct page *page, const struct page_list *list,
	      json_t **ret, struct error *error)
{
	_cleanup_json_ json_t *items = json_array();
	_cleanup_free_ char *next = NULL;
	struct cursor last = {0};
	int r;

	if (!items)
		return -ENOMEM;
	while ((r = query_next(query, error)) > 0) {
		if ((int64_t)json_array_size(items) == page->limit) {
			r = cursor_encode(list->list, &last, &next);
			break;
		}
		r = append_row(query, list, items, &last);
		if (r < 0)
			break;
	}
	if (r < 0)
		return r;
	*ret = json_pack("{s:O, s:s?}", "items", items, "next", next);
	return *ret ? 0 : -ENOMEM;
}

json_t *column_text(const struct query *row, int column)
{
	const char *text = query_text(row, column);

	return text ? json_string(text) : json_null();
}

json_t *column_time(const struct query *row, int column)
{
	char text[21];

	if (query_is_null(row, column) || time_format(query_int(row, column) / 1000, text) < 0)
		return json_null();
	return json_string(text);
}

json_t *column_hex(const struct query *row, int column)
{
	char text[2 * HEX_BYTES_MAX + 1];
	size_t size;
	const void *data = query_blob(row, column, &size);

	if (!data || size > HEX_BYTES_MAX)
		return json_null();
	hex_encode(data, size, text);
	return json_string(text);
}

json_t *column_json(const struct query *row, int column)
{
	const char *text = query_text(row, column);

	return text ? json_loads(text, JSON_DECODE_ANY, NULL) : json_null();
}
