/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules of the explain_*.c files share. */
#pragma once

#include "check/check.h"
#include "check/explanation.h"

#define TEXT_MAX (1024 * 1024) /* bytes read of a file whose lines are judged */

struct installed; /* installed.c */

struct explainer {
	const struct check_context *context;
	const struct provenance *provenance;
	struct explanation *items;
	struct installed *installed;
	size_t looked; /* files whose lines were looked for in commands */
};

/*
 * A rule: 1 when it explains the difference, 0 when it does not, -ENOMEM. `text` is the row's own
 * word for it.
 */
typedef int explain_fn(struct explainer *explainer, const struct difference *difference,
		       const char *text, struct explanation *ret);

/* The outcomes; each replaces an earlier text. */
int explain_as(struct explanation *ret, enum severity severity, const char *format, ...)
	_printf_(3, 4);
/* By signs that do not prove it: low, and a suspect still. */
int explain_weakly(struct explanation *ret, const char *format, ...) _printf_(2, 3);
int explain_remark(struct explanation *ret, const char *format, ...) _printf_(2, 3);

/* The whole file with a NUL after it; NULL when it cannot be read or is larger than TEXT_MAX. */
char *explainer_read(const struct explainer *explainer, const char *path, size_t *ret_size);
/* Whether nothing differs at the path, or what differs is explained; it may not be there at all. */
bool explainer_trusts(const struct explainer *explainer, const char *path);
/* The difference of a path, of any kind, or NULL. */
const struct difference *explainer_find(const struct explainer *explainer, const char *path);
bool explainer_exists(const struct explainer *explainer, const char *path);
/* Where a link leads, as text, from the root; NULL when it is no link. The caller frees it. */
char *link_resolve(const char *path, const char *target);

/* explain_text.c */
explain_fn explain_lines, explain_hosts, explain_sources, explain_fstab, explain_declared_lines;
/* explain_account.c */
explain_fn explain_account;
/* explain_login.c */
explain_fn explain_keys, explain_sudoers, explain_home, explain_mailbox;
/* explain_cloud.c */
explain_fn explain_state, explain_script, explain_instance_link, explain_file, explain_mentioned,
	explain_agent, explain_feature, explain_log, explain_private, explain_command_state,
	explain_data;
/* explain_certificate.c */
explain_fn explain_certificate, explain_bundle;
/* explain_package.c and explain_made.c */
explain_fn explain_package, explain_database, explain_made, explain_override, explain_cache,
	explain_bytecode, explain_removed, explain_kernel, explain_paths;
/* explain_unit.c */
explain_fn explain_enablement, explain_alternative, explain_trusted_link, explain_zone;

int installed_read(struct explainer *explainer) _must_check_;
void installed_free(struct installed *installed);
DEFINE_CLEANUP(struct installed *, installed_free)
/* Whether the first boot installed or upgraded any package that was declared. */
bool installed_any(const struct installed *installed);
/* Of these, one whose name begins like this. */
bool installed_has(const struct installed *installed, const char *start);
/* Of these, one by whose name a part of the path begins; NULL when there is none. */
const char *installed_named(const struct installed *installed, const char *path);
/* Whether a package went or changed so that files of it may be gone. */
bool installed_took_away(const struct installed *installed);
/* Which of these packages has the path, and its MD5 sum there, empty for what has none; or NULL. */
const char *installed_owner(const struct installed *installed, const char *path,
			    const char **ret_md5);
/* The version of one of these packages, NULL when it is none, and how far it is vouched for. */
const char *installed_version(const struct installed *installed, const char *name,
			      enum severity *ret_severity);
/* Whether the missing path is one that no package has any more. */
bool installed_has_lost(const struct installed *installed, const char *path);
/* The package of a file of dpkg's info directory, "libc6:amd64.list"; the caller frees it. */
char *package_of_info(const char *path);
/* Whether packages were to be installed, even if dpkg's lists say that they were there already. */
bool explainer_wants_packages(const struct explainer *explainer);
/* A file of dpkg's that only records, and from which nothing runs. */
bool explainer_is_dpkg_data(const struct explainer *explainer, const char *path);
/* Whether the difference's path is there, and what is there is explained. */
bool explainer_vouches(const struct explainer *explainer, const char *path);
