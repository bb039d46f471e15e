/* SPDX-License-Identifier: Apache-2.0 */
#include "check/ssh_keys.h"

#include "check/declared.h"
#include "check/flaws.h"
#include "check/passwd.h"
#include "check/ssh_files.h"

#include <string.h>

#define KEYS_MAX     (256 * 1024) /* bytes of a file that are looked at */
#define PASSWD_MAX   (1024 * 1024)
#define PATTERNS_MAX 32
#define REPORTED_MAX 500

/* Where keys are looked for. */
struct pattern {
	char *glob;
	char *config; /* the suspect file that says so, or NULL */
};

struct patterns {
	struct pattern items[PATTERNS_MAX];
	size_t count;
	bool is_full;
};

static void patterns_done(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->count; i++) {
		free(patterns->items[i].glob);
		free(patterns->items[i].config);
	}
}

static int add_pattern(struct patterns *patterns, char *glob, const char *config)
{
	struct pattern pattern = {.glob = glob};

	if (!glob)
		return -ENOMEM;
	if (patterns->count == PATTERNS_MAX) {
		patterns->is_full = true;
		free(glob);
		return 0;
	}
	pattern.config = config ? strdup(config) : NULL;
	if (config && !pattern.config) {
		free(glob);
		return -ENOMEM;
	}
	patterns->items[patterns->count++] = pattern;
	return 0;
}

static int visit(void *data, const struct ssh_place *place, const struct ssh_directive *directive)
{
	struct span arguments = directive->arguments, word;
	int r = 0;

	if (!span_is_nocase(directive->keyword, "AuthorizedKeysFile"))
		return 0;
	while (r == 0 && ssh_argument_next(&arguments, &word))
		if (!ssh_keys_is_default(word))
			r = add_pattern(data, ssh_keys_glob(word),
					place->is_suspect ? place->path : NULL);
	return r;
}

static int find_patterns(const struct check_context *context, struct patterns *patterns)
{
	static const char *const usual[] = {"/**/.ssh/authorized_keys",
					    "/**/.ssh/authorized_keys2"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(usual); i++)
		r = add_pattern(patterns, strdup(usual[i]), NULL);
	return r < 0 ? r : ssh_files_visit(context, visit, patterns, NULL);
}

static const struct pattern *match(const struct patterns *patterns, const char *path)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (glob_match(patterns->items[i].glob, path))
			return &patterns->items[i];
	return NULL;
}

/* One run over all files of keys. */
struct keys {
	const struct check_context *context;
	struct patterns patterns;
	struct declared declared;
	char *passwd; /* in the boot situation */
	size_t passwd_size;
};

static void keys_done(struct keys *keys)
{
	patterns_done(&keys->patterns);
	declared_done(&keys->declared);
	free(keys->passwd);
}

/* The first account whose home the file lies in; empty: nobody's. */
static struct span find_user(const struct keys *keys, const char *path)
{
	struct span rest = {keys->passwd, keys->passwd_size}, line;
	struct passwd_line account;

	while (span_line(&rest, &line))
		if (passwd_parse(line, &account) && account.home.size > 1 &&
		    strncmp(path, account.home.text, account.home.size) == 0 &&
		    path[account.home.size] == '/')
			return account.name;
	return (struct span){};
}

static const char *code_of(const struct key_line *key)
{
	if (key_line_is_disabled(key))
		return "sshkey.disabled";
	return key_option_find(key->options, "cert-authority", NULL) ? "sshkey.authority"
								     : "sshkey.authorized";
}

static int add_key(const struct key_line *key, size_t number, struct flaws *flaws)
{
	char fingerprint[FINGERPRINT_SIZE] = "no valid base64";
	int r = 0;

	if (flaws->count < FLAWS_SHOWN_MAX)
		r = key_fingerprint(key->key, fingerprint);
	if (r < 0 && r != -EINVAL)
		return r;
	return flaws_add(
		flaws, code_of(key), "%.*s %s%s%.*s%s%.*s%s (line %zu)", SPAN_ARGS(key->type),
		fingerprint, key->comment.size ? " " : "", SPAN_ARGS(key->comment),
		key->options.size ? ", with the options " : "", SPAN_ARGS(key->options),
		key_line_is_disabled(key) ? ", which only says which account to take" : "", number);
}

static int judge_lines(const struct keys *keys, const char *path, struct span rest,
		       struct flaws *flaws)
{
	struct span line, user = find_user(keys, path);
	struct key_line key;
	int r = 0;

	for (size_t number = 1; r == 0 && span_line(&rest, &line); number++) {
		if (!key_line_parse(line, &key))
			continue;
		if (!declared_has_key(&keys->declared, user, &key))
			r = add_key(&key, number, flaws);
	}
	return r;
}

static int judge_file(const struct keys *keys, const char *path, const struct pattern *pattern,
		      struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	_cleanup_free_ char *subject = NULL;
	size_t size = 0;
	int r = flaws_read(keys->context, path, KEYS_MAX, ret, &data, &size);

	if (r <= 0)
		return r;
	r = judge_lines(keys, path, (struct span){data, size}, &flaws);
	if (r == 0 && pattern->config && flaws.gravest)
		r = flaws_relate(&flaws, pattern->config);
	if (r < 0)
		return r;
	if (asprintf(&subject, "%zu authorized SSH key%s%s%s", flaws.count,
		     flaws.count == 1 ? "" : "s", pattern->config ? ", read because of " : "",
		     pattern->config ? pattern->config : "") < 0) {
		subject = NULL;
		return -ENOMEM;
	}
	return flaws_report(&flaws, path, subject, ret);
}

static int judge_host_key(const struct check_context *context, const char *path,
			  struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	size_t size = 0;
	int r = flaws_read(context, path, KEYS_MAX, ret, &data, &size);

	if (r <= 0 || !span_has((struct span){data, size}, "PRIVATE KEY-----"))
		return r < 0 ? r : 0;
	r = flaws_add(&flaws, "sshkey.host-key",
		      "it comes with the image, the same on every instance");
	return r < 0 ? r : flaws_report(&flaws, path, "Private host key of the SSH server", ret);
}

static int judge(const struct keys *keys, struct findings *ret)
{
	const struct check_context *context = keys->context;
	size_t before = ret->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < context->suspects.count; i++) {
		const struct difference *suspect = context->suspects.by_path[i];
		const struct pattern *pattern;

		if (suspect->actual.type != ENTRY_FILE && suspect->actual.type != ENTRY_LINK)
			continue;
		if (ret->count - before >= REPORTED_MAX)
			return flaws_uncovered("coverage.limit", suspect->path,
					       "too many files of keys to name", ret);
		pattern = match(&keys->patterns, suspect->path);
		if (pattern)
			r = judge_file(keys, suspect->path, pattern, ret);
		else if (context->situation != SITUATION_BOOT &&
			 glob_match("/etc/ssh/ssh_host_*_key", suspect->path))
			r = judge_host_key(context, suspect->path, ret);
	}
	return r;
}

/* Whose files are whose matters only where something can be declared. */
static int keys_init(struct keys *keys)
{
	int r = declared_init(keys->context, &keys->declared);

	if (r == 0 && keys->declared.is_boot)
		r = flaws_read(keys->context, "/etc/passwd", PASSWD_MAX, NULL, &keys->passwd,
			       &keys->passwd_size);
	return r < 0 ? r : find_patterns(keys->context, &keys->patterns);
}

int ssh_keys_check(const struct check_context *context, struct findings *ret,
		   struct error *error _unused_)
{
	_cleanup_(keys_done) struct keys keys = {.context = context};
	int r;

	if (context->suspects.count == 0)
		return 0;
	r = keys_init(&keys);
	if (r == 0 && keys.patterns.is_full)
		r = flaws_uncovered("coverage.limit", "/etc/ssh/sshd_config",
				    "AuthorizedKeysFile names more places than are looked at", ret);
	return r < 0 ? r : judge(&keys, ret);
}
