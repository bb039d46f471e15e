/* SPDX-License-Identifier: Apache-2.0 */
/* What all requests share: the store and its writer, the manifests known, the nonces' secret. */
#pragma once

#include "limiter.h"
#include "nonce.h"
#include "registry.h"
#include "store.h"
#include "verdict.h"
#include "writer.h"

#include <stdatomic.h>

struct service_figures {
	atomic_uint_fast64_t requests[6]; /* by the status's first digit */
	atomic_uint_fast64_t deliveries[_VERDICT_MAX];
	atomic_uint_fast64_t duplicates;
	atomic_uint_fast64_t replays;
	atomic_uint_fast64_t refused; /* deliveries that could not be verified */
	atomic_uint_fast64_t overload;
	atomic_uint_fast64_t reaped; /* connections closed by the deadline */
	atomic_size_t body_bytes;    /* in memory now */
	atomic_size_t in_flight;
};

struct service {
	struct store *store;
	struct writer *writer;
	struct registry *registry;
	struct limiter *limiter;
	struct nonce_secret secret;
	bool enrol_by_token; /* delivering needs an agent's token */
	atomic_bool stopping;
	struct service_figures figures;
};

struct service_options {
	const char *data; /* directory */
	size_t n_threads;
	unsigned rate;
	bool enrol_by_token;
};

/* Names of files in the data directory. */
#define DATA_STORE  "collector.db"
#define DATA_SECRET "nonce.key"
#define DATA_TRUST  "trust.d"
#define DATA_CERT   "tls.crt"
#define DATA_KEY    "tls.key"
#define DATA_LOCK   "lock"

/* DATA/NAME in a new string; NULL when out of memory. */
char *data_path(const char *data, const char *name) _must_check_;

int service_open(const struct service_options *options, struct service **ret,
		 struct error *error) _must_check_;
/* Writes what waits; no further writing is taken. */
void service_stop(struct service *service);
void service_close(struct service *service);
DEFINE_CLEANUP(struct service *, service_close)
