/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of goldseal-collector: one cmd_*.c each. */
#pragma once

#include "options.h"

#define PROGRAM "goldseal-collector"

struct options {
	const char *data;
	const char *listen;
	const char *certificate;
	const char *key;
	const char *enrol;
	const char *role;
	const char *deadline;
	const char *rate;
	const char *connections;
	const char *connections_per_ip;
	const char *threads;
	struct option_list names;
	bool no_tls;
	bool debug;
};

enum {
	VERB_INIT,
	VERB_SERVE,
	VERB_TOKEN,
	VERB_TRUST,
	_VERB_MAX,
};

extern const struct verb collector_verbs[_VERB_MAX];
extern const struct option_row collector_options[];
extern const size_t n_collector_options;

int cmd_init(void *options, int n_arguments, char **arguments);
int cmd_serve(void *options, int n_arguments, char **arguments);
int cmd_token(void *options, int n_arguments, char **arguments);
int cmd_trust(void *options, int n_arguments, char **arguments);

/* The directory that --data names; NULL, and told, when it is not given. */
const char *options_need_data(const struct options *options);
/* A number in its bounds, or `fallback` without text; -EINVAL, and told. */
int options_number(const char *name, const char *text, unsigned fallback, unsigned most,
		   unsigned *ret) _must_check_;
