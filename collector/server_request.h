/* SPDX-License-Identifier: Apache-2.0 */
/* libmicrohttpd's view of one request. Only server.c uses it. */
#pragma once

#include "reaper.h"
#include "service.h"

#include <microhttpd.h>

struct server_context {
	struct service *service;
	struct reaper *reaper;
	unsigned deadline;
};

/* Bodies of requests that are refused are still read, up to this, so that the answer arrives. */
#define DRAIN_MAX (16 * 1024 * 1024)
/* Bodies in memory, of all requests together. */
#define BODIES_MAX (256 * 1024 * 1024)
/* For the client to take the answer. */
#define ANSWER_SECONDS 60

void *server_on_target(void *data, const char *target, struct MHD_Connection *connection);
enum MHD_Result server_on_request(void *data, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *upload_data,
				  size_t *upload_data_size, void **request_context);
void server_on_completed(void *data, struct MHD_Connection *connection, void **request_context,
			 enum MHD_RequestTerminationCode code);
