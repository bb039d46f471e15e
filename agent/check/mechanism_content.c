/* SPDX-License-Identifier: Apache-2.0 */
#include "check/mechanism_content.h"

#include "policy.h"

#include <ctype.h>
#include <string.h>

#define BIT(kind) (UINT64_C(1) << (kind))
#define GENERIC	  (BIT(KIND_FILE) | BIT(KIND_BINARY) | BIT(KIND_HIDDEN))

/* Words that only stand where they act: the first row that fits decides. */
static const struct {
	uint64_t kinds;	   /* what the place said */
	const char *glob;  /* of the path, or NULL */
	const char *words; /* in a line that is no comment, small letters as capitals */
	enum kind kind;
} rules[] = {
	/* what is loaded into every program of a session or a service */
	{BIT(KIND_SHELL) | BIT(KIND_SERVICE) | BIT(KIND_PAM), NULL, "LD_PRELOAD", KIND_PRELOAD},
	{BIT(KIND_SHELL) | BIT(KIND_SERVICE) | BIT(KIND_PAM), NULL, "LD_AUDIT", KIND_PRELOAD},
	{BIT(KIND_SHELL) | BIT(KIND_SERVICE), NULL, "LD_LIBRARY_PATH=", KIND_PRELOAD},

	/* histories that are not kept, and connections that go through a proxy */
	{BIT(KIND_SHELL), NULL, "UNSET HISTFILE", KIND_DEFENSE},
	{BIT(KIND_SHELL), NULL, "HISTFILE=/DEV/NULL", KIND_DEFENSE},
	{BIT(KIND_SHELL), NULL, "HISTFILE=\n", KIND_DEFENSE},
	{BIT(KIND_SHELL), NULL, "HISTSIZE=0", KIND_DEFENSE},
	{BIT(KIND_SHELL), NULL, "HISTFILESIZE=0", KIND_DEFENSE},
	{BIT(KIND_SHELL), NULL, "SET +O HISTORY", KIND_DEFENSE},
	{BIT(KIND_SHELL), NULL, "HTTP_PROXY=", KIND_DNSHOSTS},
	{BIT(KIND_SHELL), NULL, "HTTPS_PROXY=", KIND_DNSHOSTS},
	{BIT(KIND_SHELL), NULL, "ALL_PROXY=", KIND_DNSHOSTS},

	/* one directory, several purposes */
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "INVOKE", KIND_PKGHOOK},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "ALLOWINSECURE", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "ALLOW-INSECURE", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "ALLOWUNAUTHENTICATED", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "ALLOWDOWNGRADE", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "ALLOWWEAK", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "VERIFY-PEER", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "VERIFY-HOST", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "CHECK-VALID-UNTIL", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "PROXY", KIND_APTSOURCE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "PERIODIC", KIND_DEFENSE},
	{BIT(KIND_PKGHOOK), "/etc/apt/**", "UNATTENDED-UPGRADE", KIND_DEFENSE},
	{BIT(KIND_DEFENSE), "/**sysctl**", "CORE_PATTERN", KIND_TRIGGER},
	{BIT(KIND_DEFENSE), "/**sysctl**", "KERNEL.MODPROBE", KIND_TRIGGER},
	{BIT(KIND_DEFENSE), "/**sysctl**", "KERNEL/MODPROBE", KIND_TRIGGER},
	{BIT(KIND_DEFENSE), "/**sysctl**", "KERNEL.HOTPLUG", KIND_TRIGGER},
	{BIT(KIND_DEFENSE), "/**syslog**", "OMPROG", KIND_TRIGGER},
	{BIT(KIND_SECRET), "/**npmrc", "_AUTH", KIND_SECRET},
	{BIT(KIND_SECRET), "/**npmrc", "_PASSWORD", KIND_SECRET},
	{BIT(KIND_SECRET), "/**npmrc", "REGISTRY", KIND_APTSOURCE},
	{BIT(KIND_REMOTE), "/etc/wireguard/**", "ENDPOINT", KIND_REMOTE},
	{BIT(KIND_REMOTE), "/etc/wireguard/**", "PRIVATEKEY", KIND_SECRET},

	/* keys by what they look like */
	{BIT(KIND_SSHD), NULL, "PRIVATE KEY-----", KIND_SECRET},
	{BIT(KIND_SSHD), "/etc/ssh/*", " AAAAC3NZAC1LZDI1NTE5", KIND_SSHKEY},
	{BIT(KIND_SSHD), "/etc/ssh/*", " AAAAB3NZAC1YC2EA", KIND_SSHKEY},
	{BIT(KIND_SSHD), "/etc/ssh/*", " AAAAE2VJZHNHLXNOYTIT", KIND_SSHKEY},
	{GENERIC, NULL, "PRIVATE KEY-----", KIND_SECRET},
	{GENERIC, NULL, "BEGIN PGP PRIVATE KEY BLOCK", KIND_SECRET},
	{GENERIC, NULL, "PUTTY-USER-KEY-FILE", KIND_SECRET},
	{GENERIC, NULL, "AGE-SECRET-KEY-1", KIND_SECRET},
	{GENERIC, NULL, "AWS_SECRET_ACCESS_KEY", KIND_SECRET},
	{GENERIC, NULL, "\"SECRETACCESSKEY\"", KIND_SECRET},
	{GENERIC, NULL, "\"PRIVATE_KEY_ID\"", KIND_SECRET},
	{GENERIC, NULL, "\"REFRESH_TOKEN\"", KIND_SECRET},
	{GENERIC, NULL, "\"CLIENT_SECRET\"", KIND_SECRET},
	{GENERIC, NULL, "\"TERRAFORM_VERSION\"", KIND_SECRET},
	{GENERIC, NULL, "DB_PASSWORD", KIND_SECRET},
	{GENERIC, NULL, "DATABASE_URL=", KIND_SECRET},
	{GENERIC, NULL, "API_KEY=", KIND_SECRET},
	{GENERIC, NULL, "SECRET_KEY=", KIND_SECRET},
	{GENERIC, NULL, "ACCESS_TOKEN", KIND_SECRET},
	{GENERIC | BIT(KIND_TRIGGER), NULL, "GHP_", KIND_SECRET},
	{GENERIC | BIT(KIND_TRIGGER), NULL, "GLPAT-", KIND_SECRET},
	{BIT(KIND_SERVICE), "/**/docker.service.d/**", "TCP://", KIND_CONTAINER},
	{GENERIC, NULL, "//REGISTRY.NPMJS.ORG/:_AUTH", KIND_SECRET},
};

static bool is_comment(const char *line, size_t length)
{
	size_t blanks = 0;

	while (blanks < length && (line[blanks] == ' ' || line[blanks] == '\t'))
		blanks++;
	if (blanks == length)
		return true;
	if (line[blanks] == '#' || line[blanks] == ';')
		return true;
	return length - blanks > 1 && line[blanks] == '/' && line[blanks + 1] == '/' &&
	       (length - blanks == 2 || line[blanks + 2] == ' ');
}

/* The content in capitals, up to a NUL and without comments, in a new string. */
static char *capitals(const char *content, size_t size)
{
	char *text = malloc(size + 2), *out = text;

	if (!text)
		return NULL;
	for (const char *line = content, *end = content + strnlen(content, size); line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t length = (size_t)((newline ? newline : end) - line);

		if (!is_comment(line, length)) {
			for (size_t i = 0; i < length; i++)
				*out++ = (char)toupper((unsigned char)line[i]);
			*out++ = '\n';
		}
		line += length + (newline != NULL);
	}
	*out = '\0';
	return text;
}

static enum kind find_rule(enum kind kind, const char *path, const char *text)
{
	for (size_t i = 0; i < ELEMENTS(rules); i++)
		if (rules[i].kinds & BIT(kind) &&
		    (!rules[i].glob || glob_match(rules[i].glob, path)) &&
		    strstr(text, rules[i].words))
			return rules[i].kind;
	return kind;
}

static bool has_any(const char *text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

/*
 * A page that hands a request's words to an interpreter: a web shell. The functions are those that
 * PHP's manual lists as running programs or code.
 */
static bool is_web_shell(const char *text)
{
	static const char *const requests[] = {"$_GET",	  "$_POST",   "$_REQUEST",  "$_COOKIE",
					       "$_FILES", "$_SERVER", "PHP://INPUT"};
	static const char *const runs[] = {
		"EVAL(",       "EVAL (", "ASSERT(",    "SYSTEM(",	   "EXEC(", "PASSTHRU(",
		"SHELL_EXEC(", "POPEN(", "PROC_OPEN(", "CREATE_FUNCTION(", "`$_"};

	if (strstr(text, "REQUEST.GETPARAMETER") && strstr(text, ".EXEC("))
		return true;
	return strstr(text, "<?") && has_any(text, requests, ELEMENTS(requests)) &&
	       has_any(text, runs, ELEMENTS(runs));
}

/* The modules that glibc, systemd and Debian's packages bring; see nsswitch.conf(5). */
static bool is_usual_module(const char *word, size_t length)
{
	static const char *const names[] = {
		"FILES",      "SYSTEMD",       "COMPAT",	"DB",	   "NIS",
		"NISPLUS",    "SSS",	       "LDAP",		"WINBIND", "EXTRAUSERS",
		"MYHOSTNAME", "MYMACHINES",    "RESOLVE",	"DNS",	   "MDNS",
		"MDNS4",      "MDNS_MINIMAL",  "MDNS4_MINIMAL", "WINS",	   "HESIOD",
		"LIBVIRT",    "LIBVIRT_GUEST", "CACHE_OSLOGIN", "OSLOGIN",
	};

	if (word[0] == '[' || memchr(word, '=', length))
		return true;
	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strlen(names[i]) == length && strncmp(word, names[i], length) == 0)
			return true;
	return false;
}

/* Whether a line names a module that does not belong to the system. */
static bool has_foreign_module(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *word = line + strcspn(line, " \t\n");

		while (*word && *word != '\n') {
			size_t length;

			word += strspn(word, " \t");
			length = strcspn(word, " \t\n");
			if (length > 0 && !is_usual_module(word, length))
				return true;
			word += length;
		}
	}
	return false;
}

/* A program whose name says that it is a picture, a text or an archive. */
static bool is_disguised(const char *path, const char *content, size_t size)
{
	static const char *const suffixes[] = {
		".png", ".jpg", ".jpeg", ".gif", ".ico",  ".bmp", ".svg",  ".webp", ".txt", ".md",
		".pdf", ".doc", ".docx", ".xls", ".xlsx", ".csv", ".json", ".log",  ".xml", ".html",
		".css", ".zip", ".gz",	 ".tar", ".xz",	  ".mp3", ".mp4",  ".woff", ".ttf", ".dat"};
	const char *dot = strrchr(path, '.');

	if (!dot || !((size >= 4 && memcmp(content, "\177ELF", 4) == 0) ||
		      (size >= 2 && memcmp(content, "#!", 2) == 0)))
		return false;
	for (size_t i = 0; i < ELEMENTS(suffixes); i++)
		if (strcmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

static enum kind refine_text(enum kind kind, const char *path, const char *text)
{
	if (kind == KIND_DNSHOSTS)
		return strcmp(path, "/etc/nsswitch.conf") == 0 && has_foreign_module(text)
			       ? KIND_LINKER
			       : kind;
	if (BIT(kind) & GENERIC && is_web_shell(text))
		return KIND_TRIGGER;
	return find_rule(kind, path, text);
}

enum kind mechanism_refine(enum kind kind, const struct difference *difference, const char *content,
			   size_t size)
{
	_cleanup_free_ char *text = NULL;
	enum kind refined;

	if (size == 0)
		return kind;
	text = capitals(content, size);
	refined = text ? refine_text(kind, difference->path, text) : kind;
	if (refined == kind && (kind == KIND_FILE || kind == KIND_BINARY) &&
	    difference->kind == DIFFERENCE_UNEXPECTED &&
	    is_disguised(difference->path, content, size))
		return KIND_HIDDEN;
	return refined;
}
