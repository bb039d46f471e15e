/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path classes and waivers: which entries may differ, in what, and which findings are accepted;
 *what is measured first, and which mounts are gone into.
 *
 * A policy is text, one rule a line; the first class rule that matches a path wins; a path that
 *none matches is `fixed`. docs/formats.md has the grammar:
 *
 *	CLASS GLOB [mode=OCTAL] [uid=N] [gid=N] [optional]
 *	waive CODE-GLOB PATH-GLOB owner=WORD until=YYYY-MM-DD reason=REST OF LINE
 *	critical GLOB
 *	follow GLOB
 *	include default
 */
#pragma once

#include "error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum path_class {
	PATH_FIXED = 1, /* all attributes */
	PATH_MUTABLE,	/* type, owner, mode */
	PATH_APPEND,	/* type, owner, mode; the sealed content must still be its beginning */
	PATH_GENERATED, /* absent in the image, made at first boot with the stated owner and mode */
	PATH_IGNORED,	/* left out with all below it, and listed in the coverage */
	_PATH_CLASS_MAX,
	_PATH_CLASS_INVALID = -EINVAL,
};

const char *path_class_to_string(enum path_class class);
enum path_class path_class_from_string(const char *text);

#define POLICY_TEXT_MAX	 (1024 * 1024)
#define POLICY_RULES_MAX 4096

struct policy_rule {
	enum path_class class;
	char *glob;
	size_t literal; /* bytes at the beginning of the glob that stand for themselves */
	uint64_t head;	/* the first eight of them, or fewer and zeros */
	uint64_t mask;	/* all ones in the bytes of `head` that are set */
	bool optional;	/* may also be absent */
	bool has_mode, has_uid, has_gid;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct policy_waiver {
	char *code_glob;
	char *path_glob;
	char *owner;
	char *until; /* YYYY-MM-DD, last day in force */
	char *reason;
	int64_t until_seconds; /* first second (UTC) after that day */
};

struct policy_glob {
	char *glob;
	size_t literal; /* bytes at its beginning that stand for themselves */
	size_t depth;	/* how many '/' a path has that it matches; SIZE_MAX: any number */
};

#define POLICY_CHECK_MAX 32 /* bytes of a check's name */

struct policy;

/* Parses text; `name` and the line number stand in each reason. -EINVAL. */
int policy_parse(const char *text, size_t size, const char *name, struct policy **ret,
		 struct error *error) _must_check_;
int policy_load(const char *path, struct policy **ret, struct error *error) _must_check_;
/* The built-in default for Debian, Ubuntu and cloud-init. */
int policy_new_default(struct policy **ret, struct error *error) _must_check_;
const char *policy_default_text(void);
void policy_free(struct policy *policy);
DEFINE_CLEANUP(struct policy *, policy_free)

/* Whether `check NAME off` stands in it, and all names for which it does. */
bool policy_is_off(const struct policy *policy, const char *check);
const char *const *policy_list_off(const struct policy *policy, size_t *ret_count);

/* The text it was parsed from, with `include default` replaced by the default's text. */
const char *policy_get_text(const struct policy *policy);
/* The rule for an absolute path inside the root ("/etc/passwd"); NULL means fixed without further
 * conditions. */
const struct policy_rule *policy_match(const struct policy *policy, const char *path);
/* The waiver for a finding; expired ones are returned too, the caller looks at until_seconds. NULL:
 * none. */
const struct policy_waiver *policy_match_waiver(const struct policy *policy, const char *code,
						const char *path);
const struct policy_rule *policy_list_rules(const struct policy *policy, size_t *ret_count);
const struct policy_waiver *policy_list_waivers(const struct policy *policy, size_t *ret_count);

/* Whether a path belongs to what is measured first. */
bool policy_is_critical(const struct policy *policy, const char *path);
/* Whether a critical path can lie below this one. */
bool policy_leads_to_critical(const struct policy *policy, const char *path);
/* Whether what is mounted at the path is measured with the rest. */
bool policy_follows(const struct policy *policy, const char *path);
/* Sorted bytewise by what stands before the first byte that is special in a glob. */
const struct policy_glob *policy_list_critical(const struct policy *policy, size_t *ret_count);
/* In the order of the text. */
const struct policy_glob *policy_list_follows(const struct policy *policy, size_t *ret_count);

/*
 * Glob match over whole paths: ? and [] match one byte but never '/', * any bytes within one
 * component, ** any bytes; "DIR/" followed by "**" matches what is below DIR and not DIR. Bytes are
 * compared literally; backslash takes the next byte as it is. Runs in time O(pattern x path).
 */
bool glob_match(const char *glob, const char *path);
