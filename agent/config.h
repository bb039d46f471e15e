/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's configuration: INI files, strictly read. goldseal.conf(5) describes each key.
 */
#pragma once

#include "error.h"

#define CONFIG_FILE	"/etc/goldseal/goldseal.conf" /* drop-ins: this name, ".d/" and "*.conf" */
#define CONFIG_SIZE_MAX (256 * 1024)
#define CONFIG_LINE_MAX 198 /* bytes without the newline: what inih reads as one line */

/* Strings are owned and never empty; NULL where the key is optional and not set. */
struct config {
	char *state_directory; /* [agent] state-directory, default /var/lib/goldseal */
	char *manifest;	       /* [agent] manifest, default /usr/lib/goldseal */
	char *instance_id;     /* [agent] instance-id */
	char *rules;	       /* [agent] rules, default /etc/goldseal/rules.d */

	char *anchors; /* [trust] anchors, default /etc/goldseal/trust.d */

	char *url;		/* [collector] url, without a slash at its end */
	char *ca_file;		/* [collector] ca-file */
	char *pin;		/* [collector] pin: "sha256//" and base64 */
	char *proxy;		/* [collector] proxy */
	char *token_credential; /* [collector] token-credential */
	char *token_file;	/* [collector] token-file */
	unsigned timeout;	/* [collector] timeout: seconds for one request, 1 to 600 */
	unsigned attempts;	/* [collector] attempts for one report, 1 to 20 */
};

/*
 * Reads `path` (NULL: CONFIG_FILE, which may be missing) and then its drop-ins (.conf) in PATH.d,
 * sorted bytewise; what is read later wins. -EINVAL for an unknown section or key, a repeated key,
 * a bad value, or keys that do not go together, with the file, the line and what was expected;
 * -ENOENT when an explicit `path` is missing.
 */
int config_load(const char *path, struct config **ret, struct error *error) _must_check_;

/* One file's text over `config`; `name` stands in the reasons. For config_load() and its tests. */
int config_parse(struct config *config, const char *text, size_t size, const char *name,
		 struct error *error) _must_check_;

/* The defaults alone. */
int config_new(struct config **ret) _must_check_;

void config_free(struct config *config);
DEFINE_CLEANUP(struct config *, config_free)
