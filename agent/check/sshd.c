/* SPDX-License-Identifier: Apache-2.0 */
#include "check/sshd.h"

#include "check/flaws.h"
#include "check/ssh_files.h"

#include <string.h>

#define CLIENT_CONFIG_MAX (64 * 1024)
#define REPORTED_MAX	  200

typedef bool predicate(struct span first, struct span arguments);

static bool is_yes(struct span first, struct span arguments _unused_)
{
	return span_is_nocase(first, "yes");
}

static bool is_no(struct span first, struct span arguments _unused_)
{
	return span_is_nocase(first, "no");
}

static bool is_not_no(struct span first, struct span arguments _unused_)
{
	return first.size > 0 && !span_is_nocase(first, "no");
}

static bool is_set(struct span first, struct span arguments _unused_)
{
	return first.size > 0 && !span_is_nocase(first, "none");
}

static bool is_quiet(struct span first, struct span arguments _unused_)
{
	return span_is_nocase(first, "quiet") || span_is_nocase(first, "fatal");
}

static bool is_other_port(struct span first, struct span arguments _unused_)
{
	return first.size > 0 && !span_is(first, "22");
}

static bool is_foreign_command(struct span first, struct span arguments _unused_)
{
	return is_set(first, arguments) && !span_is(first, "internal-sftp");
}

static bool is_foreign_subsystem(struct span first _unused_, struct span arguments)
{
	static const char *const usual[] = {"internal-sftp",
					    "/usr/lib/openssh/sftp-server",
					    "/usr/lib/sftp-server",
					    "/usr/lib/ssh/sftp-server",
					    "/usr/libexec/openssh/sftp-server",
					    "/usr/libexec/sftp-server"};
	struct span name, word;

	if (!ssh_argument_next(&arguments, &name) || !ssh_argument_next(&arguments, &word))
		return false;
	for (size_t i = 0; i < ELEMENTS(usual); i++)
		if (span_is(word, usual[i]))
			return false;
	return true;
}

static bool is_outside(struct span first, struct span arguments _unused_)
{
	return span_starts(first, "/") && !span_starts(first, "/etc/ssh/");
}

static bool is_loader_variable(struct span first _unused_, struct span arguments)
{
	struct span word;

	while (ssh_argument_next(&arguments, &word))
		if (span_starts(word, "LD_") || span_is(word, "*") ||
		    span_starts(word, "BASH_ENV") || span_starts(word, "PATH=") ||
		    span_starts(word, "ENV="))
			return true;
	return false;
}

static bool is_foreign_keys_file(struct span first _unused_, struct span arguments)
{
	struct span word;

	while (ssh_argument_next(&arguments, &word))
		if (!ssh_keys_is_default(word))
			return true;
	return false;
}

/* sshd_config(5). What follows from each stands in the catalogue. */
static const struct rule {
	const char *keyword;
	predicate *is_bad;
	const char *code;
	const char *words;
} rules[] = {
	{"PermitRootLogin", is_yes, "sshd.authentication", "root logs in with a password"},
	{"PermitEmptyPasswords", is_yes, "sshd.authentication", "empty passwords are accepted"},
	{"UsePAM", is_no, "sshd.authentication", "PAM is not asked"},
	{"StrictModes", is_no, "sshd.authentication", "key files may be writable by others"},
	{"IgnoreRhosts", is_no, "sshd.authentication", ".rhosts files count"},
	{"HostbasedAuthentication", is_yes, "sshd.authentication", "other hosts vouch for users"},
	{"AuthorizedKeysCommand", is_set, "sshd.key-source", "a program supplies keys"},
	{"AuthorizedKeysFile", is_foreign_keys_file, "sshd.key-source",
	 "keys are read from another place"},
	{"TrustedUserCAKeys", is_set, "sshd.key-source", "a certificate authority opens accounts"},
	{"AuthorizedPrincipalsFile", is_set, "sshd.key-source", "names of certificates are mapped"},
	{"AuthorizedPrincipalsCommand", is_set, "sshd.key-source",
	 "a program maps names of certificates"},
	{"PermitUserEnvironment", is_not_no, "sshd.environment",
	 "users set variables before the login shell"},
	{"SetEnv", is_loader_variable, "sshd.environment", "it sets a variable that loads code"},
	{"AcceptEnv", is_loader_variable, "sshd.environment",
	 "clients set variables that load code"},
	{"ForceCommand", is_foreign_command, "sshd.login-program", "each login runs a program"},
	{"Subsystem", is_foreign_subsystem, "sshd.login-program",
	 "a subsystem is another program than usual"},
	{"XAuthLocation", is_set, "sshd.login-program", "another xauth is run"},
	{"SecurityKeyProvider", is_set, "sshd.login-program", "a library is loaded"},
	{"Port", is_other_port, "sshd.listener", "it listens on another port"},
	{"HostKey", is_outside, "sshd.listener", "its host key lies elsewhere"},
	{"Include", is_outside, "sshd.listener", "settings are read from elsewhere"},
	{"LogLevel", is_quiet, "sshd.listener", "logins are not logged"},
};

/* ssh_config(5): what the client of every user, or of root, would run. */
static const struct rule client_rules[] = {
	{"ProxyCommand", is_set, "sshd.client-command", "each connection runs a program"},
	{"LocalCommand", is_set, "sshd.client-command", "each connection runs a program"},
	{"KnownHostsCommand", is_set, "sshd.client-command", "each connection runs a program"},
	{"PKCS11Provider", is_set, "sshd.client-command", "each connection loads a library"},
	{"SecurityKeyProvider", is_set, "sshd.client-command", "each connection loads a library"},
	{"XAuthLocation", is_set, "sshd.client-command", "another xauth is run"},
};

/* The flaws of one file of configuration, and the file. */
struct config {
	char *path;
	struct flaws flaws;
};

struct judging {
	const struct check_context *context;
	struct config *configs; /* one for each suspect file, in the order of the first flaw */
	size_t count;
	unsigned lookups; /* of key files among the suspects; each is a pass over all of them */
};

#define LOOKUPS_MAX 64

static void judging_done(struct judging *judging)
{
	for (size_t i = 0; i < judging->count; i++) {
		free(judging->configs[i].path);
		flaws_done(&judging->configs[i].flaws);
	}
	free(judging->configs);
}

static struct config *find_config(struct judging *judging, const char *path)
{
	struct config *grown;

	/* Directives come file by file. */
	if (judging->count > 0 && strcmp(judging->configs[judging->count - 1].path, path) == 0)
		return &judging->configs[judging->count - 1];
	grown = reallocarray(judging->configs, judging->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	judging->configs = grown;
	grown[judging->count] = (struct config){.path = strdup(path)};
	return grown[judging->count].path ? &grown[judging->count++] : NULL;
}

/* A key file that differs itself is reported by the check of keys, together with this file. */
static bool has_suspect_keys(const struct check_context *context, struct span arguments)
{
	struct span word;

	while (ssh_argument_next(&arguments, &word)) {
		_cleanup_free_ char *glob = ssh_keys_is_default(word) ? NULL : ssh_keys_glob(word);

		for (size_t i = 0; glob && i < context->suspects.count; i++)
			if (context->suspects.by_path[i]->actual.type == ENTRY_FILE &&
			    glob_match(glob, context->suspects.by_path[i]->path))
				return true;
	}
	return false;
}

/* Programs and files that the directive names and that nothing vouches for either. */
static int relate_arguments(const struct check_context *context, struct flaws *flaws,
			    struct span arguments)
{
	struct span word;
	int r = 0;

	while (r == 0 && ssh_argument_next(&arguments, &word)) {
		_cleanup_free_ char *path = NULL;

		if (!span_starts(word, "/"))
			continue;
		path = span_copy(word);
		if (!path)
			return -ENOMEM;
		if (suspects_find(&context->suspects, path))
			r = flaws_relate(flaws, path);
	}
	return r;
}

static int add_flaw(const struct check_context *context, struct flaws *flaws,
		    const struct rule *rule, const struct ssh_directive *directive, size_t line)
{
	int r = flaws_add(flaws, rule->code, "%.*s %.*s: %s (line %zu)",
			  SPAN_ARGS(directive->keyword), SPAN_ARGS(directive->arguments),
			  rule->words, line);

	return r < 0 ? r : relate_arguments(context, flaws, directive->arguments);
}

static const struct rule *find_rule(const struct rule *table, size_t count,
				    const struct ssh_directive *directive)
{
	for (size_t i = 0; i < count; i++)
		if (span_is_nocase(directive->keyword, table[i].keyword))
			return table[i].is_bad(directive->first, directive->arguments) ? &table[i]
										       : NULL;
	return NULL;
}

static int visit(void *data, const struct ssh_place *place, const struct ssh_directive *directive)
{
	struct judging *judging = data;
	const struct rule *rule;
	struct config *config;

	if (!place->is_suspect)
		return 0;
	rule = find_rule(rules, ELEMENTS(rules), directive);
	if (!rule || (rule->is_bad == is_foreign_keys_file && judging->lookups++ < LOOKUPS_MAX &&
		      has_suspect_keys(judging->context, directive->arguments)))
		return 0;
	config = find_config(judging, place->path);
	if (!config)
		return -ENOMEM;
	return add_flaw(judging->context, &config->flaws, rule, directive, place->line);
}

/* A configuration that the packaged sshd does not read is that of another one. */
static bool is_second(const char *path)
{
	return glob_match("/etc/ssh/*", path) && strcmp(path, "/etc/ssh/sshd_config") != 0;
}

static int judge_server(const struct check_context *context, struct findings *ret)
{
	_cleanup_(judging_done) struct judging judging = {.context = context};
	int r = ssh_files_visit(context, visit, &judging, ret);

	for (size_t i = 0; r == 0 && i < judging.count; i++)
		r = flaws_report(&judging.configs[i].flaws, judging.configs[i].path,
				 is_second(judging.configs[i].path)
					 ? "Configuration of a second SSH server"
					 : "SSH server setting",
				 ret);
	return r;
}

static int judge_client(const struct check_context *context, const char *path, struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	struct ssh_directive directive;
	struct span rest = {}, line;
	int r = flaws_read(context, path, CLIENT_CONFIG_MAX, ret, &data, &rest.size);

	if (r <= 0)
		return r;
	rest.text = data;
	r = 0;
	for (size_t number = 1; r == 0 && span_line(&rest, &line); number++) {
		const struct rule *rule;

		if (!ssh_directive_parse(line, &directive))
			continue;
		rule = find_rule(client_rules, ELEMENTS(client_rules), &directive);
		if (rule)
			r = add_flaw(context, &flaws, rule, &directive, number);
		else if (span_is_nocase(directive.keyword, "Match") &&
			 span_has_nocase(directive.arguments, "exec"))
			r = flaws_add(&flaws, "sshd.client-command",
				      "Match %.*s: each connection runs a program (line %zu)",
				      SPAN_ARGS(directive.arguments), number);
	}
	return r < 0 ? r : flaws_report(&flaws, path, "SSH client setting", ret);
}

static int judge_presence(const char *path, const char *code, const char *words,
			  const char *subject, struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	int r = flaws_add(&flaws, code, "%s", words);

	return r < 0 ? r : flaws_report(&flaws, path, subject, ret);
}

/* Files that act by being there. */
static const struct {
	const char *glob;
	const char *code;
	const char *subject;
	const char *words; /* NULL: a client's configuration, which is read */
} places[] = {
	{"/etc/ssh/sshrc", "sshd.login-program", "SSH login script",
	 "every login over SSH runs it"},
	{"/**/.ssh/rc", "sshd.login-program", "SSH login script", "the user's logins run it"},
	{"/**/.ssh/environment", "sshd.environment", "SSH environment file",
	 "it sets variables before the login shell"},
	{"/**/.[rs]hosts", "sshd.trust-file", "Trust file", "hosts in it need no password"},
	{"/etc/hosts.equiv", "sshd.trust-file", "Trust file", "hosts in it need no password"},
	{"/etc/ssh/shosts.equiv", "sshd.trust-file", "Trust file", "hosts in it need no password"},
	{"/**/.ssh/config", NULL, NULL, NULL},
	{"/etc/ssh/ssh_config", NULL, NULL, NULL},
	{"/etc/ssh/ssh_config.d/*", NULL, NULL, NULL},
};

static int judge_place(const struct check_context *context, const char *path, struct findings *ret)
{
	for (size_t i = 0; i < ELEMENTS(places); i++) {
		if (!glob_match(places[i].glob, path))
			continue;
		if (!places[i].words)
			return judge_client(context, path, ret);
		return judge_presence(path, places[i].code, places[i].words, places[i].subject,
				      ret);
	}
	return 0;
}

int sshd_check(const struct check_context *context, struct findings *ret,
	       struct error *error _unused_)
{
	size_t before;
	int r;

	if (context->suspects.count == 0)
		return 0;
	r = judge_server(context, ret);
	before = ret->count;
	for (size_t i = 0; r == 0 && i < context->suspects.count; i++) {
		const struct difference *suspect = context->suspects.by_path[i];

		if (suspect->actual.type != ENTRY_FILE && suspect->actual.type != ENTRY_LINK)
			continue;
		if (ret->count - before >= REPORTED_MAX)
			return flaws_uncovered("coverage.limit", suspect->path,
					       "too many files of SSH to name", ret);
		r = judge_place(context, suspect->path, ret);
	}
	return r;
}
