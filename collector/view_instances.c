/* SPDX-License-Identifier: Apache-2.0 */
#include "appraise.h"
#include "catalog.h"
#include "ingest.h"
#include "text.h"
#include "views.h"

#include <string.h>

#define LIST	     'i'
#define FINDINGS_TOP 2000
#define HISTORY_TOP  100
#define UID_HEX	     ((size_t)2 * INSTANCE_UID_SIZE)

#define COLUMNS                                                                         \
	"SELECT uid, id, key_id, verdict, phase, cloud, region, image_id, image_name, " \
	"image_version, manifest, findings, first_seen, last_seen, evidence, reasons, " \
	"EXISTS (SELECT 1 FROM instances AS t WHERE t.id = i.id AND t.uid <> i.uid), "  \
	"coverage FROM instances AS i WHERE 1 "

enum column {
	UID,
	ID,
	KEY_ID,
	VERDICT,
	PHASE,
	CLOUD,
	REGION,
	IMAGE_ID,
	IMAGE_NAME,
	IMAGE_VERSION,
	MANIFEST,
	FINDINGS,
	FIRST_SEEN,
	LAST_SEEN,
	EVIDENCE,
	REASONS,
	HAS_TWIN,
	COVERAGE,
};

static bool has_reason(const json_t *reasons, const char *code)
{
	for (size_t i = 0; i < json_array_size(reasons); i++) {
		const json_t *reason = json_array_get(reasons, i);
		const char *found = json_string_value(json_object_get(reason, "code"));

		if (found && strcmp(found, code) == 0)
			return true;
	}
	return false;
}

/* The first of two keys keeps its verdict, but its reasons tell of the other. */
static json_t *make_reasons(const struct query *row)
{
	_cleanup_json_ json_t *reasons = column_json(row, REASONS);

	if (!reasons)
		return NULL;
	if (query_int(row, HAS_TWIN) && !has_reason(reasons, "evidence.key-change") &&
	    json_array_append_new(
		    reasons,
		    json_pack("{s:s, s:s, s:s}", "stage", stage_to_string(STAGE_INSTANCE), "code",
			      "evidence.key-change", "text",
			      "evidence with another key came for this instance id later; it is "
			      "an instance of its own")) < 0)
		return NULL;
	return TAKE_PTR(reasons);
}

static json_t *make_image(const struct query *row)
{
	if (query_is_null(row, IMAGE_NAME))
		return json_null();
	return json_pack("{s:s, s:s?}", "name", query_text(row, IMAGE_NAME), "version",
			 query_text(row, IMAGE_VERSION));
}

static int make_instance(const struct query *row, json_t **ret, struct cursor *ret_cursor)
{
	size_t size;
	const void *uid = query_blob(row, UID, &size);

	*ret = json_pack(
		"{s:o, s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o}",
		"uid", column_hex(row, UID), "id", column_text(row, ID), "key_id",
		column_text(row, KEY_ID), "verdict",
		verdict_to_string((enum verdict)query_int(row, VERDICT)), "tier", APPRAISAL_TIER,
		"phase", phase_to_string((enum phase)query_int(row, PHASE)), "cloud",
		column_text(row, CLOUD), "region", column_text(row, REGION), "image_id",
		column_text(row, IMAGE_ID), "image", make_image(row), "manifest",
		column_hex(row, MANIFEST), "findings", (json_int_t)query_int(row, FINDINGS),
		"first_seen", column_time(row, FIRST_SEEN), "last_seen",
		column_time(row, LAST_SEEN), "evidence", column_text(row, EVIDENCE), "reasons",
		make_reasons(row));
	if (!*ret)
		return -ENOMEM;
	ret_cursor->major = query_int(row, LAST_SEEN);
	if (size == INSTANCE_UID_SIZE)
		memcpy(ret_cursor->uid, uid, size);
	return 0;
}

static int add_verdict(struct select *select, const char *text, struct error *error)
{
	enum verdict verdict = verdict_from_string(text);

	if (verdict < 0)
		return error_set(error, -EINVAL, "verdict must be none, pass, warn or fail");
	SELECT_ADD(select, "AND verdict = ? ", DB_INT(verdict));
	return 0;
}

static void add_image(struct select *select, const char *text, struct digest *digest)
{
	const char *slash = strrchr(text, '/');

	if (digest_from_hex(text, strlen(text), digest) >= 0)
		SELECT_ADD(select, "AND manifest = ? ", DB_BLOB(digest->bytes, DIGEST_SIZE));
	else if (slash)
		SELECT_ADD(select,
			   "AND (image_name = ? OR image_name || '/' || image_version = ?) ",
			   DB_TEXT(text), DB_TEXT(text));
	else
		SELECT_ADD(select, "AND image_name = ? ", DB_TEXT(text));
}

int view_instances(struct db *db, const struct view_filter *filter, json_t **ret,
		   struct error *error)
{
	static const struct page_list list = {.list = LIST, .make = make_instance};
	_cleanup_select_ struct select select = {0};
	_cleanup_query_ struct query query = {0};
	struct digest manifest;
	struct page page;
	int r = page_read(LIST, filter, &page, error);

	select_add(&select, COLUMNS, NULL, 0);
	if (r >= 0 && filter->verdict)
		r = add_verdict(&select, filter->verdict, error);
	if (r < 0)
		return r;
	if (filter->image)
		add_image(&select, filter->image, &manifest);
	if (filter->q)
		SELECT_ADD(&select, "AND instr(lower(id), lower(?)) > 0 ", DB_TEXT(filter->q));
	if (page.has_cursor)
		SELECT_ADD(&select, "AND (last_seen, uid) < (?, ?) ", DB_INT(page.cursor.major),
			   DB_BLOB(page.cursor.uid, INSTANCE_UID_SIZE));
	SELECT_ADD(&select, "ORDER BY last_seen DESC, uid DESC LIMIT ?", DB_INT(page.limit + 1));
	r = select_query(&select, db, &query, error);
	return r < 0 ? r : page_make(&query, &page, &list, ret, error);
}

/* -- One instance -- */

struct detail {
	const char *member;
	const char *sql; /* ?1: the uid; ?2: how many at most */
	int64_t most;
	json_t *(*make)(const struct query *row);
};

static json_t *make_finding(const struct query *row)
{
	_cleanup_json_ json_t *finding = column_json(row, 0);
	const struct catalog_entry *entry = catalog_find(query_text(row, 1));
	json_t *more = json_pack("{s:s?, s:s?}", "remedy", entry ? entry->remedy : NULL, "summary",
				 entry ? entry->summary : NULL);

	if (!finding || !more || json_object_update_new(finding, more) < 0)
		return NULL;
	return TAKE_PTR(finding);
}

static json_t *make_history(const struct query *row)
{
	return json_pack("{s:o, s:s, s:s, s:o, s:I}", "id", column_text(row, 0), "phase",
			 phase_to_string((enum phase)query_int(row, 1)), "verdict",
			 verdict_to_string((enum verdict)query_int(row, 2)), "received_at",
			 column_time(row, 3), "findings", (json_int_t)query_int(row, 4));
}

static json_t *make_incident(const struct query *row)
{
	return json_pack("{s:o, s:o, s:I, s:o, s:o}", "code", column_text(row, 0), "text",
			 column_text(row, 1), "count", (json_int_t)query_int(row, 2), "first",
			 column_time(row, 3), "last", column_time(row, 4));
}

static const struct detail details[] = {
	{"findings_list",
	 "SELECT body, code FROM findings WHERE uid = ?1 ORDER BY severity DESC, seq LIMIT ?2",
	 FINDINGS_TOP, make_finding},
	{"history",
	 "SELECT id, phase, verdict, received_at, findings FROM evidence WHERE uid = ?1 "
	 "ORDER BY seq DESC LIMIT ?2",
	 HISTORY_TOP, make_history},
	{"incidents",
	 "SELECT code, text, count, first, last FROM incidents WHERE uid = ?1 "
	 "ORDER BY last DESC LIMIT ?2",
	 INCIDENTS_MAX + 1, make_incident},
};

static int add_detail(struct db *db, const struct detail *detail, struct db_value uid,
		      json_t *instance, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	_cleanup_json_ json_t *array = json_array();
	int r = db_query(db, detail->sql, DB_VALUES(uid, DB_INT(detail->most)), &query, error);

	while (r >= 0 && (r = query_next(&query, error)) > 0)
		if (json_array_append_new(array, detail->make(&query)) < 0)
			return -ENOMEM;
	if (r < 0)
		return r;
	return json_object_set(instance, detail->member, array) < 0 ? -ENOMEM : 0;
}

static int get_one(struct db *db, struct db_value uid, json_t **ret, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	struct cursor unused;
	int r = db_query(db, COLUMNS "AND uid = ?1", DB_VALUES(uid), &query, error);

	if (r >= 0)
		r = query_next(&query, error);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	r = make_instance(&query, ret, &unused);
	if (r < 0)
		return r;
	return json_object_set_new(*ret, "coverage", column_json(&query, COVERAGE)) < 0 ? -ENOMEM
											: 0;
}

int view_instance(struct db *db, const char *uid, json_t **ret, struct error *error)
{
	_cleanup_json_ json_t *instance = NULL;
	uint8_t bytes[INSTANCE_UID_SIZE];
	struct db_value value = DB_BLOB(bytes, sizeof(bytes));
	int r;

	if (hex_decode(uid, strlen(uid), bytes, sizeof(bytes)) < 0)
		return error_set(error, -ENOENT,
				 "an instance's uid is %zu hexadecimal digits: take it from the "
				 "list",
				 UID_HEX);
	r = get_one(db, value, &instance, error);
	for (size_t i = 0; i < ELEMENTS(details) && r >= 0; i++)
		r = add_detail(db, &details[i], value, instance, error);
	if (r == -ENOENT)
		return error_set(error, r, "no instance has this uid");
	if (r < 0)
		return r;
	*ret = TAKE_PTR(instance);
	return 0;
}
