/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The goldseal program: the options of all verbs, and the verbs.
 *
 * main.c has the tables that fill this struct; which verb takes which option stands there.
 */
#pragma once

#include "options.h"

#ifndef GOLDSEAL_VERSION
#define GOLDSEAL_VERSION "0.1.0"
#endif

#define AGENT_PROGRAM "goldseal"

/* Exactly as given on the command line; NULL or false when not given. */
struct agent_options {
	const char *algorithm;	   /* keygen: "p256" or "ed25519" */
	const char *config;	   /* NULL: the default file and its drop-ins */
	const char *deadline;	   /* seconds */
	const char *evidence;	   /* report: an evidence file */
	const char *expires;	   /* seal: YYYY-MM-DD or a number of days */
	const char *format;	   /* see report_style_init() in report.h */
	const char *image_name;	   /* seal */
	const char *image_version; /* seal */
	const char *instance_id;   /* attest */
	const char *key;	   /* seal: private key file */
	const char *manifest;	   /* directory of manifest.json and manifest.mtree */
	const char *out;	   /* keygen: NAME; seal: directory */
	const char *phase;	   /* "image" or "boot" */
	const char *policy;	   /* seal, audit: policy file */
	const char *root;	   /* what is measured */
	const char *tier;	   /* "all" or "critical" */
	const char *trust;	   /* public key file, or directory of them */
	bool debug;
	bool fs_verity; /* seal */
	bool full;	/* read all files, whatever vouches for them */
	bool no_deliver;
	bool quiet;
};

/*
 * Each verb takes a struct agent_options, returns an enum exit_code and tells its mistakes with
 * log.h. The number of arguments has been checked against the verb table.
 */
int cmd_keygen(void *options, int n_arguments, char **arguments);
int cmd_seal(void *options, int n_arguments, char **arguments);
int cmd_verify(void *options, int n_arguments, char **arguments);
int cmd_audit(void *options, int n_arguments, char **arguments);
int cmd_attest(void *options, int n_arguments, char **arguments);
int cmd_deliver(void *options, int n_arguments, char **arguments);
int cmd_report(void *options, int n_arguments, char **arguments);
int cmd_checks(void *options, int n_arguments, char **arguments);
int cmd_explain(void *options, int n_arguments, char **arguments);
int cmd_diff(void *options, int n_arguments, char **arguments);

/* The tables that main.c runs (verbs.c). */
extern const struct verb agent_verbs[];
extern const size_t agent_n_verbs;
extern const struct option_row agent_option_rows[];
extern const size_t agent_n_option_rows;

/*
 * What `deliver` does, for `attest` too: sends what is spooled, tells each outcome on standard
 * output (`quiet`: only failures, on standard error). EXIT_PASS when nothing is left in the spool,
 * else EXIT_UNCHECKED. The collector's verdict does not change the exit code.
 */
struct config;
int deliver_spooled(const struct config *config, bool quiet);
