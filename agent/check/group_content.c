/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the reference: what a file names, by its path or by its name, and is new itself. */
#include "check/group_private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Bytes that end a path in a unit, crontab, rule or script. */
static bool ends_path(char c)
{
	return c == '\0' || strchr(" \t\r\n\"'`;|&<>()=,:{}$", c) != NULL;
}

static bool is_unit(enum kind kind)
{
	return kind == KIND_SERVICE || kind == KIND_TIMER;
}

/* Kinds whose files have a mechanism, and yet are parts of what names them. */
static const struct {
	enum kind trigger, part;
} parts[] = {
	{KIND_SSHD, KIND_SSHKEY},	{KIND_UDEV, KIND_SERVICE},
	{KIND_SERVICE, KIND_SSHD},	{KIND_SERVICE, KIND_REMOTE},
	{KIND_SERVICE, KIND_CONTAINER}, {KIND_PRELOAD, KIND_LINKER},
	{KIND_SUDO, KIND_LINKER},	{KIND_PAM, KIND_LINKER},
	{KIND_DNSHOSTS, KIND_LINKER},	{KIND_XDG, KIND_SERVICE},
	{KIND_SERVICE, KIND_PRELOAD},	{KIND_NETHOOK, KIND_TRIGGER},
	{KIND_CLOUDINIT, KIND_SERVICE}, {KIND_UDEV, KIND_CLOUDINIT},
	{KIND_NETHOOK, KIND_CLOUDINIT},
};

static bool is_part(enum kind trigger, enum kind part)
{
	if (trigger == part || (is_unit(trigger) && is_unit(part)))
		return true;
	for (size_t i = 0; i < ELEMENTS(parts); i++)
		if (parts[i].trigger == trigger && parts[i].part == part)
			return true;
	return false;
}

/* sshd reads these whoever names them. */
static bool acts_alone(const struct candidate *candidate)
{
	return candidate->kind == KIND_SSHD &&
	       (candidate->difference->kind != DIFFERENCE_UNEXPECTED ||
		strstr(candidate_path(candidate), "/sshd_config.d/"));
}

static void join_part(struct group_set *set, size_t trigger, size_t found)
{
	size_t head = group_head(set, found), own = group_head(set, trigger);
	enum kind kind = set->candidates[head].kind, named_by = set->candidates[own].kind;

	/* What was sealed and has changed was not brought by what names it. */
	if (head == own || set->candidates[found].difference->kind != DIFFERENCE_UNEXPECTED)
		return;
	/* Of what passwd names only the homes come with an account. */
	if (set->candidates[trigger].kind == KIND_ACCOUNT &&
	    candidate_type(&set->candidates[found]) != ENTRY_DIRECTORY)
		return;
	if (mechanism_get(kind)->flags & MECHANISM_GENERIC) {
		/* A script that nothing starts does not hide what is graver than itself. */
		if (!(mechanism_get(named_by)->flags & MECHANISM_GENERIC) ||
		    group_rank(set, kind) <= group_rank(set, named_by))
			group_join(set, head, own);
		return;
	}
	if (mechanism_get(named_by)->flags & MECHANISM_GENERIC || !is_part(named_by, kind) ||
	    (named_by == KIND_SERVICE && acts_alone(&set->candidates[head])))
		return;
	group_join_graver(set, head, own);
}

#define BELOW_MAX 64 /* candidates of a directory that is named as a whole */

/* Directories that many name, and that hold what has nothing to do with it. */
static bool is_common(const char *directory)
{
	static const char *const names[] = {
		"/usr/bin",	   "/usr/sbin",	     "/usr/lib",    "/usr/share", "/usr/local/bin",
		"/usr/local/sbin", "/usr/local/lib", "/var/lib",    "/var/log",	  "/var/tmp",
		"/dev/shm",	   "/etc/ssh",	     "/etc/default"};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcmp(names[i], directory) == 0)
			return true;
	/* Of the libraries' own directories each is common. */
	return strncmp(directory, "/lib/", 5) == 0 || strncmp(directory, "/usr/lib/", 9) == 0;
}

/* Some name directories of which they take all. */
static void join_below(struct group_set *set, size_t trigger, const char *directory)
{
	enum kind kind = set->candidates[trigger].kind;
	const char *slash = strrchr(directory, '/');
	size_t end, at;

	if ((kind != KIND_LINKER && kind != KIND_SUDO && kind != KIND_SSHD) || slash == directory ||
	    is_common(directory))
		return;
	at = group_find_below(set, directory, &end);
	for (size_t n = 0; at < end && n < BELOW_MAX; at++, n++)
		if (set->candidates[set->by_path[at]].kind != kind)
			join_part(set, trigger, set->by_path[at]);
}

/* Ends the path before the first component that stands for several, and without a last '/'. */
static void trim(char *path)
{
	size_t length = strcspn(path, "%*?[");

	if (path[length])
		while (length > 0 && path[length] != '/')
			length--;
	while (length > 0 && (path[length - 1] == '/' || path[length - 1] == '.'))
		length--;
	path[length] = '\0';
}

/* Whether the '/' at `at` follows what stands for the reader's home. */
static bool is_in_home(const char *content, const char *at)
{
	size_t before = (size_t)(at - content);

	return (before >= 1 && at[-1] == '~') || (before >= 5 && memcmp(at - 5, "$HOME", 5) == 0) ||
	       (before >= 7 && memcmp(at - 7, "${HOME}", 7) == 0);
}

static void join_path(struct group_set *set, size_t trigger, const char *at, size_t length)
{
	const struct candidate *candidate = &set->candidates[trigger];
	const char *own = candidate_path(candidate);
	char path[PATH_MAX];
	size_t found, home = 0;

	if (is_in_home(candidate->content, at))
		home = (size_t)(strrchr(own, '/') - own);
	if (home + length >= sizeof(path))
		return;
	memcpy(path, own, home);
	memcpy(path + home, at, length);
	path[home + length] = '\0';
	trim(path);
	if (!path[0])
		return;
	found = group_find(set, path);
	if (found != GROUP_NONE)
		join_part(set, trigger, found);
	else
		join_below(set, trigger, path);
}

static void follow_paths(struct group_set *set, size_t trigger)
{
	const struct candidate *candidate = &set->candidates[trigger];
	const char *end = candidate->content + candidate->content_size;

	for (const char *at = candidate->content; at < end;) {
		size_t length = 0;

		at = memchr(at, '/', (size_t)(end - at));
		if (!at)
			break;
		while (at + length < end && !ends_path(at[length]))
			length++;
		join_path(set, trigger, at, length);
		at += length ? length : 1;
	}
}

/* How the files of a kind are called by names instead of paths. */
static const struct {
	enum kind kind;
	const char *before, *after;
} spellings[] = {
	{KIND_SERVICE, "", ""},
	{KIND_TIMER, "", ""},
	{KIND_UDEV, "", ""},
	{KIND_PAM, "", ""},
	{KIND_KMOD, "", ".ko"},
	{KIND_KMOD, "", ".ko.xz"},
	{KIND_LINKER, "libnss_", ".so.2"},
	{KIND_DNSHOSTS, "libnss_", ".so.2"},
	{KIND_CLOUDINIT, "cc_", ".py"},
	{KIND_XDG, "", ""},
};

static void join_spelled(struct group_set *set, size_t trigger, const char *word, size_t length,
			 size_t row)
{
	char name[NAME_MAX + 16];
	size_t end, at;

	if (snprintf(name, sizeof(name), "%s%.*s%s", spellings[row].before, (int)length, word,
		     spellings[row].after) >= (int)sizeof(name))
		return;
	for (at = group_find_name(set, name, &end); at < end; at++) {
		size_t found = set->by_name[at];

		if (found != trigger &&
		    !(candidate_flags(&set->candidates[found]) & MECHANISM_GENERIC) &&
		    candidate_type(&set->candidates[found]) != ENTRY_DIRECTORY)
			join_part(set, trigger, found);
	}
}

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.' || c == '@';
}

/* Lines that order units and do not start them, and words for people. */
static bool is_aside(const char *line)
{
	static const char *const keys[] = {
		"After=", "Before=", "Conflicts=", "Description=", "PartOf=", "#", ";"};

	for (size_t i = 0; i < ELEMENTS(keys); i++)
		if (strncmp(line, keys[i], strlen(keys[i])) == 0)
			return true;
	return false;
}

static void follow_line(struct group_set *set, size_t trigger, const char *line, const char *end)
{
	enum kind kind = set->candidates[trigger].kind;

	for (const char *at = line; at < end;) {
		size_t length = 0;

		while (at + length < end && is_name_byte(at[length]))
			length++;
		/* A part of a path is no name. */
		for (size_t row = 0; row < ELEMENTS(spellings); row++)
			if (spellings[row].kind == kind && length >= 3 && length < NAME_MAX &&
			    (at == line || at[-1] != '/'))
				join_spelled(set, trigger, at, length, row);
		at += length ? length : 1;
	}
}

static bool has_names(enum kind kind)
{
	for (size_t i = 0; i < ELEMENTS(spellings); i++)
		if (spellings[i].kind == kind)
			return true;
	return false;
}

static void follow_names(struct group_set *set, size_t trigger)
{
	const struct candidate *candidate = &set->candidates[trigger];
	const char *end = candidate->content + candidate->content_size;

	if (!has_names(candidate->kind))
		return;
	for (const char *line = candidate->content; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		if (!newline)
			newline = end;
		if (!is_aside(line))
			follow_line(set, trigger, line, newline);
		line = newline + 1;
	}
}

void group_by_content(struct group_set *set)
{
	/* What starts things comes first, then the scripts that are started. */
	for (int scripts = 0; scripts < 2; scripts++)
		for (size_t i = 0; i < set->count; i++) {
			const struct candidate *candidate = &set->candidates[i];
			unsigned flags = candidate_flags(candidate);
			bool script = flags & MECHANISM_GENERIC;

			if (!candidate->content || script != scripts ||
			    !(script || flags & MECHANISM_TRIGGER) ||
			    group_is_record(candidate_path(candidate)))
				continue;
			follow_paths(set, i);
			follow_names(set, i);
		}
}
