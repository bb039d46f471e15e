/* SPDX-License-Identifier: Apache-2.0 */
#include "delivery.h"

#include "client.h"
#include "platform/instance.h"
#include "spool.h"

#include <string.h>

struct delivery {
	const struct config *config;
	const struct delivery_watcher *watcher;
	struct spool *spool;
	struct key *key;
	struct client *client;
};

static void delivery_done(struct delivery *delivery)
{
	client_free(delivery->client);
	key_free(delivery->key);
	spool_free(delivery->spool);
}

static int connect_collector(struct delivery *delivery, struct error *error)
{
	int r;

	if (!delivery->config->url)
		return error_set(error, -EDESTADDRREQ,
				 "reports wait, but no collector is configured: set url in section "
				 "[collector] of the configuration");
	r = instance_key_load(delivery->config->state_directory, &delivery->key, error);
	if (r < 0)
		return error_prefix(error, r, "the instance's key");
	return client_new(delivery->config, &delivery->client, error);
}

/* The envelope and what its proof will name. -EBADMSG when no collector could accept it. */
static int load(const struct delivery *delivery, const char *name, char **ret_envelope,
		char **ret_id, struct digest *ret_payload, struct error *error)
{
	_cleanup_dsse_ struct dsse dsse = {0};
	_cleanup_free_ char *envelope = NULL;
	_cleanup_free_ char *id = NULL;
	int r;

	r = spool_read(delivery->spool, name, &envelope, &id, error);
	if (r < 0)
		return r;
	r = dsse_verify_key(envelope, strlen(envelope), DSSE_PAYLOAD_TYPE_INTOTO, delivery->key,
			    &dsse, error);
	if (r == -EBADMSG || r == -ENOKEY)
		return error_prefix(error, -EBADMSG, "not signed with this instance's key");
	if (r < 0)
		return r;
	r = digest_compute(dsse.payload, dsse.payload_size, ret_payload);
	if (r < 0)
		return error_set(error, r, "cannot compute a digest");
	*ret_envelope = TAKE_PTR(envelope);
	*ret_id = TAKE_PTR(id);
	return 0;
}

static int send_one(const struct delivery *delivery, const char *name, struct receipt *ret,
		    struct error *error)
{
	_cleanup_free_ char *envelope = NULL;
	_cleanup_free_ char *id = NULL;
	struct delivery_item item = {0};
	int r;

	r = load(delivery, name, &envelope, &id, &item.payload, error);
	if (r < 0)
		return r == -EBADMSG ? r : -EIO;
	item.id = id;
	item.envelope = envelope;
	r = client_deliver(delivery->client, &item, delivery->key, ret, error);
	if (r < 0)
		return r;
	r = spool_mark_delivered(delivery->spool, name, ret, error);
	return r < 0 ? -EIO : 0;
}

/* Broken here, or refused for good there. */
static bool is_hopeless(int r)
{
	return r == -EBADMSG || r == -EBADE;
}

/* Whether the collector is at fault, so that the next report would meet the same. */
static bool ends_the_run(int r)
{
	return r == -EHOSTUNREACH || r == -EACCES || r == -EPROTO;
}

static int deliver_one(const struct delivery *delivery, const char *name)
{
	_cleanup_error_ struct error error = {0}, moving = {0};
	_cleanup_receipt_ struct receipt receipt = {0};
	struct delivery_outcome outcome = {.name = name};
	int r;

	outcome.r = send_one(delivery, name, &receipt, &error);
	if (is_hopeless(outcome.r)) {
		r = spool_quarantine(delivery->spool, name, error_text(&error, outcome.r), &moving);
		outcome.quarantined = r == 0;
		if (r < 0)
			outcome.r = error_prefix(&error, r, "%s", error_text(&moving, r));
	}
	if (outcome.r < 0)
		outcome.reason = error_text(&error, outcome.r);
	else
		outcome.receipt = &receipt;
	delivery->watcher->tell(&outcome, delivery->watcher->user);
	return outcome.r;
}

static size_t deliver_all(const struct delivery *delivery, const struct spool_names *names)
{
	size_t failed = 0;

	for (size_t i = 0; i < names->count; i++) {
		int r = deliver_one(delivery, names->names[i]);

		if (r < 0)
			failed++;
		if (ends_the_run(r))
			return names->count - i - 1 + failed;
		/* Having waited for the collector once, we only knock for the others. */
		if (r == -EAGAIN)
			client_set_attempts(delivery->client, 1);
	}
	return failed;
}

int delivery_run(const struct config *config, const struct delivery_watcher *watcher,
		 size_t *ret_failed, struct error *error)
{
	_cleanup_(delivery_done) struct delivery delivery = {.config = config, .watcher = watcher};
	_cleanup_spool_names_ struct spool_names names = {0};
	int r;

	r = spool_open(config->state_directory, &delivery.spool, error);
	if (r < 0)
		return r;
	r = spool_lock(delivery.spool, error);
	if (r < 0)
		return r;
	r = spool_list(delivery.spool, &names, error);
	if (r < 0)
		return r;
	if (names.count > 0) {
		r = connect_collector(&delivery, error);
		if (r < 0)
			return r;
	}
	*ret_failed = deliver_all(&delivery, &names);
	return 0;
}
