/* SPDX-License-Identifier: Apache-2.0 */
#include "check/command.h"

#include <string.h>

/* Where everybody may write (hier(7)), links on the way to them included. */
static const char *const temporary[] = {
	"/tmp/",	"/var/tmp/",  "/dev/shm/",  "/run/user/",  "/run/shm/",
	"/dev/mqueue/", "/run/lock/", "/var/lock/", "/var/crash/", "/var/run/user/",
};

/* Directories of a home or of an application in which programs are usual. */
static const char *const usual[] = {
	".local", ".config", ".cargo", ".rustup",  ".nvm",    ".pyenv",
	".rbenv", ".npm",    ".venv",  ".acme.sh", ".dotnet", ".poetry",
};

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_temporary(const char *path)
{
	for (size_t i = 0; i < ELEMENTS(temporary); i++)
		if (starts_with(path, temporary[i]))
			return true;
	return false;
}

static bool is_home(const char *path)
{
	return starts_with(path, "/home/") || starts_with(path, "~") ||
	       starts_with(path, "$HOME") || starts_with(path, "${HOME}");
}

static bool is_usual(const char *name, size_t length)
{
	for (size_t i = 0; i < ELEMENTS(usual); i++)
		if (strlen(usual[i]) == length && memcmp(usual[i], name, length) == 0)
			return true;
	return false;
}

/* A component that listings leave out, or that looks like nothing. */
static bool is_hidden(const char *name, size_t length, bool in_home)
{
	if (length == 0 || (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'))))
		return false;
	if (name[length - 1] == ' ')
		return true;
	return name[0] == '.' && !(in_home && is_usual(name, length));
}

static bool has_hidden(const char *path)
{
	bool in_home = is_home(path) || starts_with(path, "/root/") || starts_with(path, "/opt/") ||
		       starts_with(path, "/srv/") || starts_with(path, "/var/lib/");

	while (*path) {
		size_t length = strcspn(path, "/");

		if (is_hidden(path, length, in_home && path[length]))
			return true;
		path += length + (path[length] == '/');
	}
	return false;
}

unsigned command_judge_place(const char *path)
{
	unsigned judged = 0;

	if (is_temporary(path))
		judged |= JUDGED_TEMPORARY;
	if (is_home(path))
		judged |= JUDGED_HOME;
	if (has_hidden(path))
		judged |= JUDGED_HIDDEN;
	return judged;
}
