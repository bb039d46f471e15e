/* SPDX-License-Identifier: Apache-2.0 */
#include "routes.h"
#include "views.h"

static struct view_filter read_filter(const struct request *request)
{
	return (struct view_filter){
		.limit = request->get_query(request, "limit"),
		.cursor = request->get_query(request, "cursor"),
		.verdict = request->get_query(request, "verdict"),
		.image = request->get_query(request, "image"),
		.q = request->get_query(request, "q"),
		.severity = request->get_query(request, "severity"),
		.code = request->get_query(request, "code"),
		.instance = request->get_query(request, "instance"),
	};
}

static int reply_list(struct request *request,
		      int (*view)(struct db *db, const struct view_filter *filter, json_t **ret,
				  struct error *error),
		      struct error *error)
{
	const struct view_filter filter = read_filter(request);
	struct store *store = request->service->store;
	struct db *db = store_take_reader(store);
	json_t *list = NULL;
	int r = view(db, &filter, &list, error);

	store_give_reader(store, db);
	if (r >= 0)
		reply_json(&request->reply, 200, list);
	return r;
}

int api_instances(struct request *request, struct error *error)
{
	return reply_list(request, view_instances, error);
}

int api_images(struct request *request, struct error *error)
{
	return reply_list(request, view_images, error);
}

int api_findings(struct request *request, struct error *error)
{
	return reply_list(request, view_findings, error);
}

int api_instance(struct request *request, struct error *error)
{
	struct store *store = request->service->store;
	struct db *db = store_take_reader(store);
	json_t *instance = NULL;
	int r = view_instance(db, request->argument, &instance, error);

	store_give_reader(store, db);
	if (r >= 0)
		reply_json(&request->reply, 200, instance);
	return r;
}

int api_summary(struct request *request, struct error *error)
{
	struct store *store = request->service->store;
	struct db *db = store_take_reader(store);
	json_t *summary = NULL;
	int r = view_summary(db, &summary, error);

	store_give_reader(store, db);
	if (r >= 0)
		reply_json(&request->reply, 200, summary);
	return r;
}
