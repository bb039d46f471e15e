/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector's client (docs/formats.md, "Delivery").
 *
 * One report is: ask for a nonce, sign the proof, send both, on one connection. Certificates and
 * host names are always checked, redirects are never followed, answers are bounded.
 */
#pragma once

#include "config.h"
#include "key.h"
#include "receipt.h"

#define CLIENT_ANSWER_MAX (64 * 1024)
#define CLIENT_RETRY_AFTER_MAX \
	120 /* seconds; a collector that asks for more is left alone for now */

struct client;

/* `config` must outlive the client and have a url. Reads the token. */
int client_new(const struct config *config, struct client **ret, struct error *error) _must_check_;
void client_free(struct client *client);
DEFINE_CLEANUP(struct client *, client_free)

/* Attempts for each report from now on; at first the configuration's. */
void client_set_attempts(struct client *client, unsigned attempts);

struct delivery_item {
	const char *id;
	const char *envelope;  /* JSON */
	struct digest payload; /* SHA-256 of the evidence's payload bytes */
};

/*
 * Sends one report, with retries. -EBADE the collector can never accept it (400, 409, 413, 422);
 * -EACCES refused, and trying again now is no use; -EAGAIN the collector answered but is not able
 * to take it now; -EHOSTUNREACH no answer at all; -EPROTO the answer is not a collector's. Each
 * with the reason.
 */
int client_deliver(struct client *client, const struct delivery_item *item, const struct key *key,
		   struct receipt *ret, struct error *error) _must_check_;
