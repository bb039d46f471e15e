/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "ingest.h"
#include "text.h"
#include "views.h"

#include <string.h>

#define LIST 'f'

enum column {
	BODY,
	CODE,
	UID,
	INSTANCE,
	EVIDENCE,
	SEVERITY,
	SEQ,
};

static int make_finding(const struct query *row, json_t **ret, struct cursor *ret_cursor)
{
	_cleanup_json_ json_t *finding = column_json(row, BODY);
	const struct catalog_entry *entry = catalog_find(query_text(row, CODE));
	json_t *more = json_pack("{s:o, s:o, s:o, s:s?}", "uid", column_hex(row, UID), "instance",
				 column_text(row, INSTANCE), "evidence", column_text(row, EVIDENCE),
				 "remedy", entry ? entry->remedy : NULL);

	if (!finding || !more || json_object_update_new(finding, more) < 0)
		return -ENOMEM;
	ret_cursor->major = query_int(row, SEVERITY);
	ret_cursor->minor = query_int(row, SEQ);
	*ret = TAKE_PTR(finding);
	return 0;
}

static int add_severity(struct select *select, const char *text, struct error *error)
{
	enum severity severity = severity_from_string(text);

	if (severity < 0)
		return error_set(error, -EINVAL,
				 "severity must be critical, high, medium, low or info");
	SELECT_ADD(select, "AND f.severity = ? ", DB_INT(severity));
	return 0;
}

static void add_instance(struct select *select, const char *text, uint8_t *uid)
{
	if (hex_decode(text, strlen(text), uid, INSTANCE_UID_SIZE) >= 0)
		SELECT_ADD(select, "AND (f.uid = ? OR i.id = ?) ", DB_BLOB(uid, INSTANCE_UID_SIZE),
			   DB_TEXT(text));
	else
		SELECT_ADD(select, "AND i.id = ? ", DB_TEXT(text));
}

int view_findings(struct db *db, const struct view_filter *filter, json_t **ret,
		  struct error *error)
{
	static const struct page_list list = {.list = LIST, .make = make_finding};
	_cleanup_select_ struct select select = {0};
	_cleanup_query_ struct query query = {0};
	uint8_t uid[INSTANCE_UID_SIZE];
	struct page page;
	int r = page_read(LIST, filter, &page, error);

	select_add(&select,
		   "SELECT f.body, f.code, f.uid, i.id, f.evidence, f.severity, f.seq "
		   "FROM findings AS f JOIN instances AS i ON i.uid = f.uid WHERE 1 ",
		   NULL, 0);
	if (r >= 0 && filter->severity)
		r = add_severity(&select, filter->severity, error);
	if (r < 0)
		return r;
	if (filter->code)
		SELECT_ADD(&select, "AND f.code = ? ", DB_TEXT(filter->code));
	if (filter->instance)
		add_instance(&select, filter->instance, uid);
	if (page.has_cursor)
		SELECT_ADD(&select, "AND (f.severity, f.seq) < (?, ?) ", DB_INT(page.cursor.major),
			   DB_INT(page.cursor.minor));
	SELECT_ADD(&select, "ORDER BY f.severity DESC, f.seq DESC LIMIT ?", DB_INT(page.limit + 1));
	r = select_query(&select, db, &query, error);
	return r < 0 ? r : page_make(&query, &page, &list, ret, error);
}
