/* SPDX-License-Identifier: Apache-2.0 */
#include "check/passwd.h"

#include <ctype.h>
#include <string.h>

#define NAME_MAX_COMPARED 48

static bool is_entry(struct span line)
{
	struct span trimmed = span_trim(line);

	return trimmed.size > 0 && trimmed.text[0] != '#';
}

bool passwd_parse(struct span line, struct passwd_line *ret)
{
	struct span fields[7] = {};
	size_t count = 0;

	if (!is_entry(line))
		return false;
	while (count < ELEMENTS(fields) && span_field(&line, ':', &fields[count]))
		count++;
	*ret = (struct passwd_line){
		.name = fields[0],
		.password = fields[1],
		.gecos = fields[4],
		.home = fields[5],
		.shell = span_trim(fields[6]),
	};
	ret->is_valid = count == ELEMENTS(fields) && span_number(fields[2], &ret->uid) &&
			span_number(fields[3], &ret->gid);
	return true;
}

bool shadow_parse(struct span line, struct shadow_line *ret)
{
	if (!is_entry(line))
		return false;
	*ret = (struct shadow_line){};
	/* A second field that is missing is no empty password: no program takes the line. */
	if (span_field(&line, ':', &ret->name) && !span_field(&line, ':', &ret->password))
		ret->password = span_of("*");
	return true;
}

static bool parse_group(struct span line, bool has_gid, struct group_line *ret)
{
	struct span third = {};

	if (!is_entry(line))
		return false;
	*ret = (struct group_line){};
	(void)span_field(&line, ':', &ret->name);
	(void)span_field(&line, ':', &ret->password);
	(void)span_field(&line, ':', &third);
	(void)span_field(&line, ':', &ret->members);
	ret->members = span_trim(ret->members);
	ret->has_gid = has_gid && span_number(third, &ret->gid);
	return true;
}

bool group_parse(struct span line, struct group_line *ret)
{
	return parse_group(line, true, ret);
}

bool gshadow_parse(struct span line, struct group_line *ret)
{
	return parse_group(line, false, ret);
}

bool password_is_usable(struct span password)
{
	if (password.size < 3)
		return false;
	return password.text[0] != '!' && password.text[0] != '*';
}

bool password_is_weak(struct span password)
{
	return span_starts(password, "$1$") ||
	       (password_is_usable(password) && password.text[0] != '$' &&
		password.text[0] != '_' && password.size == 13);
}

bool shell_is_login(struct span shell)
{
	static const char *const none[] = {"nologin", "false", "true", "sync", "shutdown", "halt"};
	static const char *const places[] = {"/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"};

	for (size_t i = 0; i < ELEMENTS(places); i++) {
		struct span name = span_after(shell, strlen(places[i]));

		for (size_t k = 0; span_starts(shell, places[i]) && k < ELEMENTS(none); k++)
			if (span_is(name, none[k]))
				return false;
	}
	return !span_is(shell, "/dev/null");
}

/* base-passwd's, systemd's and what Debian's usual packages add. */
static const char *const known_accounts[] = {
	"root",
	"daemon",
	"bin",
	"sys",
	"sync",
	"games",
	"man",
	"lp",
	"mail",
	"news",
	"uucp",
	"proxy",
	"www-data",
	"backup",
	"list",
	"irc",
	"gnats",
	"_apt",
	"nobody",
	"systemd-network",
	"systemd-oom",
	"systemd-resolve",
	"systemd-timesync",
	"sshd",
	"systemd-coredump",
	"systemd-journal",
	"messagebus",
	"polkitd",
	"postgres",
	"systemd-bus-proxy",
	"debian",
	"ubuntu",
	"admin",
	"uuidd",
	"systemd-journal-remote",
	"_chrony",
	"syslog",
	"tcpdump",
	"mysql",
	"systemd-journal-upload",
	"postfix",
	"redis",
	"ftp",
	"avahi",
	"systemd-journal-gateway",
	"ntp",
	"statd",
	"dnsmasq",
	"tss",
};

/* What a reader sees: case, and signs that look alike in many a font, made one. */
static size_t make_skeleton(struct span name, char ret[static NAME_MAX_COMPARED])
{
	static const char from[] = "01354_", to[] = "olesa-";
	size_t size = 0;

	for (size_t i = 0; i < name.size && size < NAME_MAX_COMPARED; i++) {
		char c = (char)tolower((unsigned char)name.text[i]);
		const char *found = c ? strchr(from, c) : NULL;

		if (found)
			c = to[found - from];
		else if (c == 'i')
			c = 'l';
		if (c == 'v' && i + 1 < name.size && name.text[i + 1] == 'v') {
			c = 'w';
			i++;
		} else if (c == 'r' && i + 1 < name.size && name.text[i + 1] == 'n') {
			c = 'm';
			i++;
		}
		ret[size++] = c;
	}
	return size;
}

/* Whether one byte more, one less, another one or two exchanged make the one name the other. */
static bool is_one_edit(struct span a, struct span b)
{
	size_t head = 0, tail = 0, shorter = a.size < b.size ? a.size : b.size;
	size_t longer = a.size < b.size ? b.size : a.size;

	while (head < shorter && a.text[head] == b.text[head])
		head++;
	while (tail < shorter - head && a.text[a.size - 1 - tail] == b.text[b.size - 1 - tail])
		tail++;
	if (longer - head - tail <= 1)
		return true;
	return a.size == b.size && longer - head - tail == 2 && a.text[head] == b.text[head + 1] &&
	       a.text[head + 1] == b.text[head];
}

static bool is_like(struct span name, struct span known)
{
	char a[NAME_MAX_COMPARED], b[NAME_MAX_COMPARED];
	size_t n_a = make_skeleton(name, a), n_b = make_skeleton(known, b);

	if (n_a == n_b && memcmp(a, b, n_a) == 0)
		return true;
	/* Between short names one letter says nothing: list, lisa. */
	if (known.size < 6 && !span_is(known, "root"))
		return false;
	return is_one_edit(name, known);
}

const char *account_imitates(struct span name)
{
	for (size_t i = 0; i < ELEMENTS(known_accounts); i++)
		if (span_is(name, known_accounts[i]))
			return NULL;
	for (size_t i = 0; i < ELEMENTS(known_accounts); i++)
		if (name.size <= NAME_MAX_COMPARED && is_like(name, span_of(known_accounts[i])))
			return known_accounts[i];
	return NULL;
}
