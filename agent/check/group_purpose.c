/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are written together, and what is derived from others. */
#include "check/group_private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* passwd, shadow and group change together when one account comes. */
static void join_accounts(struct group_set *set)
{
	static const char *const files[] = {
		"/etc/passwd", "/etc/shadow",	"/etc/group",	"/etc/gshadow",
		"/etc/subuid", "/etc/subgid",	"/etc/passwd-", "/etc/shadow-",
		"/etc/group-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-",
	};
	size_t head = GROUP_NONE;

	for (size_t i = 0; i < ELEMENTS(files); i++) {
		size_t found = group_find_exact(set, files[i]);

		if (found != GROUP_NONE && head != GROUP_NONE)
			group_join(set, found, head);
		else if (found != GROUP_NONE)
			head = found;
	}
}

/*
 * What programs make out of other files. It belongs to the first file of the kind that came, since
 * nobody has to look at it by itself.
 */
static const struct {
	enum kind kind;
	const char *path;   /* of what is made, or its beginning */
	const char *source; /* the end of what it is made of */
} derived[] = {
	{KIND_CA, "/etc/ssl/certs/ca-certificates.crt", ""},
	{KIND_CA, "/etc/ssl/certs/java/cacerts", ""},
	{KIND_CA, "/etc/ca-certificates.conf", ""},
	{KIND_LINKER, "/etc/ld.so.cache", ""},
	{KIND_AT, "/var/spool/cron/atjobs/.SEQ", ""},
	{KIND_KMOD, "/usr/lib/modules/*/modules.", ".ko"},
	{KIND_KMOD, "/lib/modules/*/modules.", ".ko"},
};

/* '*' stands for one component. */
static bool begins_with(const char *path, const char *beginning)
{
	for (; *beginning; beginning++) {
		if (*beginning == '*') {
			path += strcspn(path, "/");
			continue;
		}
		if (*path++ != *beginning)
			return false;
	}
	return true;
}

static bool is_derived(const char *path, enum kind kind)
{
	for (size_t i = 0; i < ELEMENTS(derived); i++)
		if (derived[i].kind == kind && begins_with(path, derived[i].path))
			return true;
	return false;
}

/* systemd --user of an account that lingers starts the units of its home. */
static void join_linger(struct group_set *set)
{
	static const char linger[] = "/var/lib/systemd/linger";
	size_t end, start = group_find_below(set, linger, &end);

	for (size_t at = start; at < end; at++) {
		const char *user = group_name(&set->candidates[set->by_path[at]]);
		char home[PATH_MAX];
		size_t stop, unit;

		(void)snprintf(home, sizeof(home), "%s%s/.config/systemd/user",
			       strcmp(user, "root") == 0 ? "/" : "/home/", user);
		for (unit = group_find_below(set, home, &stop); unit < stop; unit++)
			if (candidate_type(&set->candidates[set->by_path[unit]]) == ENTRY_FILE)
				break;
		if (unit < stop)
			group_join(set, set->by_path[at], set->by_path[unit]);
	}
}

static bool is_source(const struct candidate *candidate, enum kind kind, const char *end)
{
	const char *path = candidate_path(candidate);
	size_t length = strlen(path), n = strlen(end);

	return candidate->kind == kind && candidate->difference->kind != DIFFERENCE_PROBLEM &&
	       candidate_type(candidate) == ENTRY_FILE && !is_derived(path, kind) && length > n &&
	       strcmp(path + length - n, end) == 0;
}

static void join_derived(struct group_set *set)
{
	for (size_t row = 0; row < ELEMENTS(derived); row++) {
		enum kind kind = derived[row].kind;
		size_t source = GROUP_NONE;

		for (size_t i = set->count; i-- > 0;)
			if (is_source(&set->candidates[i], kind, derived[row].source))
				source = i;
		for (size_t i = 0; source != GROUP_NONE && i < set->count; i++)
			if (set->candidates[i].kind == kind &&
			    begins_with(candidate_path(&set->candidates[i]), derived[row].path))
				group_join(set, i, source);
	}
}

/* What several switches turn off together. */
static bool is_about(const struct candidate *candidate, const char *purpose)
{
	return candidate->kind == KIND_DEFENSE &&
	       candidate->difference->kind != DIFFERENCE_PROBLEM &&
	       strstr(candidate_path(candidate), purpose) &&
	       (candidate_type(candidate) == ENTRY_LINK ||
		strncmp(candidate_path(candidate), "/etc/apt/", 9) == 0);
}

static void join_switches(struct group_set *set)
{
	static const char *const purposes[] = {"apt",	   "audit", "syslog",  "journal",
					       "apparmor", "ufw",   "nftables"};

	for (size_t p = 0; p < ELEMENTS(purposes); p++) {
		size_t head = GROUP_NONE;

		for (size_t i = 0; i < set->count; i++) {
			if (!is_about(&set->candidates[i], purposes[p]))
				continue;
			if (head == GROUP_NONE)
				head = i;
			else
				group_join(set, i, head);
		}
	}
}

void group_by_purpose(struct group_set *set)
{
	join_accounts(set);
	join_linger(set);
	join_derived(set);
	join_switches(set);
}

#define INFO "/var/lib/dpkg/info/"

bool group_is_record(const char *path)
{
	static const char *const ends[] = {".list",    ".md5sums",  ".conffiles", ".shlibs",
					   ".symbols", ".triggers", ".templates"};
	const char *dot = strrchr(path, '.');

	if (strncmp(path, INFO, strlen(INFO)) != 0 || !dot)
		return false;
	for (size_t i = 0; i < ELEMENTS(ends); i++)
		if (strcmp(dot, ends[i]) == 0)
			return true;
	return false;
}

/* The gravest of the candidates that the record names; md5sums have no '/' before the path. */
static size_t find_recorded(struct group_set *set, const struct candidate *record)
{
	const char *end = record->content + record->content_size;
	size_t best = GROUP_NONE;

	for (char *line = record->content; line < end;) {
		char *newline = memchr(line, '\n', (size_t)(end - line));
		char *name = newline ? memrchr(line, ' ', (size_t)(newline - line)) : NULL;
		size_t found;

		if (!newline)
			break;
		*newline = '\0';
		if (name)
			*name = '/';
		found = group_find(set, name ? name : line);
		if (name)
			*name = ' ';
		*newline = '\n';
		line = newline + 1;
		if (found == GROUP_NONE ||
		    candidate_type(&set->candidates[found]) == ENTRY_DIRECTORY)
			continue;
		if (best == GROUP_NONE || group_rank(set, set->candidates[found].kind) >
						  group_rank(set, set->candidates[best].kind))
			best = found;
	}
	return best;
}

/* The part of a name that is the package's, of a file in dpkg's database. */
static bool is_same_package(const char *path, const char *other)
{
	size_t length = (size_t)(strrchr(path, '.') - path);

	return strncmp(path, other, length) == 0 && other[length] == '.' &&
	       !strchr(other + length + 1, '.');
}

/* What dpkg keeps of one package is one thing, and is named by the script that acts. */
static void join_same_package(struct group_set *set)
{
	size_t end, last = GROUP_NONE;

	for (size_t at = group_find_below(set, "/var/lib/dpkg/info", &end); at < end; at++) {
		size_t index = set->by_path[at];
		const char *path = candidate_path(&set->candidates[index]);

		if (!strrchr(path, '.'))
			continue;
		if (last != GROUP_NONE &&
		    is_same_package(path, candidate_path(&set->candidates[last]))) {
			bool record = group_is_record(candidate_path(&set->candidates[last]));

			/* A record that follows a program stays with it. */
			if (!record || group_head(set, last) == last)
				group_join(set, record ? last : index, record ? index : last);
		}
		last = index;
	}
}

static void join_status(struct group_set *set)
{
	static const char *const files[] = {"/var/lib/dpkg/status", "/var/lib/dpkg/status-old"};
	size_t end, at = group_find_below(set, "/var/lib/dpkg/info", &end);

	for (size_t i = 0; at < end && i < ELEMENTS(files); i++) {
		size_t found = group_find_exact(set, files[i]);

		if (found != GROUP_NONE)
			group_join(set, found, set->by_path[at]);
	}
}

/* A record of a package follows what it records; the maintainer scripts act and stay. */
void group_by_package(struct group_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct candidate *candidate = &set->candidates[i];
		size_t found;

		if (!group_is_record(candidate_path(candidate)) || !candidate->content)
			continue;
		found = find_recorded(set, candidate);
		if (found != GROUP_NONE)
			group_join(set, i, found);
	}
	join_same_package(set);
	join_status(set);
}
