/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the instance was told to do at its first boot: cloud-init's user-data, vendor-data and
 * metadata as they lie in the root (/var/lib/cloud/instance, /run/cloud-init), and the defaults of
 * /etc/cloud as far as they are as sealed. Whoever is root can rewrite all of it afterwards: it
 * explains what a first boot did and proves nothing about what came later.
 *
 * Each question answers false for NULL, and where nothing was found.
 */
#pragma once

#include "check/suspect.h"
#include "check/userdata.h"

struct provenance;

/* A part of user-data or vendor-data that is not cloud-config. */
struct provenance_part {
	const char *source; /* "user-data" or "vendor-data" */
	struct user_data_part part;
};

/*
 * Reads it; what `suspects` has is not taken for a default. What could not be read or understood is
 * noted and no error; only -ENOMEM is.
 */
int provenance_read(int root_fd, const struct suspects *suspects,
		    struct provenance **ret) _must_check_;
void provenance_free(struct provenance *provenance);
DEFINE_CLEANUP(struct provenance *, provenance_free)

/* The instance's id as cloud-init has it, or NULL: then nothing was declared. */
const char *provenance_get_instance(const struct provenance *provenance);

/* An account that cloud-init was told to make, the default user included. */
bool provenance_declares_user(const struct provenance *provenance, const char *user);
/* A group that it was told to make. */
bool provenance_declares_group(const struct provenance *provenance, const char *group);
/* That the account is to be a member of the group. */
bool provenance_declares_member(const struct provenance *provenance, const char *user,
				const char *group);
/* A sudo rule, without the account's name in front. */
bool provenance_declares_sudo(const struct provenance *provenance, const char *user,
			      const char *rule);
/* That the account is to have a password. */
bool provenance_declares_password(const struct provenance *provenance, const char *user);
/*
 * An SSH key of that very account: from its user-data, and for the default user from the metadata.
 * For root: a key of the default user, which cloud-init writes with a command that refuses the
 * login, unless provenance_allows_root().
 */
bool provenance_declares_key(const struct provenance *provenance, const char *user,
			     const char *type, const char *base64);
bool provenance_allows_root(const struct provenance *provenance);
/* A file of write_files: the path alone, or with this content. */
bool provenance_names_file(const struct provenance *provenance, const char *path);
bool provenance_declares_file(const struct provenance *provenance, const char *path,
			      const void *content, size_t size);
/* The mode of a file of write_files, 0644 where none is stated. */
mode_t provenance_file_mode(const struct provenance *provenance, const char *path);
/* What write_files appends to it; NULL when it does not. Borrowed. */
const char *provenance_appended(const struct provenance *provenance, const char *path,
				size_t *ret_size);
/* A package to be installed; and that all are to be upgraded. */
bool provenance_declares_package(const struct provenance *provenance, const char *package);
bool provenance_declares_upgrade(const struct provenance *provenance);
/* A part of cloud-config by its outermost key: "ntp". */
bool provenance_declares_key_of(const struct provenance *provenance, const char *key);
/* That it is switched on. */
bool provenance_switches_on(const struct provenance *provenance, const char *key);
/* That a value below that key has this line, blanks around it aside. */
bool provenance_declares_line(const struct provenance *provenance, const char *key,
			      const char *line, size_t length);
/* That any value, or any command, has this word. */
bool provenance_declares_word(const struct provenance *provenance, const char *word);
/* That a command has it. */
bool provenance_runs_with(const struct provenance *provenance, const char *word);
/* A certificate, by its base64 without white space. */
bool provenance_declares_certificate(const struct provenance *provenance, const char *base64,
				     size_t length);
/* A name that the instance was given: hostname, fqdn or local-hostname. */
bool provenance_declares_name(const struct provenance *provenance, const char *name, size_t length);

/* Each command of bootcmd and runcmd, one string a command: an array of strings, borrowed. */
const json_t *provenance_commands(const struct provenance *provenance);
/* All strings of all cloud-configs, in no order: an array, borrowed. */
const json_t *provenance_strings(const struct provenance *provenance);
/* Scripts, boothooks and the rest that is not cloud-config; runcmd as the script that it becomes.
 */
const struct provenance_part *provenance_parts(const struct provenance *provenance,
					       size_t *ret_count);
/* Whether a part of user-data or vendor-data has exactly this content. */
bool provenance_has_part(const struct provenance *provenance, const void *content, size_t size);
/* Digests of what was read: an array of "NAME sha256:HEX", borrowed. */
const json_t *provenance_digests(const struct provenance *provenance);
/* What could not be understood, and what could not be read: arrays of sentences, borrowed. */
const json_t *provenance_problems(const struct provenance *provenance);
const json_t *provenance_limits(const struct provenance *provenance);

/*
 * An authorized key's "TYPE BASE64", out of a line with options and comment (sshd(8)); NULL without
 * one. The caller frees it.
 */
char *provenance_key_of_line(const char *line, size_t length);
/* Whether the word stands in the text with something else around it. */
bool text_has_word(const char *text, const char *word);
