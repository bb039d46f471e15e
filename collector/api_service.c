/* SPDX-License-Identifier: Apache-2.0 */
/* Of the collector itself: is it well, its figures, its description, its page. */
#include "assets.h"
#include "embed.h"
#include "routes.h"
#include "views.h"

#include <string.h>

int api_health(struct request *request, struct error *error _unused_)
{
	reply_json(&request->reply, 200, json_pack("{s:s}", "status", "ok"));
	return 0;
}

/* Ready: the store answers, and no end is near. */
int api_ready(struct request *request, struct error *error)
{
	struct store *store = request->service->store;
	struct db *db = store_take_reader(store);
	_cleanup_query_ struct query query = {0};
	int r = db_query(db, "SELECT count(*) FROM counters", DB_NO_VALUES, &query, error);

	if (r >= 0)
		r = query_next(&query, error);
	query_done(&query);
	store_give_reader(store, db);
	if (r < 0)
		return r;
	if (atomic_load(&request->service->stopping))
		return error_set(error, -ESHUTDOWN, "stopping");
	reply_json(&request->reply, 200, json_pack("{s:s}", "status", "ok"));
	return 0;
}

int api_openapi(struct request *request, struct error *error _unused_)
{
	reply_constant(&request->reply, REPLY_JSON, embedded_openapi, strlen(embedded_openapi));
	return 0;
}

static bool is_known(const struct request *request, const char *etag)
{
	const char *header = request->get_header(request, "If-None-Match");

	return header && strcmp(header, etag) == 0;
}

int api_page(struct request *request, struct error *error)
{
	for (size_t i = 0; i < n_assets; i++) {
		const struct asset *asset = &assets[i];
		const char *name = request->argument ? asset->path + sizeof("/assets/") - 1 : "";

		if (request->argument ? strncmp(asset->path, "/assets/", 8) != 0 ||
						strcmp(name, request->argument) != 0
				      : strcmp(asset->path, "/") != 0)
			continue;
		reply_constant(&request->reply, asset->type, asset->data, asset->size);
		request->reply.etag = asset->etag;
		if (is_known(request, asset->etag)) {
			request->reply.status = 304;
			request->reply.size = 0;
		}
		return 0;
	}
	return error_set(error, -ENOENT, "the page has no such file");
}

/* -- Prometheus, text format 0.0.4 -- */

static int add_help(struct buffer *text, const char *name, const char *type, const char *help)
{
	return buffer_printf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static int add_number(struct buffer *text, const char *name, const char *type, const char *help,
		      double value)
{
	int r = add_help(text, name, type, help);

	return r < 0 ? r : buffer_printf(text, "%s %.17g\n", name, value);
}

static int add_object(struct buffer *text, const char *name, const char *label,
		      const json_t *counts)
{
	const char *key;
	json_t *value;
	int r = 0;

	json_object_foreach((json_t *)counts, key, value)
	{
		if (r >= 0)
			r = buffer_printf(text, "%s{%s=\"%s\"} %lld\n", name, label, key,
					  (long long)json_integer_value(value));
	}
	return r;
}

static int add_requests(struct buffer *text, struct service_figures *figures)
{
	int r = add_help(text, "goldseal_requests_total", "counter",
			 "Requests answered, by class of status.");

	for (int i = 1; i < 6 && r >= 0; i++)
		r = buffer_printf(text, "goldseal_requests_total{status=\"%dxx\"} %llu\n", i,
				  (unsigned long long)atomic_load(&figures->requests[i]));
	if (r >= 0)
		r = add_help(text, "goldseal_deliveries_total", "counter",
			     "Deliveries stored, by verdict.");
	for (int i = 0; i < _VERDICT_MAX && r >= 0; i++)
		r = buffer_printf(text, "goldseal_deliveries_total{verdict=\"%s\"} %llu\n",
				  verdict_to_string((enum verdict)i),
				  (unsigned long long)atomic_load(&figures->deliveries[i]));
	return r;
}

static int add_counters(struct buffer *text, struct service *service)
{
	struct service_figures *figures = &service->figures;
	struct writer_figures writer;
	int r;

	writer_get_figures(service->writer, &writer);
	const struct {
		const char *name, *type, *help;
		double value;
	} rows[] = {
		{"goldseal_duplicates_total", "counter",
		 "Deliveries of evidence that was stored already.",
		 (double)atomic_load(&figures->duplicates)},
		{"goldseal_replays_total", "counter",
		 "Deliveries of stored evidence without a fresh nonce.",
		 (double)atomic_load(&figures->replays)},
		{"goldseal_refused_total", "counter",
		 "Deliveries that could not be verified at all.",
		 (double)atomic_load(&figures->refused)},
		{"goldseal_overload_total", "counter",
		 "Requests that were sent away for lack of room.",
		 (double)atomic_load(&figures->overload)},
		{"goldseal_reaped_total", "counter", "Connections closed by the deadline.",
		 (double)atomic_load(&figures->reaped)},
		{"goldseal_body_bytes", "gauge", "Bytes of request bodies in memory.",
		 (double)atomic_load(&figures->body_bytes)},
		{"goldseal_queue_depth", "gauge", "Requests that wait for the store.",
		 (double)writer.waiting},
		{"goldseal_commits_total", "counter", "Transactions committed.",
		 (double)writer.commits},
		{"goldseal_commit_failures_total", "counter", "Transactions that failed.",
		 (double)writer.failures},
		{"goldseal_commit_seconds_total", "counter", "Time that transactions took.",
		 (double)writer.commit_us / 1e6},
		{"goldseal_trusted_signers", "gauge", "Keys trusted to sign manifests.",
		 (double)registry_count_signers(service->registry)},
	};

	r = add_requests(text, figures);
	for (size_t i = 0; i < ELEMENTS(rows) && r >= 0; i++)
		r = add_number(text, rows[i].name, rows[i].type, rows[i].help, rows[i].value);
	return r;
}

static int add_fleet(struct buffer *text, const json_t *summary)
{
	int r = add_help(text, "goldseal_instances", "gauge", "Instances, by verdict.");

	if (r >= 0)
		r = add_object(text, "goldseal_instances", "verdict",
			       json_object_get(summary, "verdicts"));
	if (r >= 0)
		r = add_help(text, "goldseal_findings", "gauge", "Open findings, by severity.");
	if (r >= 0)
		r = add_object(text, "goldseal_findings", "severity",
			       json_object_get(summary, "findings"));
	if (r >= 0)
		r = add_number(text, "goldseal_evidence", "gauge", "Reports stored.",
			       (double)json_integer_value(json_object_get(summary, "evidence")));
	return r;
}

int api_metrics(struct request *request, struct error *error)
{
	_cleanup_buffer_ struct buffer text = {0};
	_cleanup_json_ json_t *summary = NULL;
	struct store *store = request->service->store;
	struct db *db = store_take_reader(store);
	int r = view_summary(db, &summary, error);

	store_give_reader(store, db);
	if (r >= 0)
		r = add_counters(&text, request->service);
	if (r >= 0)
		r = add_fleet(&text, summary);
	if (r >= 0)
		reply_text(&request->reply, REPLY_METRICS, TAKE_PTR(text.data));
	return r;
}
