/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose every line is of a kind that can do no harm, or that was declared. */
#include "check/explanation_private.h"

#include "digest.h"
#include "text.h"

#include <ctype.h>
#include <regex.h>
#include <string.h>

#define COMMENT "[ \t]*(#.*)?|"
#define SAFE	"[A-Za-z0-9_.,:@%+/ -]*"

/*
 * By the word in the rule: what each whole line has to look like, as an extended regular expression
 * (regex(7)), and why the file is then explained. What a shell reads has no byte that one expands.
 */
static const struct shape {
	const char *name;
	const char *lines;
	const char *reason;
	const char *key;      /* of cloud-config, without which it is not explained */
	const char *switched; /* the same, and switched on */
	bool weak;
} shapes[] = {
	{"name", "[A-Za-z0-9.-]{1,253}", "the name that the instance was given", NULL, NULL, false},
	{"timezone", "[A-Za-z0-9_+/-]{1,64}", "the instance's time zone", NULL, NULL, false},
	{"locale", COMMENT "(LANG|LANGUAGE|LC_[A-Z]+)=\"?[A-Za-z0-9_.@:-]*\"?",
	 "the instance's locale", NULL, NULL, false},
	{"locale.gen", COMMENT "[A-Za-z0-9_.@-]+ [A-Za-z0-9_-]+", "the instance's locale", NULL,
	 NULL, false},
	{"keyboard",
	 COMMENT "(XKB[A-Z]+|BACKSPACE|CHARMAP|CODESET|FONT(FACE|SIZE)?|KEYMAP|VIDEOMODE|"
		 "ACTIVE_CONSOLES|SCREEN_(WIDTH|HEIGHT))=(\"[]A-Za-z0-9_.,:+/ [-]*\"|[A-Za-z0-9_."
		 ",:+/-]*)",
	 "the instance's keyboard and console", NULL, NULL, false},
	{"datasources", COMMENT "datasource_list: *\\[[A-Za-z0-9, ]*\\]",
	 "the list of datasources that cloud-init's package keeps", NULL, NULL, false},
	{"interfaces",
	 COMMENT "(auto|allow-hotplug)( [A-Za-z0-9:._-]+)+|"
		 "iface [A-Za-z0-9:._-]+ inet6? (dhcp|static|manual|loopback|auto)|"
		 "[ \t]+(address|netmask|gateway|broadcast|network|dns-nameservers|dns-search|mtu|"
		 "metric|hwaddress|accept_ra|autoconf|control-alias|bond[-_][a-z_-]+|bridge_[a-z]+|"
		 "vlan[-_][a-z_-]+) " SAFE "|"
		 "[ \t]*(post-up|pre-down) route (add|del) [A-Za-z0-9.:/ -]+( \\|\\| true)?",
	 "the network that the datasource described", NULL, NULL, false},
	{"anything", ".*", "the network that the datasource described", NULL, NULL, false},
	{"assignments", COMMENT ";.*|\\[[A-Za-z0-9_-]+\\]|[A-Za-z0-9._-]+ ?=.*",
	 "the network that the datasource described", NULL, NULL, false},
	{"net.rules",
	 COMMENT "((SUBSYSTEM|ACTION|DRIVERS|KERNEL|ATTR\\{(address|dev_id|type)\\})=="
		 "\"[^\"$]*\", *)+NAME=\"[A-Za-z0-9._-]+\"",
	 "the names of the network interfaces", NULL, NULL, false},
	{"hotplug.rules",
	 COMMENT "ACTION!?=+\"[a-z|]+\", GOTO=\"[a-z_]+\"|LABEL=\"[a-z_]+\"|"
		 "SUBSYSTEM==\"[a-z|]+\", RUN\\+=\"/usr/lib(exec)?/cloud-init/hook-hotplug\"",
	 "cloud-init's own hotplug rule", NULL, NULL, false},
	{"resolver",
	 COMMENT "nameserver (127\\.|10\\.|169\\.254\\.|192\\.168\\.|172\\.(1[6-9]|2[0-9]|3[01])"
		 "\\.|::1$|f[de])[0-9a-fA-F.:%]*|(search|domain|options|sortlist) " SAFE,
	 "name servers inside the instance's own network", NULL, NULL, true},
	{"ntp",
	 COMMENT
	 "\\[Time\\]|(Fallback)?NTP=[A-Za-z0-9.: -]*|(server|pool|peer|keyfile|driftfile|"
	 "ntsdumpdir|logdir|maxupdateskew|rtcsync|makestep|leapsectz|confdir|sourcedir|"
	 "restrict|statistics|filegen|leapfile|tos|disable|statsdir|tinker|interface)( " SAFE ")?",
	 "the time servers of ntp in user-data", "ntp", NULL, false},
	{"sshd", COMMENT "PasswordAuthentication no",
	 "ssh_pwauth: logging in with a password stays off", NULL, NULL, false},
	{"sshd", COMMENT "PasswordAuthentication (yes|no)", "ssh_pwauth of user-data", NULL,
	 "ssh_pwauth", false},
	{"pipelining", "(//.*)?|Acquire::http::Pipeline-Depth \"[0-9]+\";",
	 "apt_pipelining of cloud-init", NULL, NULL, false},
	{"proxy", "(//.*)?|Acquire::([A-Za-z]+::)?Proxy \"[A-Za-z0-9.:/@_-]*\";",
	 "the proxy of apt in user-data", "apt", NULL, false},
};

/* Whether the expression matches each line wholly. */
static bool lines_match(const char *expression, const char *text)
{
	_cleanup_free_ char *whole = NULL, *copy = strdup(text);
	char *rest = copy, *line;
	bool all = true;
	regex_t compiled;

	if (!copy || asprintf(&whole, "^(%s)$", expression) < 0) {
		whole = NULL;
		return false;
	}
	if (regcomp(&compiled, whole, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	while (all && (line = strsep(&rest, "\n")))
		all = *line == '\0' || regexec(&compiled, line, 0, NULL, 0) == 0;
	regfree(&compiled);
	return all;
}

int explain_lines(struct explainer *explainer, const struct difference *difference,
		  const char *text, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);

	/* What follows a NUL would not be looked at. */
	if (!data || strlen(data) != size)
		return 0;
	for (size_t i = 0; i < ELEMENTS(shapes); i++) {
		const struct shape *shape = &shapes[i];

		if (strcmp(shape->name, text) != 0 ||
		    (shape->key &&
		     !provenance_declares_key_of(explainer->provenance, shape->key)) ||
		    (shape->switched &&
		     !provenance_switches_on(explainer->provenance, shape->switched)))
			continue;
		if (lines_match(shape->lines, data))
			return shape->weak ? explain_weakly(ret, "%s", shape->reason)
					   : explain_as(ret, SEVERITY_INFO, "%s", shape->reason);
	}
	return 0;
}

static bool is_blank_or_comment(const char *line, size_t length)
{
	while (length > 0 && isspace((unsigned char)*line))
		line++, length--;
	return length == 0 || *line == '#';
}

static bool is_local_address(const char *word)
{
	return strncmp(word, "127.", 4) == 0 || strcmp(word, "::1") == 0 ||
	       strncmp(word, "ff02::", 6) == 0 || strncmp(word, "fe00::", 6) == 0 ||
	       strncmp(word, "ff00::", 6) == 0;
}

static bool is_own_name(const struct explainer *explainer, const char *name)
{
	return strncmp(name, "localhost", 9) == 0 || strncmp(name, "ip6-", 4) == 0 ||
	       provenance_declares_name(explainer->provenance, name, strlen(name));
}

/* The first line that gives another name or address than the instance's own; NULL when none does.
 */
static char *find_foreign_host(const struct explainer *explainer, const char *data)
{
	_cleanup_free_ char *copy = strdup(data);
	char *rest = copy, *line;

	while (copy && (line = strsep(&rest, "\n"))) {
		_cleanup_free_ char *whole = strndup(line, strcspn(line, "#"));
		char *words, *word, *inner = whole ? strdup(whole) : NULL;
		bool first = true, own = true;

		if (!inner)
			return strdup(line);
		words = inner;
		while (own && (word = strsep(&words, " \t\r"))) {
			if (*word == '\0')
				continue;
			own = first ? is_local_address(word) : is_own_name(explainer, word);
			first = false;
		}
		free(inner);
		if (!own)
			return TAKE_PTR(whole);
	}
	return copy ? NULL : strdup("");
}

int explain_hosts(struct explainer *explainer, const struct difference *difference,
		  const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	_cleanup_free_ char *foreign = NULL;

	if (!data || strlen(data) != size)
		return 0;
	foreign = find_foreign_host(explainer, data);
	if (foreign)
		return explain_remark(ret, "not the instance's own: %s", foreign);
	return explain_as(ret, SEVERITY_INFO, "the name that the instance was given");
}

/* Whether what is left without the lines that `is_own` has is what was sealed. */
static bool is_sealed_without(const struct difference *difference, const char *data,
			      bool (*is_own)(const char *line, size_t length))
{
	_cleanup_buffer_ struct buffer rest = {};
	struct digest digest;
	bool any = false;

	while (*data) {
		size_t length = strcspn(data, "\n");
		size_t whole = length + (data[length] == '\n');

		if (!is_own(data, length)) {
			any |= !is_blank_or_comment(data, length);
			if (buffer_append(&rest, data, whole) < 0)
				return false;
		}
		data += whole;
	}
	if (difference->kind == DIFFERENCE_UNEXPECTED)
		return !any;
	return difference->expected.has & ENTRY_HAS_DIGEST &&
	       digest_compute(rest.data ? rest.data : "", rest.size, &digest) == 0 &&
	       digest_is_equal(&digest, &difference->expected.digest);
}

static bool is_cloud_mount(const char *line, size_t length)
{
	return memmem(line, length, "comment=cloudconfig", strlen("comment=cloudconfig")) != NULL;
}

int explain_fstab(struct explainer *explainer, const struct difference *difference,
		  const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);

	if (!data || strlen(data) != size || !is_sealed_without(difference, data, is_cloud_mount))
		return 0;
	return explain_as(ret, SEVERITY_INFO, "mounts and swap that cloud-init was told to add");
}

int explain_declared_lines(struct explainer *explainer, const struct difference *difference,
			   const char *text, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	const char *at = data;

	if (!data || strlen(data) != size ||
	    !provenance_declares_key_of(explainer->provenance, text))
		return 0;
	while (*at) {
		size_t length = strcspn(at, "\n");

		/* In apt's own files `#clear` and `#include` are no comments. */
		if ((!is_blank_or_comment(at, length) || strcmp(text, "apt") == 0) && length > 0 &&
		    !provenance_declares_line(explainer->provenance, text, at, length))
			return explain_remark(ret, "not in user-data: %.*s", (int)length, at);
		at += length + (at[length] == '\n');
	}
	return explain_as(ret, SEVERITY_INFO, "%s of user-data", text);
}

/* Where packages come from unless somebody says otherwise. */
static const char *const archives[] = {
	"deb.debian.org",	  "security.debian.org",   "ftp.debian.org",
	"archive.ubuntu.com",	  "security.ubuntu.com",   "ports.ubuntu.com",
	"cdn-aws.deb.debian.org", "debian.map.fastly.net",
};

static bool is_known_archive(const struct explainer *explainer, const char *uri)
{
	const char *host = strstr(uri, "://");
	size_t length;

	if (!host)
		return false;
	host += 3;
	length = strcspn(host, "/:");
	for (size_t i = 0; i < ELEMENTS(archives); i++)
		/* Mirrors of a region: eu-west-1.ec2.archive.ubuntu.com. */
		if (length >= strlen(archives[i]) &&
		    strncmp(host + length - strlen(archives[i]), archives[i],
			    strlen(archives[i])) == 0 &&
		    (length == strlen(archives[i]) ||
		     host[length - strlen(archives[i]) - 1] == '.'))
			return true;
	return provenance_declares_word(explainer->provenance, uri);
}

/* One line of sources.list(5): deb [options] uri suite components. */
static bool is_known_source(const struct explainer *explainer, const char *line)
{
	_cleanup_free_ char *copy = strdup(line);
	char *rest = copy, *word;
	unsigned n = 0;

	while (copy && (word = strsep(&rest, " \t"))) {
		if (*word == '\0')
			continue;
		if (n == 0 && strcmp(word, "deb") != 0 && strcmp(word, "deb-src") != 0)
			return false;
		if (n == 1)
			return is_known_archive(explainer, word);
		n++;
	}
	return false;
}

static bool is_keyword_of_sources(const char *line)
{
	static const char *const harmless[] = {
		"Types:", "Suites:", "Components:", "Enabled:", "Architectures:", "Languages:"};

	for (size_t i = 0; i < ELEMENTS(harmless); i++)
		if (strncasecmp(line, harmless[i], strlen(harmless[i])) == 0)
			return true;
	return false;
}

static bool is_known_stanza_line(const struct explainer *explainer, const char *line)
{
	const char *value = strchr(line, ':');

	if (is_keyword_of_sources(line))
		return true;
	if (!value)
		return false;
	value += 1 + strspn(value + 1, " \t");
	if (strncasecmp(line, "URIs:", 5) == 0)
		return is_known_archive(explainer, value);
	return strncasecmp(line, "Signed-By:", 10) == 0 &&
	       strncmp(value, "/usr/share/keyrings/", 20) == 0 &&
	       explainer_trusts(explainer, value);
}

int explain_sources(struct explainer *explainer, const struct difference *difference,
		    const char *text _unused_, struct explanation *ret)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, difference->path, &size);
	char *rest = data, *line;

	if (!data || strlen(data) != size)
		return 0;
	while ((line = strsep(&rest, "\n")))
		if (!is_blank_or_comment(line, strlen(line)) && !is_known_source(explainer, line) &&
		    !is_known_stanza_line(explainer, line) &&
		    !provenance_declares_line(explainer->provenance, "apt", line, strlen(line)))
			return explain_remark(ret, "neither the archive nor in user-data: %s",
					      line);
	return explain_as(ret, SEVERITY_INFO,
			  "package sources of the archive, as cloud-init writes them");
}
