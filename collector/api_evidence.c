/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"
#include "routes.h"
#include "views.h"

#include <string.h>

int api_challenge(struct request *request, struct error *error)
{
	_cleanup_free_ char *nonce = NULL;
	int r = nonce_make(&request->service->secret, request->now / 1000, &nonce, error);

	if (r < 0)
		return r;
	reply_json(&request->reply, 200,
		   json_pack("{s:s, s:i}", "nonce", nonce, "expires_in", NONCE_SECONDS));
	return 0;
}

static void count_answer(struct request *request)
{
	struct service_figures *figures = &request->service->figures;
	const struct ingest *ingest = &request->ingest;

	if (ingest->outcome == INGEST_DUPLICATE)
		atomic_fetch_add(&figures->duplicates, 1);
	else if (ingest->outcome == INGEST_REPLAY)
		atomic_fetch_add(&figures->replays, 1);
	else if (ingest->verdict >= 0 && ingest->verdict < _VERDICT_MAX)
		atomic_fetch_add(&figures->deliveries[ingest->verdict], 1);
}

static void finish_evidence(struct request *request)
{
	const struct ingest *ingest = &request->ingest;

	if (ingest->outcome == INGEST_CONFLICT) {
		reply_problem(&request->reply, 409,
			      "other evidence of this instance has the id %s already: make a new "
			      "id for each report",
			      ingest->appraisal.evidence->id);
		return;
	}
	count_answer(request);
	reply_json(&request->reply, ingest->outcome == INGEST_DUPLICATE ? 200 : 202,
		   json_pack("{s:s, s:s, s:s, s:o}", "id", ingest->appraisal.evidence->id,
			     "verdict", verdict_to_string(ingest->verdict), "tier", APPRAISAL_TIER,
			     "reasons", json_loads(ingest->reasons, 0, NULL)));
}

static int run_ingest(struct job *job, struct db *db)
{
	_cleanup_error_ struct error error = {0};
	int r = ingest_run(&REQUEST_OF(job)->ingest, db, &error);

	if (r < 0)
		(void)log_full(LOG_LEVEL_DEBUG, r, "evidence not stored: %s",
			       error_text(&error, r));
	return r;
}

static int find_known(struct request *request, struct known **ret, struct error *error)
{
	const struct evidence *evidence = request->ingest.appraisal.evidence;
	struct service *service = request->service;
	struct db *db;
	int r;

	if (!evidence->has_manifest)
		return 0;
	db = store_take_reader(service->store);
	r = registry_find(service->registry, db, &evidence->manifest_digest, ret, error);
	store_give_reader(service->store, db);
	return r;
}

static int appraise(struct request *request, struct error *error)
{
	struct service *service = request->service;
	struct appraisal *appraisal = &request->ingest.appraisal;
	struct known *known = NULL;
	int r = find_known(request, &known, error);

	if (r < 0)
		return r;
	r = appraise_all(appraisal, &service->secret, known, request->now / 1000);
	registry_release(service->registry, known);
	return r < 0 ? r : ingest_prepare(&request->ingest);
}

int api_evidence_post(struct request *request, struct error *error)
{
	struct ingest *ingest = &request->ingest;
	int r = delivery_parse(request->body.data ? request->body.data : "", request->body.size,
			       &ingest->delivery, error);

	/* It is all in the delivery now. */
	buffer_done(&request->body);
	if (r >= 0)
		r = appraise_open(&ingest->delivery, &ingest->appraisal, error);
	if (r == -EINVAL || r == -EBADMSG)
		atomic_fetch_add(&request->service->figures.refused, 1);
	if (r == -EBADMSG) {
		reply_problem(&request->reply, 422,
			      "nothing was stored, since the delivery cannot be verified: %s",
			      error_text(error, r));
		return 0;
	}
	if (r < 0)
		return r;
	ingest->now = request->now;
	r = appraise(request, error);
	if (r < 0)
		return r;
	request_write(request, run_ingest, finish_evidence, ingest_weight(ingest));
	return 0;
}

int api_evidence_get(struct request *request, struct error *error)
{
	struct store *store = request->service->store;
	struct db *db = store_take_reader(store);
	json_t *evidence = NULL;
	int r = view_evidence(db, request->argument, &evidence, error);

	store_give_reader(store, db);
	if (r >= 0)
		reply_json(&request->reply, 200, evidence);
	return r;
}
