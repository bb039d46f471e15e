/* SPDX-License-Identifier: Apache-2.0 */
#include "appraise.h"
#include "views.h"

#include <string.h>

#define IMAGES 'm'

/* Runs a query of (number, count) rows and sets the counts under the numbers' names. */
static int set_counts(struct db *db, const char *sql, const char *(*name)(int64_t), json_t *ret,
		      struct error *error)
{
	_cleanup_query_ struct query query = {0};
	int r = db_query(db, sql, DB_NO_VALUES, &query, error);

	while (r >= 0 && (r = query_next(&query, error)) > 0) {
		const char *key = name(query_int(&query, 0));

		if (key && json_object_set_new(ret, key, json_integer(query_int(&query, 1))) < 0)
			return -ENOMEM;
	}
	return r;
}

static const char *verdict_name(int64_t number)
{
	return verdict_to_string((enum verdict)number);
}

static const char *severity_name(int64_t number)
{
	return severity_to_string((enum severity)number);
}

static int get_totals(struct db *db, json_t *summary, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	json_t *more;
	int r = db_query(
		db,
		"SELECT (SELECT count(*) FROM instances), (SELECT count(*) FROM manifests), "
		"(SELECT value FROM counters WHERE name = 'evidence'), "
		"(SELECT value FROM counters WHERE name = 'since'), "
		"(SELECT nullif(value, 0) FROM counters WHERE name = 'last_evidence')",
		DB_NO_VALUES, &query, error);

	if (r >= 0)
		r = query_next(&query, error);
	if (r < 0)
		return r;
	more = json_pack("{s:I, s:I, s:I, s:o, s:o}", "instances", (json_int_t)query_int(&query, 0),
			 "images", (json_int_t)query_int(&query, 1), "evidence",
			 (json_int_t)query_int(&query, 2), "since", column_time(&query, 3),
			 "last_evidence", column_time(&query, 4));
	return !more || json_object_update_new(summary, more) < 0 ? -ENOMEM : 0;
}

int view_summary(struct db *db, json_t **ret, struct error *error)
{
	_cleanup_json_ json_t *summary = json_pack(
		"{s:i, s:{s:i, s:i, s:i, s:i}, s:i, s:{s:i, s:i, s:i, s:i, s:i}}", "instances", 0,
		"verdicts", "none", 0, "pass", 0, "warn", 0, "fail", 0, "images", 0, "findings",
		"critical", 0, "high", 0, "medium", 0, "low", 0, "info", 0);
	int r;

	if (!summary)
		return -ENOMEM;
	r = get_totals(db, summary, error);
	if (r >= 0)
		r = set_counts(db, "SELECT verdict, count(*) FROM instances GROUP BY verdict",
			       verdict_name, json_object_get(summary, "verdicts"), error);
	if (r >= 0)
		r = set_counts(db,
			       "SELECT severity, count(*) FROM findings WHERE waived = 0 "
			       "GROUP BY severity",
			       severity_name, json_object_get(summary, "findings"), error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(summary);
	return 0;
}

/* -- Images -- */

#define COUNT_VERDICT(n) \
	"(SELECT count(*) FROM instances AS i WHERE i.manifest = m.digest AND i.verdict = " #n ")"

#define IMAGE_COLUMNS                                                                             \
	"SELECT digest, name, version, serial, signer, built_at_s * 1000, "                       \
	"nullif(expires_at_s, 0) * 1000, published_at, revoked_at, entries, seq, " COUNT_VERDICT( \
		0) ", " COUNT_VERDICT(1) ", " COUNT_VERDICT(2) ", " COUNT_VERDICT(3) " FROM manifests AS m WHERE 1 "

static int make_image(const struct query *row, json_t **ret, struct cursor *ret_cursor)
{
	json_int_t counts[_VERDICT_MAX];
	json_int_t total = 0;

	for (int i = 0; i < _VERDICT_MAX; i++) {
		counts[i] = query_int(row, 11 + i);
		total += counts[i];
	}
	*ret = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I,"
			 " s:{s:I, s:I, s:I, s:I}}",
			 "manifest", column_hex(row, 0), "name", column_text(row, 1), "version",
			 column_text(row, 2), "serial", column_text(row, 3), "signer",
			 column_text(row, 4), "built_at", column_time(row, 5), "expires_at",
			 column_time(row, 6), "published_at", column_time(row, 7), "revoked_at",
			 column_time(row, 8), "entries", (json_int_t)query_int(row, 9), "instances",
			 total, "verdicts", "none", counts[VERDICT_NONE], "pass",
			 counts[VERDICT_PASS], "warn", counts[VERDICT_WARN], "fail",
			 counts[VERDICT_FAIL]);
	ret_cursor->major = query_int(row, 10);
	return *ret ? 0 : -ENOMEM;
}

int view_images(struct db *db, const struct view_filter *filter, json_t **ret, struct error *error)
{
	static const struct page_list list = {.list = IMAGES, .make = make_image};
	_cleanup_select_ struct select select = {0};
	_cleanup_query_ struct query query = {0};
	struct page page;
	int r = page_read(IMAGES, filter, &page, error);

	if (r < 0)
		return r;
	select_add(&select, IMAGE_COLUMNS, NULL, 0);
	if (page.has_cursor)
		SELECT_ADD(&select, "AND seq < ? ", DB_INT(page.cursor.major));
	SELECT_ADD(&select, "ORDER BY seq DESC LIMIT ?", DB_INT(page.limit + 1));
	r = select_query(&select, db, &query, error);
	return r < 0 ? r : page_make(&query, &page, &list, ret, error);
}

/* -- Evidence -- */

int view_evidence(struct db *db, const char *id, json_t **ret, struct error *error)
{
	_cleanup_query_ struct query row = {0};
	int r = db_query(db,
			 "SELECT e.id, e.uid, e.phase, e.verdict, e.reasons, e.received_at, "
			 "v.envelope, v.proof FROM evidence AS e JOIN envelopes AS v USING (seq) "
			 "WHERE e.id = ?1 ORDER BY seq LIMIT 1",
			 DB_VALUES(DB_TEXT(id)), &row, error);

	if (r >= 0)
		r = query_next(&row, error);
	if (r < 0)
		return r;
	if (r == 0)
		return error_set(error, -ENOENT, "no evidence has this id");
	*ret = json_pack("{s:o, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "id",
			 column_text(&row, 0), "uid", column_hex(&row, 1), "phase",
			 phase_to_string((enum phase)query_int(&row, 2)), "verdict",
			 verdict_to_string((enum verdict)query_int(&row, 3)), "tier",
			 APPRAISAL_TIER, "reasons", column_json(&row, 4), "received_at",
			 column_time(&row, 5), "envelope", column_json(&row, 6), "proof",
			 column_json(&row, 7));
	return *ret ? 0 : -ENOMEM;
}
