/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP side: libmicrohttpd's callbacks, limits and deadlines around the routes. */
#pragma once

#include "service.h"

struct server_options {
	int fd;			 /* listening; the server takes it over */
	const char *certificate; /* PEM; NULL: plain HTTP */
	const char *key;	 /* PEM */
	unsigned n_threads;
	unsigned connections;	     /* at once */
	unsigned connections_per_ip; /* the same of one address */
	unsigned deadline;	     /* seconds for a request's headers and body together */
};

struct server;

int server_start(struct service *service, const struct server_options *options, struct server **ret,
		 struct error *error) _must_check_;
/*
 * Takes no more connections, lets requests under way end (at most the deadline and a little), has
 * the writer commit what it was given, and stops.
 */
void server_stop(struct server *server);
