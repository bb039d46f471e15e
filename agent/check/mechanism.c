/* SPDX-License-Identifier: Apache-2.0 */
#include "check/mechanism.h"

#include "check/mechanism_place.h"
#include "check/name.h"

#include <string.h>
#include <sys/stat.h>

static const struct mechanism mechanisms[_KIND_MAX] = {
	[KIND_FILE] = {"file", "File", MECHANISM_GENERIC | MECHANISM_MINOR},
	[KIND_BINARY] = {"binary", "Program", MECHANISM_GENERIC | MECHANISM_MINOR},
	[KIND_HIDDEN] = {"hidden", "Hidden file", MECHANISM_GENERIC | MECHANISM_MINOR},
	[KIND_SUID] = {"suid", "Privileged program", MECHANISM_GENERIC},
	[KIND_SERVICE] = {"service", "Unit", MECHANISM_TRIGGER},
	[KIND_TIMER] = {"timer", "Timer", MECHANISM_TRIGGER},
	[KIND_CRON] = {"cron", "Cron job", MECHANISM_TRIGGER},
	[KIND_AT] = {"at", "At job", MECHANISM_TRIGGER},
	[KIND_INIT] = {"init", "Init script", MECHANISM_TRIGGER},
	[KIND_SSHKEY] = {"sshkey", "SSH key file", MECHANISM_TRIGGER},
	[KIND_SSHD] = {"sshd", "SSH server setting", MECHANISM_TRIGGER},
	[KIND_ACCOUNT] = {"account", "Account file", MECHANISM_TRIGGER},
	[KIND_SUDO] = {"sudo", "Sudo rule", MECHANISM_TRIGGER},
	[KIND_POLKIT] = {"polkit", "Polkit rule", MECHANISM_TRIGGER},
	[KIND_PRELOAD] = {"preload", "Preload list", MECHANISM_TRIGGER},
	[KIND_LINKER] = {"linker", "Linker setting", MECHANISM_TRIGGER},
	[KIND_PAM] = {"pam", "PAM file", MECHANISM_TRIGGER},
	[KIND_KMOD] = {"kmod", "Kernel module file", MECHANISM_TRIGGER},
	[KIND_BOOT] = {"boot", "Boot file", MECHANISM_TRIGGER},
	[KIND_UDEV] = {"udev", "Udev rule", MECHANISM_TRIGGER},
	[KIND_SHELL] = {"shell", "Shell start-up file", MECHANISM_TRIGGER},
	[KIND_PKGHOOK] = {"pkghook", "Package manager hook", MECHANISM_TRIGGER},
	[KIND_APTSOURCE] = {"aptsource", "Package source", MECHANISM_TRIGGER},
	[KIND_CA] = {"ca", "CA certificate", 0},
	[KIND_NETHOOK] = {"nethook", "Network hook", MECHANISM_TRIGGER},
	[KIND_MOTD] = {"motd", "Login message script", MECHANISM_TRIGGER},
	[KIND_XDG] = {"xdg", "Autostart entry", MECHANISM_TRIGGER},
	[KIND_CLOUDINIT] = {"cloudinit", "Cloud-init file", MECHANISM_TRIGGER},
	[KIND_CONTAINER] = {"container", "Container file", MECHANISM_TRIGGER},
	[KIND_DNSHOSTS] = {"dnshosts", "Name resolution file", MECHANISM_TRIGGER},
	[KIND_DEFENSE] = {"defense", "Logging or security setting", MECHANISM_TRIGGER},
	[KIND_SECRET] = {"secret", "Credential file", 0},
	[KIND_REMOTE] = {"remote", "Remote access setting", MECHANISM_TRIGGER},
	[KIND_TRIGGER] = {"trigger", "Autostart file", MECHANISM_TRIGGER},
};

const struct mechanism *mechanism_get(enum kind kind)
{
	return &mechanisms[kind];
}

/* Units whose work is to record, to stop or to mend. */
static const char *const guards[] = {
	"apparmor",   "apt-daily",
	"audit",      "auditd",
	"augenrules", "clamav",
	"chrony",     "crowdsec",
	"falco",      "fail2ban",
	"firewalld",  "goldseal",
	"iptables",   "netfilter",
	"nftables",   "osquery",
	"rsyslog",    "selinux",
	"syslog",     "systemd-journald",
	"ufw",	      "unattended-upgrades",
	"wazuh",      "systemd-timesyncd",
	"debsums",    "aide",
};

static bool is_guard(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	for (size_t i = 0; i < ELEMENTS(guards); i++)
		if (strncmp(name, guards[i], strlen(guards[i])) == 0)
			return true;
	return false;
}

static bool leads_nowhere(const struct difference *difference)
{
	return difference->actual.type == ENTRY_LINK && difference->actual.link &&
	       strcmp(difference->actual.link, "/dev/null") == 0;
}

/* A guard that is masked or no longer started, and a history that goes nowhere. */
static bool is_switched_off(const struct difference *difference, enum kind kind)
{
	if (kind == KIND_SECRET)
		return leads_nowhere(difference);
	if (kind != KIND_SERVICE && kind != KIND_TIMER)
		return false;
	return is_guard(difference->path) &&
	       (leads_nowhere(difference) || difference->kind == DIFFERENCE_MISSING);
}

/* Zero for what is not a regular file: the execute bits of a directory mean something else. */
static mode_t file_mode(const struct entry *entry)
{
	return entry->type == ENTRY_FILE ? entry->mode : 0;
}

/* A program that has come to run with more rights than its caller. */
static bool is_privileged(const struct difference *difference)
{
	mode_t gained = file_mode(&difference->actual) & ~file_mode(&difference->expected);

	if (difference->actual.type != ENTRY_FILE || difference->kind == DIFFERENCE_MISSING)
		return false;
	return (gained & (S_ISUID | S_ISGID)) || (difference->attributes & ATTRIBUTE_CAPABILITY) ||
	       (difference->kind == DIFFERENCE_UNEXPECTED &&
		difference->actual.xattrs[XATTR_CAPABILITY].data);
}

static bool has_suffix(const char *path, const char *const *suffixes, size_t count)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < count; i++)
		if (strcmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

/* What an interpreter runs needs no execute bit. */
static bool is_interpreted(const char *path)
{
	static const char *const suffixes[] = {".py",  ".pyc", ".pl", ".pm",  ".rb",	".js",
					       ".mjs", ".php", ".sh", ".lua", ".class", ".jar"};

	return has_suffix(path, suffixes, ELEMENTS(suffixes));
}

/* Programs, and libraries by their usual places and names. */
static bool is_binary(const struct difference *difference)
{
	const char *path = difference->path, *name = strrchr(path, '/') + 1;
	const char *so = strstr(name, ".so");

	if ((file_mode(&difference->actual) | file_mode(&difference->expected)) & 0111)
		return true;
	return (so && (so[3] == '\0' || so[3] == '.')) || is_interpreted(path) ||
	       strstr(path, "/bin/") || strstr(path, "/sbin/");
}

/* Directories that are usual although their names begin with a dot. */
static bool is_usual(const char *component, size_t length)
{
	static const char *const names[] = {".X11-unix",  ".ICE-unix", ".XIM-unix", ".font-unix",
					    ".Test-unix", ".build-id", ".git",	    ".gitignore"};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strlen(names[i]) == length && strncmp(component, names[i], length) == 0)
			return true;
	return false;
}

/* Bytes of the path that lead to a home, in which dot files are usual. */
static size_t home_length(const char *path)
{
	size_t length;

	if (strncmp(path, "/root/", 6) == 0)
		return 5;
	if (strncmp(path, "/etc/skel/", 10) == 0)
		return 9;
	if (strncmp(path, "/home/", 6) != 0)
		return 0;
	length = 6 + strcspn(path + 6, "/");
	return path[length] ? length : 0;
}

/* A dot file or directory outside the places where they are usual, or an odd name anywhere. */
static bool is_hidden(const char *path)
{
	struct name_reading reading;
	const char *at = path;

	name_read(path, &reading);
	if (reading.oddity != NAME_USUAL)
		return true;
	if (home_length(path) > 0)
		return false;
	while ((at = strstr(at, "/."))) {
		size_t length = strcspn(++at, "/");

		if (!is_usual(at, length))
			return true;
	}
	return false;
}

/* Where everybody may write, and no program belongs. */
static bool is_shared(const char *path)
{
	static const char *const shared[] = {"/tmp/",	    "/var/tmp/",  "/dev/shm/", "/run/shm/",
					     "/var/crash/", "/run/lock/", "/var/lock/"};

	for (size_t i = 0; i < ELEMENTS(shared); i++)
		if (strncmp(path, shared[i], strlen(shared[i])) == 0)
			return true;
	return false;
}

const char *mechanism_odd_place(const struct difference *difference)
{
	const char *path = difference->path;
	bool below_dev = strncmp(path, "/dev/", 5) == 0;

	if (difference->kind != DIFFERENCE_UNEXPECTED)
		return NULL;
	if (difference->actual.type == ENTRY_BLOCK || difference->actual.type == ENTRY_CHAR)
		return below_dev ? NULL : "a device node outside /dev";
	if (difference->actual.type != ENTRY_FILE)
		return NULL;
	if (is_binary(difference) && name_imitates_kernel(path))
		return "it is named like a thread of the kernel";
	if (is_shared(path) && is_binary(difference))
		return "a program where everybody may write";
	return below_dev ? "a regular file among the devices" : NULL;
}

static bool is_regular(const struct difference *difference)
{
	return difference->actual.type == ENTRY_FILE || difference->expected.type == ENTRY_FILE;
}

static enum kind find_generic(const struct difference *difference)
{
	if (difference->kind == DIFFERENCE_UNEXPECTED &&
	    (is_hidden(difference->path) || mechanism_odd_place(difference)))
		return KIND_HIDDEN;
	return is_regular(difference) && is_binary(difference) ? KIND_BINARY : KIND_FILE;
}

enum kind mechanism_find(const struct difference *difference)
{
	enum kind kind;

	/* The root itself has no name. */
	if (!difference->path[1])
		return KIND_FILE;
	if (is_privileged(difference))
		return KIND_SUID;
	kind = mechanism_place(difference->path);
	if (kind == KIND_FILE)
		return find_generic(difference);
	return is_switched_off(difference, kind) ? KIND_DEFENSE : kind;
}

bool mechanism_is_minor(const struct difference *difference)
{
	return difference->kind == DIFFERENCE_PROBLEM ||
	       (mechanisms[mechanism_find(difference)].flags & MECHANISM_MINOR);
}
