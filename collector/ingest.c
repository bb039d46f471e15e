/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest.h"

#include "incident.h"

#include <openssl/evp.h>
#include <string.h>

int instance_uid(const char *id, const char *key_id, uint8_t ret[static INSTANCE_UID_SIZE])
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	struct digest digest;
	int r = hasher_new(&hasher);

	if (r >= 0)
		r = hasher_begin(hasher);
	if (r >= 0)
		r = hasher_update(hasher, id, strlen(id) + 1);
	if (r >= 0)
		r = hasher_update(hasher, key_id, strlen(key_id));
	if (r >= 0)
		r = hasher_finish(hasher, &digest);
	if (r < 0)
		return r;
	memcpy(ret, digest.bytes, INSTANCE_UID_SIZE);
	return 0;
}

static char *dump_new(json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text;
}

int ingest_prepare(struct ingest *ingest)
{
	const struct evidence *evidence = ingest->appraisal.evidence;
	int r = instance_uid(evidence->instance_id, evidence->instance_key_id, ingest->uid);

	if (r < 0)
		return r;
	ingest->bodies = calloc(evidence->findings.count + 1, sizeof(*ingest->bodies));
	ingest->coverage = dump_new(coverage_to_json(&evidence->coverage));
	if (!ingest->bodies || !ingest->coverage)
		return -ENOMEM;
	for (; ingest->n_bodies < evidence->findings.count; ingest->n_bodies++) {
		char *body = dump_new(finding_to_json(&evidence->findings.items[ingest->n_bodies]));

		if (!body)
			return -ENOMEM;
		ingest->bodies[ingest->n_bodies] = body;
	}
	return 0;
}

size_t ingest_weight(const struct ingest *ingest)
{
	/* The parsed form is about as large again as the envelope. */
	return sizeof(*ingest) + 2 * delivery_weight(&ingest->delivery);
}

void ingest_done(struct ingest *ingest)
{
	for (size_t i = 0; i < ingest->n_bodies; i++)
		free(ingest->bodies[i]);
	free(ingest->bodies);
	free(ingest->coverage);
	free(ingest->reasons);
	delivery_done(&ingest->delivery);
	appraisal_done(&ingest->appraisal);
	*ingest = (struct ingest){0};
}

int ingest_prune_nonces(struct db *db, int64_t now_s, struct error *error)
{
	return db_run(db, "DELETE FROM used_nonces WHERE expires_s <= ?1", DB_VALUES(DB_INT(now_s)),
		      error);
}

#define UID(ingest)	DB_BLOB((ingest)->uid, INSTANCE_UID_SIZE)
#define PAYLOAD(ingest) DB_BLOB((ingest)->appraisal.payload.bytes, DIGEST_SIZE)

static int note_incident(const struct ingest *ingest, struct db *db, const uint8_t *uid,
			 const char *code, const char *text)
{
	const struct incident incident = {
		.uid = uid,
		.code = code,
		.digest = &ingest->appraisal.payload,
		.text = text,
		.now = ingest->now,
	};

	return incident_add(db, &incident, NULL);
}

static int keep_verdict(struct ingest *ingest)
{
	free(ingest->reasons);
	ingest->verdict = ingest->appraisal.verdict;
	ingest->reasons = json_dumps(ingest->appraisal.reasons, JSON_COMPACT);
	return ingest->reasons ? 0 : -ENOMEM;
}

/* Sets `ret_used` when the nonce had been used; else it is used now. */
static int use_nonce(const struct ingest *ingest, struct db *db, bool *ret_used,
		     struct error *error)
{
	const struct nonce *nonce = &ingest->appraisal.nonce;
	int r;

	*ret_used = false;
	if (ingest->appraisal.freshness != FRESHNESS_FRESH)
		return 0;
	r = db_run(db, "INSERT OR IGNORE INTO used_nonces (nonce, expires_s) VALUES (?1, ?2)",
		   DB_VALUES(DB_BLOB(nonce->body, NONCE_BODY_SIZE), DB_INT(nonce->expires)), error);
	if (r >= 0)
		*ret_used = db_changes(db) == 0;
	return r;
}

/* What the store holds under this report's id. */
struct stored {
	bool found;
	bool same;
	bool fresh;
	int64_t seq;
};

static int find_stored(struct ingest *ingest, struct db *db, struct stored *ret,
		       struct error *error)
{
	_cleanup_query_ struct query query = {0};
	size_t size;
	const void *digest;
	int r = db_query(db,
			 "SELECT seq, digest, fresh, verdict, reasons FROM evidence "
			 "WHERE uid = ?1 AND id = ?2",
			 DB_VALUES(UID(ingest), DB_TEXT(ingest->appraisal.evidence->id)), &query,
			 error);

	*ret = (struct stored){0};
	if (r >= 0)
		r = query_next(&query, error);
	if (r <= 0)
		return r;
	digest = query_blob(&query, 1, &size);
	*ret = (struct stored){
		.found = true,
		.same = size == DIGEST_SIZE &&
			memcmp(digest, ingest->appraisal.payload.bytes, size) == 0,
		.fresh = query_int(&query, 2) != 0,
		.seq = query_int(&query, 0),
	};
	ingest->verdict = (enum verdict)query_int(&query, 3);
	ingest->reasons = strdup(query_text(&query, 4));
	return ingest->reasons ? 0 : -ENOMEM;
}

/* Whose is this instance id? The first fresh evidence decides; a second key is told of both. */
static int check_binding(struct ingest *ingest, struct db *db, bool fresh, struct error *error)
{
	_cleanup_query_ struct query query = {0};
	const char *id = ingest->appraisal.evidence->instance_id;
	uint8_t owner[INSTANCE_UID_SIZE];
	const void *blob;
	size_t size;
	int r = 0;

	if (fresh)
		r = db_run(db, "INSERT OR IGNORE INTO bindings (id, uid) VALUES (?1, ?2)",
			   DB_VALUES(DB_TEXT(id), UID(ingest)), error);
	if (r >= 0)
		r = db_query(db, "SELECT uid FROM bindings WHERE id = ?1", DB_VALUES(DB_TEXT(id)),
			     &query, error);
	if (r >= 0)
		r = query_next(&query, error);
	if (r <= 0)
		return r;
	blob = query_blob(&query, 0, &size);
	if (size != INSTANCE_UID_SIZE)
		return error_set(error, -EUCLEAN, "a binding is damaged");
	if (memcmp(blob, ingest->uid, INSTANCE_UID_SIZE) == 0)
		return 0;
	memcpy(owner, blob, INSTANCE_UID_SIZE);
	r = appraisal_add(&ingest->appraisal, STAGE_INSTANCE, VERDICT_FAIL, "evidence.key-change",
			  "this instance id was first seen with another key: a copy of the machine "
			  "or of its name, or the machine was made anew");
	if (r >= 0)
		r = note_incident(ingest, db, owner, "evidence.key-change",
				  "evidence with another key came for this instance id");
	return r;
}

static int insert_instance(const struct ingest *ingest, struct db *db, struct error *error)
{
	const struct evidence *evidence = ingest->appraisal.evidence;

	return db_run(db,
		      "INSERT OR IGNORE INTO instances (uid, id, key_id, key_pem, verdict, phase, "
		      "findings, first_seen, last_seen, evidence, reasons, coverage) "
		      "VALUES (?1, ?2, ?3, ?4, 0, ?5, 0, ?6, ?6, ?7, '[]', ?8)",
		      DB_VALUES(UID(ingest), DB_TEXT(evidence->instance_id),
				DB_TEXT(evidence->instance_key_id),
				DB_TEXT(ingest->appraisal.key_pem), DB_INT(evidence->phase),
				DB_INT(ingest->now), DB_TEXT(evidence->id),
				DB_TEXT(ingest->coverage)),
		      error);
}

static int insert_evidence(const struct ingest *ingest, struct db *db, bool fresh, int64_t *ret_seq,
			   struct error *error)
{
	const struct appraisal *appraisal = &ingest->appraisal;
	const struct evidence *evidence = appraisal->evidence;
	int r = db_run(
		db,
		"INSERT INTO evidence (uid, id, phase, verdict, fresh, digest, manifest, findings, "
		"received_at, reasons) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
		DB_VALUES(UID(ingest), DB_TEXT(evidence->id), DB_INT(evidence->phase),
			  DB_INT(ingest->verdict), DB_INT(fresh), PAYLOAD(ingest),
			  DB_BLOB(evidence->has_manifest ? evidence->manifest_digest.bytes : NULL,
				  DIGEST_SIZE),
			  DB_INT((int64_t)appraisal->n_open), DB_INT(ingest->now),
			  DB_TEXT(ingest->reasons)),
		error);

	if (r < 0)
		return r;
	*ret_seq = db_last_rowid(db);
	return db_run(db, "INSERT INTO envelopes (seq, envelope, proof) VALUES (?1, ?2, ?3)",
		      DB_VALUES(DB_INT(*ret_seq), DB_TEXT(ingest->delivery.evidence),
				DB_TEXT(ingest->delivery.proof)),
		      error);
}

/* The report was stored when it was not fresh; now it is. */
static int refresh_evidence(const struct ingest *ingest, struct db *db, int64_t seq,
			    struct error *error)
{
	int r = db_run(db,
		       "UPDATE evidence SET verdict = ?2, fresh = 1, reasons = ?3, "
		       "received_at = ?4 WHERE seq = ?1",
		       DB_VALUES(DB_INT(seq), DB_INT(ingest->verdict), DB_TEXT(ingest->reasons),
				 DB_INT(ingest->now)),
		       error);

	if (r >= 0)
		r = db_run(db, "UPDATE envelopes SET proof = ?2 WHERE seq = ?1",
			   DB_VALUES(DB_INT(seq), DB_TEXT(ingest->delivery.proof)), error);
	return r;
}

/* Whether this report, number `seq`, may speak for the instance's phase now. */
static int may_replace(const struct ingest *ingest, struct db *db, bool fresh, int64_t seq,
		       bool *ret)
{
	_cleanup_query_ struct query query = {0};
	int r;

	/* Fresh evidence gives way only to later fresh evidence of its phase; what is not fresh,
	 * to any: it must not worsen a healthy instance. */
	r = db_query(db,
		     "SELECT 1 FROM latest JOIN evidence USING (seq) WHERE latest.uid = ?1 "
		     "AND evidence.fresh = 1 AND (?2 = 0 OR (latest.phase = ?3 AND seq > ?4))",
		     DB_VALUES(UID(ingest), DB_INT(fresh),
			       DB_INT(ingest->appraisal.evidence->phase), DB_INT(seq)),
		     &query, NULL);
	if (r >= 0)
		r = query_next(&query, NULL);
	if (r < 0)
		return r;
	*ret = r == 0;
	return 0;
}

static int replace_findings(const struct ingest *ingest, struct db *db, struct error *error)
{
	const struct evidence *evidence = ingest->appraisal.evidence;
	int r = db_run(db, "DELETE FROM findings WHERE uid = ?1 AND phase = ?2",
		       DB_VALUES(UID(ingest), DB_INT(evidence->phase)), error);

	for (size_t i = 0; i < ingest->n_bodies && r >= 0; i++) {
		const struct finding *finding = &evidence->findings.items[i];

		r = db_run(db,
			   "INSERT INTO findings (uid, phase, severity, waived, code, evidence, "
			   "body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
			   DB_VALUES(UID(ingest), DB_INT(evidence->phase),
				     DB_INT(finding->severity), DB_INT(finding->waived != NULL),
				     DB_TEXT(finding->code), DB_TEXT(evidence->id),
				     DB_TEXT(ingest->bodies[i])),
			   error);
	}
	return r;
}

/* The instance's verdict is the worst of its phases' latest reports, and so with the reasons. */
static int update_instance(const struct ingest *ingest, struct db *db, struct error *error)
{
	const struct evidence *evidence = ingest->appraisal.evidence;

	return db_run(
		db,
		"UPDATE instances SET phase = ?2, cloud = ?3, region = ?4, image_id = ?5, "
		"image_name = ?6, image_version = ?7, manifest = ?8, evidence = ?9, "
		"last_seen = ?10, coverage = ?11, "
		"(verdict, findings, reasons) = (SELECT max(e.verdict), sum(e.findings), "
		"  (SELECT json_group_array(json(j.value)) FROM latest AS l2 "
		"   JOIN evidence AS e2 ON e2.seq = l2.seq, json_each(e2.reasons) AS j "
		"   WHERE l2.uid = ?1) "
		" FROM latest AS l JOIN evidence AS e ON e.seq = l.seq WHERE l.uid = ?1) "
		"WHERE uid = ?1",
		DB_VALUES(UID(ingest), DB_INT(evidence->phase), DB_TEXT(evidence->cloud),
			  DB_TEXT(evidence->region), DB_TEXT(evidence->image_id),
			  DB_TEXT(evidence->image_name), DB_TEXT(evidence->image_version),
			  DB_BLOB(evidence->has_manifest ? evidence->manifest_digest.bytes : NULL,
				  DIGEST_SIZE),
			  DB_TEXT(evidence->id), DB_INT(ingest->now), DB_TEXT(ingest->coverage)),
		error);
}

static int replace_latest(const struct ingest *ingest, struct db *db, int64_t seq,
			  struct error *error)
{
	int r = db_run(
		db,
		"INSERT INTO latest (uid, phase, seq) VALUES (?1, ?2, ?3) "
		"ON CONFLICT (uid, phase) DO UPDATE SET seq = excluded.seq",
		DB_VALUES(UID(ingest), DB_INT(ingest->appraisal.evidence->phase), DB_INT(seq)),
		error);

	if (r >= 0)
		r = replace_findings(ingest, db, error);
	if (r >= 0)
		r = update_instance(ingest, db, error);
	return r;
}

static int count_evidence(const struct ingest *ingest, struct db *db, struct error *error)
{
	int r = db_run(db, "UPDATE counters SET value = value + 1 WHERE name = 'evidence'",
		       DB_NO_VALUES, error);

	if (r >= 0)
		r = db_run(db,
			   "UPDATE counters SET value = max(value, ?1) "
			   "WHERE name = 'last_evidence'",
			   DB_VALUES(DB_INT(ingest->now)), error);
	return r;
}

static int note_stale(const struct ingest *ingest, struct db *db)
{
	if (ingest->appraisal.freshness == FRESHNESS_FRESH)
		return note_incident(ingest, db, ingest->uid, "evidence.replay",
				     "evidence came with a nonce that was used before");
	return note_incident(ingest, db, ingest->uid, "evidence.wrong-nonce",
			     "evidence came with a nonce that had expired or was not this "
			     "collector's");
}

/* A report that is new here, or that is appraised anew since it is fresh at last. */
static int store_report(struct ingest *ingest, struct db *db, bool fresh,
			const struct stored *stored, struct error *error)
{
	int64_t seq = stored->seq;
	bool replace = false;
	int r = check_binding(ingest, db, fresh, error);

	if (r >= 0)
		r = keep_verdict(ingest);
	if (r >= 0)
		r = insert_instance(ingest, db, error);
	if (r >= 0 && stored->found)
		r = refresh_evidence(ingest, db, seq, error);
	else if (r >= 0)
		r = insert_evidence(ingest, db, fresh, &seq, error);
	if (r >= 0 && !stored->found)
		r = count_evidence(ingest, db, error);
	if (r >= 0)
		r = may_replace(ingest, db, fresh, seq, &replace);
	if (r >= 0 && replace)
		r = replace_latest(ingest, db, seq, error);
	if (r >= 0 && !fresh)
		r = note_stale(ingest, db);
	return r;
}

/* A delivery that was there before, sent again as it was or with a stale nonce. */
static int answer_replay(struct ingest *ingest, struct db *db)
{
	_cleanup_json_ json_t *reasons = json_pack(
		"[{s:s, s:s, s:s}]", "stage", stage_to_string(STAGE_PROOF), "code",
		"evidence.replay", "text",
		"this evidence is stored already and the nonce is not fresh: the stored one stands");

	ingest->outcome = INGEST_REPLAY;
	ingest->verdict = VERDICT_FAIL;
	free(ingest->reasons);
	ingest->reasons = reasons ? json_dumps(reasons, JSON_COMPACT) : NULL;
	if (!ingest->reasons)
		return -ENOMEM;
	return note_incident(ingest, db, ingest->uid, "evidence.replay",
			     "a delivery that is stored already was sent again without a fresh "
			     "nonce");
}

int ingest_run(struct ingest *ingest, struct db *db, struct error *error)
{
	struct stored stored;
	bool used, fresh;
	int r = use_nonce(ingest, db, &used, error);

	if (r >= 0)
		r = find_stored(ingest, db, &stored, error);
	if (r < 0)
		return r;
	fresh = ingest->appraisal.freshness == FRESHNESS_FRESH && !used;
	if (stored.found && !stored.same) {
		ingest->outcome = INGEST_CONFLICT;
		return note_incident(ingest, db, ingest->uid, "evidence.id-reuse",
				     "other evidence came under the id of a stored report");
	}
	if (stored.found && !fresh)
		return answer_replay(ingest, db);
	if (stored.found && stored.fresh) {
		ingest->outcome = INGEST_DUPLICATE;
		return 0;
	}
	if (used) {
		r = appraisal_add(&ingest->appraisal, STAGE_PROOF, VERDICT_FAIL, "evidence.replay",
				  "the nonce was used before");
		if (r < 0)
			return r;
	}
	ingest->outcome = stored.found ? INGEST_DUPLICATE : INGEST_STORED;
	return store_report(ingest, db, fresh, &stored, error);
}
