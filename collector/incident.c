/* SPDX-License-Identifier: Apache-2.0 */
#include "incident.h"

#include "ingest.h"

static int count_incidents(struct db *db, const uint8_t *uid, int64_t *ret, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	int r = db_query(db, "SELECT count(*) FROM incidents WHERE uid = ?1",
			 DB_VALUES(DB_BLOB(uid, INSTANCE_UID_SIZE)), &query, error);

	if (r >= 0)
		r = query_next(&query, error);
	if (r < 0)
		return r;
	*ret = query_int(&query, 0);
	return 0;
}

static int update(struct db *db, const struct incident *incident, const struct digest *digest,
		  struct error *error)
{
	return db_run(db,
		      "UPDATE incidents SET count = count + 1, last = ?4, text = ?5 "
		      "WHERE uid = ?1 AND code = ?2 AND digest = ?3",
		      DB_VALUES(DB_BLOB(incident->uid, INSTANCE_UID_SIZE), DB_TEXT(incident->code),
				DB_BLOB(digest->bytes, DIGEST_SIZE), DB_INT(incident->now),
				DB_TEXT(incident->text)),
		      error);
}

static int insert(struct db *db, const struct incident *incident, const struct digest *digest,
		  struct error *error)
{
	return db_run(db,
		      "INSERT INTO incidents (uid, code, digest, text, count, first, last) "
		      "VALUES (?1, ?2, ?3, ?5, 1, ?4, ?4)",
		      DB_VALUES(DB_BLOB(incident->uid, INSTANCE_UID_SIZE), DB_TEXT(incident->code),
				DB_BLOB(digest->bytes, DIGEST_SIZE), DB_INT(incident->now),
				DB_TEXT(incident->text)),
		      error);
}

int incident_add(struct db *db, const struct incident *incident, struct error *error)
{
	static const struct digest rest; /* the row of zeroes counts what came after the bound */
	const struct digest *digest = incident->digest;
	int64_t count;
	int r = update(db, incident, digest, error);

	if (r < 0 || db_changes(db) > 0)
		return r;
	r = count_incidents(db, incident->uid, &count, error);
	if (r < 0)
		return r;
	if (count >= INCIDENTS_MAX) {
		digest = &rest;
		r = update(db, incident, digest, error);
		if (r < 0 || db_changes(db) > 0)
			return r;
	}
	return insert(db, incident, digest, error);
}
