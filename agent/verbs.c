/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

enum {
	VERB_KEYGEN,
	VERB_SEAL,
	VERB_VERIFY,
	VERB_AUDIT,
	VERB_ATTEST,
	VERB_DELIVER,
	VERB_REPORT,
	VERB_EXPLAIN,
	VERB_CHECKS,
	VERB_DIFF,
	_VERB_MAX,
};

#define EXIT_CODES "Exit status: 0 pass, 1 findings, 2 wrong usage, 3 could not check."

const struct verb agent_verbs[] = {
	[VERB_KEYGEN] =
		{
			.name = "keygen",
			.arguments = "",
			.help = "make a key pair for signing manifests",
			.details =
				"Writes NAME.key (private, mode 0600) and NAME.pub, and prints the\n"
				"key id. Existing files are never overwritten.",
			.run = cmd_keygen,
		},
	[VERB_SEAL] =
		{
			.name = "seal",
			.arguments = "",
			.help = "measure an image and sign its manifest",
			.details =
				"Run it last in the image pipeline, on a root that nothing writes to\n"
				"any more. The manifest goes to usr/lib/goldseal of the image, or\n"
				"to --out.",
			.run = cmd_seal,
		},
	[VERB_VERIFY] =
		{
			.name = "verify",
			.arguments = "",
			.help = "compare a root with its manifest",
			.details = EXIT_CODES,
			.run = cmd_verify,
		},
	[VERB_AUDIT] =
		{
			.name = "audit",
			.arguments = "",
			.help = "examine an image that has no manifest",
			.details =
				"For images of others, and for one's own before the seal. Files are\n"
				"compared with the image's own dpkg database: by MD5, and who was\n"
				"root in the image can have rewritten it. What no package owns is\n"
				"reported where it starts by itself, hides or has rights, and by\n"
				"what it says.\n\n" EXIT_CODES,
			.run = cmd_audit,
		},
	[VERB_ATTEST] =
		{
			.name = "attest",
			.arguments = "",
			.help = "verify this instance, sign the evidence and deliver it",
			.details =
				"Evidence is stored on disk before it is sent; what cannot be sent\n"
				"now is sent by a later `goldseal deliver`.\n\n" EXIT_CODES,
			.run = cmd_attest,
		},
	[VERB_DELIVER] =
		{
			.name = "deliver",
			.arguments = "",
			.help = "send stored evidence to the collector",
			.details =
				"Exit status: 0 everything that waited was delivered (or nothing\n"
				"waited), 3 something was not. It tells about delivery: the\n"
				"collector's verdict is printed and does not change it.",
			.run = cmd_deliver,
		},
	[VERB_REPORT] =
		{
			.name = "report",
			.arguments = "",
			.help = "show the last evidence of this instance",
			.details =
				"With --phase the last of that phase, else the newer of both; with\n"
				"--evidence that file.\n\n" EXIT_CODES,
			.run = cmd_report,
		},
	[VERB_EXPLAIN] =
		{
			.name = "explain",
			.arguments = "[CODE]",
			.max_arguments = 1,
			.help = "what a finding means, why it matters, what to do",
			.details = "Without a code: the list of all codes.",
			.run = cmd_explain,
		},
	[VERB_CHECKS] =
		{
			.name = "checks",
			.arguments = "",
			.help = "what is looked for, and when",
			.details =
				"Each check with the situations in which it runs: an image against\n"
				"its manifest, an audit without one, a system after its first boot.\n"
				"`check NAME off` in the policy leaves one out.",
			.run = cmd_checks,
		},
	[VERB_DIFF] =
		{
			.name = "diff",
			.arguments = "OLD NEW",
			.min_arguments = 2,
			.max_arguments = 2,
			.help = "what changes from one manifest to another",
			.details =
				"OLD and NEW are manifest directories, or manifest.json files with\n"
				"manifest.mtree beside them. Both signatures are checked.\n\n"
				"Exit status: 0 the same, 1 different, 2 wrong usage, 3 could not\n"
				"check.",
			.run = cmd_diff,
		},
};

const size_t agent_n_verbs = ELEMENTS(agent_verbs);

#define V(verb)	     (UINT64_C(1) << VERB_##verb)
#define MEMBER(name) offsetof(struct agent_options, name)

/* Verbs that show findings, and verbs that read the configuration. */
#define SHOWING \
	(V(SEAL) | V(VERIFY) | V(AUDIT) | V(ATTEST) | V(REPORT) | V(EXPLAIN) | V(CHECKS) | V(DIFF))
#define CONFIGURED (V(VERIFY) | V(AUDIT) | V(ATTEST) | V(DELIVER) | V(REPORT) | V(DIFF))

const struct option_row agent_option_rows[] = {
	{"root", 'r', "DIR", "what to measure (default: /)", MEMBER(root),
	 V(SEAL) | V(VERIFY) | V(AUDIT) | V(ATTEST), false},
	{"key", 'k', "FILE", "private key that signs", MEMBER(key), V(SEAL), false},
	{"out", 'o', "PATH", "keygen: NAME of the pair; seal: directory", MEMBER(out),
	 V(KEYGEN) | V(SEAL), false},
	{"algorithm", 0, "NAME", "p256 (default) or ed25519", MEMBER(algorithm), V(KEYGEN), false},
	{"image-name", 0, "NAME", "default: IMAGE_ID of os-release", MEMBER(image_name), V(SEAL),
	 false},
	{"image-version", 0, "TEXT", "default: IMAGE_VERSION of os-release", MEMBER(image_version),
	 V(SEAL), false},
	{"policy", 'p', "FILE", "path classes and waivers (default: built in)", MEMBER(policy),
	 V(SEAL) | V(AUDIT), false},
	{"expires", 0, "WHEN", "YYYY-MM-DD, or a number of days", MEMBER(expires), V(SEAL), false},
	{"manifest", 'm', "DIR", "directory of the manifest", MEMBER(manifest),
	 V(VERIFY) | V(ATTEST), false},
	{"trust", 't', "PATH", "trusted public key, or directory of them", MEMBER(trust),
	 V(VERIFY) | V(ATTEST) | V(DIFF), false},
	{"phase", 0, "PHASE", "image or boot", MEMBER(phase), V(VERIFY) | V(ATTEST) | V(REPORT),
	 false},
	{"tier", 0, "TIER", "all (default), or critical: those paths alone", MEMBER(tier),
	 V(VERIFY) | V(ATTEST), false},
	{"deadline", 0, "SECONDS", "after that, judge by what was examined", MEMBER(deadline),
	 V(VERIFY) | V(AUDIT) | V(ATTEST), false},
	{"full", 0, NULL, "read all files, whatever vouches for them", MEMBER(full),
	 V(VERIFY) | V(ATTEST), false},
	{"fs-verity", 0, NULL, "state fs-verity digests: verify need not read then",
	 MEMBER(fs_verity), V(SEAL), false},
	{"instance-id", 0, "ID", "instead of the cloud's", MEMBER(instance_id), V(ATTEST), false},
	{"no-deliver", 0, NULL, "store the evidence and send nothing", MEMBER(no_deliver),
	 V(ATTEST), false},
	{"evidence", 'e', "FILE", "show this evidence", MEMBER(evidence), V(REPORT), false},
	{"format", 'f', "FORMAT", "text (default) or json; verify, audit, seal: also sarif, junit",
	 MEMBER(format), SHOWING, false},
	{"quiet", 'q', NULL, "say only what is wrong", MEMBER(quiet), OPTION_ALL_VERBS, false},
	{"config", 'c', "FILE", "instead of /etc/goldseal/goldseal.conf", MEMBER(config),
	 CONFIGURED, false},
	{"debug", 0, NULL, "tell more on standard error", MEMBER(debug), OPTION_ALL_VERBS, false},
};

const size_t agent_n_option_rows = ELEMENTS(agent_option_rows);

_Static_assert(ELEMENTS(agent_verbs) == _VERB_MAX, "a verb without a row");
