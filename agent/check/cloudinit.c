/* SPDX-License-Identifier: Apache-2.0 */
#include "check/cloudinit.h"

#include "catalog.h"
#include "check/check.h"
#include "check/provenance.h"
#include "text.h"

#include <regex.h>
#include <string.h>

#define TOLD	   "/var/lib/cloud/instance/user-data.txt"
#define SHOWN_MAX  200	/* bytes of a line */
#define LINE_LIMIT 4096 /* bytes that are looked at */

#define FETCH "(curl|wget|fetch)[^|;&]*"
#define SHELL "(sudo +)?(env +)?(/[a-z/]*/)?((ba|da|k|z)?sh|python[0-9.]*|perl|php|ruby|node)"
#define HOSTS "[A-Za-z0-9.-]+"

/*
 * Lines of commands and scripts, as extended regular expressions (regex(7)). Each has to be of a
 * kind that setting up an instance has no need of, or cannot vouch for.
 */
static const struct {
	const char *code;
	const char *line;
} bad[] = {
	{"cloudinit.mines",
	 "stratum\\+(tcp|ssl|tls)://|--donate-level|randomx|xmrig|cpuminer|minerd |nanominer|"
	 "lolminer|nicehash|cryptonight"},
	{"cloudinit.opens-a-shell",
	 "/dev/(tcp|udp)/" HOSTS "/[0-9]+|\\b(nc|ncat|netcat)\\b.* (-e|-c|--exec) ?/?[a-z/]*sh|"
	 "socat .*exec:.*sh|mkfifo .*\\| *(nc|ncat|openssl)"},
	{"cloudinit.disables-security",
	 "setenforce +0|SELINUX=(disabled|permissive)|\\bufw +disable|auditctl +-e *0|"
	 "iptables +(-F|--flush|-P +INPUT +ACCEPT)|nft +flush +ruleset|"
	 "systemctl +(--now +)?(stop|disable|mask)( +--now)? +.*(auditd|apparmor|ufw|nftables|"
	 "firewalld|iptables|fail2ban|unattended-upgrades|apt-daily|rsyslog|systemd-journald|"
	 "falcon-sensor|wazuh|osqueryd|clamav|crowdsec|goldseal)|"
	 "history +-c|HISTFILE=/dev/null|rm +-r?f? +/var/log/(auth|audit|syslog|wtmp|journal)"},
	{"cloudinit.downloads-and-runs",
	 FETCH "\\| *" SHELL "( |$|\\|)|(ba|da|k|z)?sh +(-c +)?[\"']?(<\\(|\\$\\(|`) *" FETCH
	       "|(eval|source|\\.) +[\"']?(<\\(|\\$\\(|`) *" FETCH
	       "|base64 +(-d|--decode|-D)[^|]*\\| *" SHELL "( |$)|" FETCH
	       "(&&|;).*(chmod +[^;&]*(\\+x|7)[^;&]*(&&|;) *|" SHELL
	       " +)(\\./|/tmp/|/var/tmp/|/dev/shm/)"},
};

struct matcher {
	regex_t compiled[ELEMENTS(bad)];
	size_t count;
};

static void matcher_done(struct matcher *matcher)
{
	while (matcher->count > 0)
		regfree(&matcher->compiled[--matcher->count]);
}

static int matcher_init(struct matcher *matcher)
{
	for (size_t i = 0; i < ELEMENTS(bad); i++) {
		if (regcomp(&matcher->compiled[i], bad[i].line,
			    REG_EXTENDED | REG_NOSUB | REG_ICASE) != 0)
			return -ENOMEM;
		matcher->count++;
	}
	return 0;
}

static const char *match(const struct matcher *matcher, const char *line)
{
	for (size_t i = 0; i < matcher->count; i++)
		if (regexec(&matcher->compiled[i], line, 0, NULL, 0) == 0)
			return bad[i].code;
	return NULL;
}

static int take(struct findings *ret, const char *code, const char *title, const char *actual)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r = finding_start(&finding, code);

	if (r < 0)
		return r;
	/* For the record alone, whatever the catalogue has for somebody who asks. */
	if (strcmp(code, "cloudinit.told") == 0)
		finding.severity = SEVERITY_INFO;
	finding.path = strdup(TOLD);
	finding.title = strdup(title);
	finding.actual = strndup(actual, SHOWN_MAX);
	if (!finding.path || !finding.title || !finding.actual)
		return -ENOMEM;
	return findings_take(ret, &finding);
}

/* One line once, however often it is declared, and one finding for each kind. */
static int take_line(struct findings *ret, json_t *seen, const char *code, const char *line)
{
	_cleanup_free_ char *title = NULL;

	if (json_object_get(seen, code))
		return 0;
	if (json_object_set_new(seen, code, json_true()) < 0)
		return -ENOMEM;
	if (asprintf(&title, "What the instance was told at first boot: %s",
		     catalog_find(code)->summary) < 0) {
		title = NULL;
		return -ENOMEM;
	}
	return take(ret, code, title, line);
}

/* Each line of the text; what is longer than the limit is looked at piece by piece. */
static int look_at(const struct matcher *matcher, const char *text, json_t *seen,
		   struct findings *ret)
{
	int r = 0;

	while (r == 0 && *text) {
		size_t length = strcspn(text, "\n");
		char line[LINE_LIMIT + 1];
		const char *code;

		if (length > LINE_LIMIT)
			length = LINE_LIMIT;
		memcpy(line, text, length);
		line[length] = '\0';
		code = line[strspn(line, " \t")] == '#' ? NULL : match(matcher, line);
		if (code)
			r = take_line(ret, seen, code, line);
		text += length + (text[length] == '\n');
	}
	return r;
}

static int look_at_all(const struct matcher *matcher, const json_t *texts, json_t *seen,
		       struct findings *ret)
{
	const json_t *text;
	size_t i;
	int r = 0;

	json_array_foreach(texts, i, text)
	{
		if (r == 0)
			r = look_at(matcher, json_string_value(text), seen, ret);
	}
	return r;
}

static int look_at_parts(const struct matcher *matcher, const struct provenance *provenance,
			 json_t *seen, struct findings *ret)
{
	size_t count;
	const struct provenance_part *parts = provenance_parts(provenance, &count);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = look_at(matcher, parts[i].part.data, seen, ret);
	return r;
}

/* Parts that cloud-init fetches or runs in ways of its own. */
static int take_parts(const struct provenance *provenance, struct findings *ret)
{
	size_t count;
	const struct provenance_part *parts = provenance_parts(provenance, &count);
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		_cleanup_free_ char *title = NULL;

		if (parts[i].part.kind != USER_DATA_INCLUDE &&
		    parts[i].part.kind != USER_DATA_HANDLER)
			continue;
		if (asprintf(&title, "A part of %s was not followed: %s", parts[i].source,
			     user_data_kind_to_string(parts[i].part.kind)) < 0) {
			title = NULL;
			return -ENOMEM;
		}
		r = take(ret, "cloudinit.unclear", title, parts[i].part.data);
	}
	return r;
}

static int take_each(const json_t *texts, const char *code, const char *title, struct findings *ret)
{
	const json_t *text;
	size_t i;
	int r = 0;

	json_array_foreach(texts, i, text)
	{
		if (r == 0)
			r = take(ret, code, title, json_string_value(text));
	}
	return r;
}

int cloudinit_check(const struct check_context *context, struct findings *ret,
		    struct error *error _unused_)
{
	const struct provenance *provenance = context->provenance;
	_cleanup_(matcher_done) struct matcher matcher = {};
	_cleanup_json_ json_t *seen = json_object();
	int r = seen ? matcher_init(&matcher) : -ENOMEM;

	if (r == 0)
		r = look_at_all(&matcher, provenance_commands(provenance), seen, ret);
	if (r == 0)
		r = look_at_all(&matcher, provenance_strings(provenance), seen, ret);
	if (r == 0)
		r = look_at_parts(&matcher, provenance, seen, ret);
	if (r == 0)
		r = take_parts(provenance, ret);
	if (r == 0)
		r = take_each(provenance_limits(provenance), "coverage.limit",
			      "What the instance was told was not all read", ret);
	if (r == 0)
		r = take_each(provenance_problems(provenance), "cloudinit.unclear",
			      "What the instance was told could not all be understood", ret);
	return r < 0 ? r
		     : take_each(provenance_digests(provenance), "cloudinit.told",
				 "What the instance was told at first boot", ret);
}
