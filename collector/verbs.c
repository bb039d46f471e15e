/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "listen.h"
#include "log.h"

#include <string.h>

#define ON(verb) (UINT64_C(1) << (verb))

const struct verb collector_verbs[_VERB_MAX] = {
	[VERB_INIT] = {"init", "", 0, 0, "make a data directory and its first token",
		       "Makes DIR with the store, a self-signed P-256 certificate for trials, and "
		       "an admin's\ntoken, which is printed once. A directory that holds anything "
		       "is left alone.",
		       cmd_init},
	[VERB_SERVE] = {"serve", "", 0, 0, "answer agents and people",
			"Serves until SIGTERM or SIGINT; then ends what is under way, commits and "
			"exits 0.\nSIGHUP reads the trusted signers again. A socket passed by "
			"systemd comes before --listen.",
			cmd_serve},
	[VERB_TOKEN] = {"token", "add|list|revoke", 1, 1, "give out and withdraw access",
			"add prints a new token for --name with --role, once. list shows all, "
			"without the tokens\nthemselves. revoke ends the one of --name at once, "
			"also while the service runs.",
			cmd_token},
	[VERB_TRUST] =
		{"trust", "add|list [FILE]", 1, 2, "name the keys that may sign manifests",
		 "add puts the public key in FILE (PEM) among the trusted signers; a running "
		 "service\nreads them again on SIGHUP.",
		 cmd_trust},
};

#define ROW(name_, letter_, argument_, member, verbs_, help_)                                  \
	{                                                                                      \
		.name = (name_), .letter = (letter_), .argument = (argument_),                 \
		.offset = offsetof(struct options, member), .verbs = (verbs_), .help = (help_) \
	}

const struct option_row collector_options[] = {
	ROW("data", 'd', "DIR", data, OPTION_ALL_VERBS, "the data directory"),
	{.name = "name",
	 .letter = 'n',
	 .argument = "NAME",
	 .offset = offsetof(struct options, names),
	 .verbs = ON(VERB_INIT) | ON(VERB_TOKEN),
	 .repeats = true,
	 .help = "init: a further host name of the certificate; token: its name"},
	ROW("role", 'r', "ROLE", role, ON(VERB_TOKEN), "agent, viewer, operator or admin"),
	ROW("listen", 'l', "ADDR:PORT", listen, ON(VERB_SERVE),
	    "or unix:/PATH (default " LISTEN_DEFAULT ")"),
	ROW("cert", 0, "FILE", certificate, ON(VERB_SERVE), "PEM chain (default DIR/tls.crt)"),
	ROW("key", 0, "FILE", key, ON(VERB_SERVE), "its P-256 key (default DIR/tls.key)"),
	ROW("no-tls", 0, NULL, no_tls, ON(VERB_SERVE), "only on loopback or a unix socket"),
	ROW("enrol", 0, "open|token", enrol, ON(VERB_SERVE),
	    "who may deliver: all, or agents' tokens (default open)"),
	ROW("deadline", 0, "SECONDS", deadline, ON(VERB_SERVE),
	    "for a request's headers and body (default 10)"),
	ROW("rate", 0, "NUMBER", rate, ON(VERB_SERVE),
	    "requests a second of one address, 0: any (default 1000)"),
	ROW("connections", 0, "NUMBER", connections, ON(VERB_SERVE), "at once (default 4096)"),
	ROW("connections-per-ip", 0, "NUMBER", connections_per_ip, ON(VERB_SERVE),
	    "of one address at once (default 512)"),
	ROW("threads", 0, "NUMBER", threads, ON(VERB_SERVE), "(default: one a processor)"),
	ROW("debug", 0, NULL, debug, OPTION_ALL_VERBS, "say more on standard error"),
};
const size_t n_collector_options = ELEMENTS(collector_options);

const char *options_need_data(const struct options *options)
{
	if (!options->data)
		log_error("--data DIR is needed: the collector's data directory");
	return options->data;
}

int options_number(const char *name, const char *text, unsigned fallback, unsigned most,
		   unsigned *ret)
{
	unsigned long number = fallback;

	if (text) {
		size_t digits = strspn(text, "0123456789");

		number = digits > 0 && digits < 10 && !text[digits] ? strtoul(text, NULL, 10)
								    : (unsigned long)most + 1;
	}
	if (number > most)
		return log_error_errno(-EINVAL, "--%s %s: expected a number from 0 to %u", name,
				       text, most);
	*ret = (unsigned)number;
	return 0;
}
