/* SPDX-License-Identifier: Apache-2.0 */
#include "publish.h"

#define REVOKED_REASON                                                                   \
	"json_object('stage', 'manifest', 'code', 'evidence.revoked-manifest', 'text', " \
	"'the manifest was revoked by an operator')"

int manifest_publish(struct db *db, const struct publication *publication, struct error *error)
{
	const struct manifest *manifest = publication->manifest;
	int r = db_run(
		db,
		"INSERT OR IGNORE INTO manifests (digest, name, version, serial, signer, entries, "
		"built_at_s, expires_at_s, published_at, published_by, envelope) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
		DB_VALUES(DB_BLOB(manifest->digest.bytes, DIGEST_SIZE),
			  DB_TEXT(manifest->image_name), DB_TEXT(manifest->image_version),
			  DB_TEXT(manifest->image_serial), DB_TEXT(manifest->signer),
			  DB_INT((int64_t)manifest->entries), DB_INT(manifest->built_at),
			  DB_INT(manifest->expires_at), DB_INT(publication->now),
			  DB_TEXT(publication->by), DB_BLOB(publication->json, publication->size)),
		error);

	return r < 0 ? r : db_changes(db) > 0;
}

static int find(struct db *db, const struct digest *digest, bool *ret_revoked, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	int r = db_query(db, "SELECT revoked_at FROM manifests WHERE digest = ?1",
			 DB_VALUES(DB_BLOB(digest->bytes, DIGEST_SIZE)), &query, error);

	if (r >= 0)
		r = query_next(&query, error);
	if (r < 0)
		return r;
	if (r == 0)
		return error_set(error, -ENOENT, "no manifest with this digest was published");
	*ret_revoked = !query_is_null(&query, 0);
	return 0;
}

int manifest_revoke(struct db *db, const struct digest *digest, const char *by, int64_t now,
		    struct error *error)
{
	const struct db_value key = DB_BLOB(digest->bytes, DIGEST_SIZE);
	bool revoked = false;
	int r = find(db, digest, &revoked, error);

	if (r < 0 || revoked)
		return r;
	r = db_run(db, "UPDATE manifests SET revoked_at = ?2, revoked_by = ?3 WHERE digest = ?1",
		   DB_VALUES(key, DB_INT(now), DB_TEXT(by)), error);
	if (r >= 0)
		r = db_run(db,
			   "UPDATE instances SET verdict = 3, "
			   "reasons = json_insert(reasons, '$[#]', " REVOKED_REASON ") "
			   "WHERE uid IN (SELECT l.uid FROM evidence AS e "
			   " JOIN latest AS l ON l.seq = e.seq AND l.uid = e.uid "
			   " WHERE e.manifest = ?1)",
			   DB_VALUES(key), error);
	/* And the reports, since an instance's verdict is made of them. */
	if (r >= 0)
		r = db_run(db,
			   "UPDATE evidence SET verdict = 3, "
			   "reasons = json_insert(reasons, '$[#]', " REVOKED_REASON ") "
			   "WHERE manifest = ?1 AND EXISTS "
			   "(SELECT 1 FROM latest AS l WHERE l.seq = evidence.seq)",
			   DB_VALUES(key), error);
	return r < 0 ? r : 1;
}
