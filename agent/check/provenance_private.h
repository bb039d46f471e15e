/* SPDX-License-Identifier: Apache-2.0 */
/* What provenance_read.c and provenance_intent.c fill and provenance.c answers from. */
#pragma once

#include "check/provenance.h"

#define PROVENANCE_COMMANDS_MAX (256 * 1024) /* bytes of all commands together */

struct provenance {
	char *instance;
	char *default_user;
	bool allows_root; /* disable_root: false */
	bool upgrade;
	json_t *documents;     /* cloud-configs: the image's defaults first */
	json_t *users;	       /* name to {groups, sudo, keys: {}, password} */
	json_t *groups;	       /* names as keys */
	json_t *files;	       /* path to [{content, mode, append}] */
	json_t *packages;      /* names as keys */
	json_t *names;	       /* of the instance, as keys */
	json_t *certificates;  /* base64 as keys */
	json_t *metadata_keys; /* "TYPE BASE64" as keys */
	json_t *commands;
	json_t *strings;
	json_t *words; /* of the commands, as keys */
	json_t *lines; /* of the strings, as keys */
	size_t command_bytes;
	json_t *digests;
	json_t *problems;
	json_t *limits;
	char *pickle; /* of the datasource, where the metadata itself is gone */
	size_t pickle_size;
	struct provenance_part *parts;
	size_t n_parts;
};

/* Adds what one cloud-config declares. -ENOMEM. */
int provenance_take_intent(struct provenance *provenance, const json_t *document) _must_check_;
/* Adds an account with what is known of it. */
int provenance_take_user(struct provenance *provenance, const char *name,
			 const json_t *description) _must_check_;
/* Adds the lines, or the words, of a text to what is asked for by them. */
int provenance_note_lines(struct provenance *provenance, const char *text) _must_check_;
int provenance_note_words(struct provenance *provenance, const char *text) _must_check_;
/* A command past PROVENANCE_COMMANDS_MAX bytes of them explains nothing. */
int provenance_take_command(struct provenance *provenance, const char *command) _must_check_;
/* Takes the data over. Twice the same is one. */
int provenance_take_part(struct provenance *provenance, const char *source,
			 enum user_data_kind kind, char *data, size_t size) _must_check_;
/* Adds `key` to the set. */
int set_add(json_t *set, const char *key) _must_check_;

/* Whether a cloud-config value means yes, as YAML 1.1 has it. */
bool provenance_is_true(const json_t *value);
