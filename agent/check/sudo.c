/* SPDX-License-Identifier: Apache-2.0 */
#include "check/sudo.h"

#include "check/declared.h"
#include "check/flaws.h"
#include "check/included.h"
#include "check/sudoers.h"

#include <string.h>

#define SUDOERS_MAX	 (256 * 1024)
#define SUDOERS		 "/etc/sudoers"
#define CLOUD_INIT_USERS "/etc/sudoers.d/90-cloud-init-users"

/* One run over all files. A file outside /etc belongs to the one that leads to it. */
struct judging {
	const struct check_context *context;
	struct declared declared;
	struct included files;
	struct flaws flaws[INCLUDED_MAX]; /* of files[], same index */
};

static void judging_free(struct judging *judging)
{
	for (size_t i = 0; i < judging->files.count; i++)
		flaws_done(&judging->flaws[i]);
	included_done(&judging->files);
	declared_done(&judging->declared);
	free(judging);
}
DEFINE_CLEANUP(struct judging *, judging_free)

static bool is_suspect(const struct judging *judging, size_t index)
{
	return suspects_find(&judging->context->suspects, judging->files.files[index].path);
}

/* The file whose finding says what is wrong with this one. */
static size_t owner_of(const struct judging *judging, size_t index)
{
	const struct included_file *files = judging->files.files;

	while (!glob_match("/etc/**", files[index].path) && files[index].by != INCLUDED_BY_NOBODY &&
	       is_suspect(judging, files[index].by))
		index = files[index].by;
	return index;
}

/* Who is allowed everything in a stock sudoers, or is root already. */
static bool is_usual(struct span who)
{
	return span_is(who, "root") || span_is(who, "%sudo") || span_is(who, "%admin") ||
	       span_is(who, "%wheel");
}

static int judge_rule(struct judging *judging, const char *path, const struct sudoers_line *line,
		      struct flaws *flaws)
{
	bool all = sudoers_allows_all(line->what);

	if (line->what.size == 0 || (strcmp(path, CLOUD_INIT_USERS) == 0 &&
				     declared_has_sudo(&judging->declared, line->who, line->rule)))
		return 0;
	if (sudoers_has_tag(line->what, "NOPASSWD") && !span_is(line->who, "root"))
		return flaws_add(flaws, all ? "sudo.no-password" : "sudo.no-password-command",
				 "%.*s runs %s without a password: %.*s (%s:%zu)",
				 SPAN_ARGS(line->who), all ? "everything" : "some commands",
				 SPAN_ARGS(line->what), path, line->number);
	if (all && !is_usual(line->who))
		return flaws_add(flaws, "sudo.grant", "%.*s may do everything: %.*s (%s:%zu)",
				 SPAN_ARGS(line->who), SPAN_ARGS(line->what), path, line->number);
	return 0;
}

/* Where Debian and Ubuntu look for programs. */
static bool is_usual_path(struct span value)
{
	static const char *const usual[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					    "/usr/bin",	       "/sbin",		 "/bin",
					    "/snap/bin",       "/opt/aws/bin"};
	struct span directory;

	while (span_field(&value, ':', &directory)) {
		bool found = false;

		for (size_t i = 0; i < ELEMENTS(usual); i++)
			found = found || span_is(directory, usual[i]);
		if (!found)
			return false;
	}
	return true;
}

static bool is_odd_path(struct span value)
{
	return !is_usual_path(value);
}

static bool is_forever(struct span value)
{
	uint32_t minutes;

	return span_starts(value, "-") || (span_number(value, &minutes) && minutes > 24 * 60);
}

static bool is_global(struct span value)
{
	return span_is(value, "global");
}

static bool is_any(struct span value _unused_)
{
	return true;
}

static bool names_loader(struct span value)
{
	return span_has(value, "LD_") || span_has(value, "BASH_ENV") || span_has(value, "PYTHON") ||
	       span_has(value, "PERL5") || span_is(value, "*");
}

static bool is_never(struct span value)
{
	return span_is(value, "never");
}

/* sudoers(5), "SUDOERS OPTIONS". */
static const struct setting {
	const char *name;
	bool (*is_bad)(struct span value);
	const char *code;
	const char *words;
} settings[] = {
	{"!authenticate", is_any, "sudo.no-password", "nobody is asked for a password"},
	{"exempt_group", is_any, "sudo.no-password", "a group is not asked for a password"},
	{"verifypw", is_never, "sudo.settings", "no password is asked to extend a session"},
	{"timestamp_timeout", is_forever, "sudo.settings", "a password counts for ever"},
	{"!tty_tickets", is_any, "sudo.settings", "a password counts on all terminals"},
	{"timestamp_type", is_global, "sudo.settings", "a password counts on all terminals"},
	{"secure_path", is_odd_path, "sudo.settings", "root finds programs in unusual places"},
	{"!secure_path", is_any, "sudo.settings", "root finds programs where the caller says"},
	{"!env_reset", is_any, "sudo.settings", "the caller's variables stay"},
	{"setenv", is_any, "sudo.settings", "the caller sets variables"},
	{"env_keep", names_loader, "sudo.settings", "variables that load code stay"},
	{"env_file", is_any, "sudo.settings", "variables come from a file"},
	{"restricted_env_file", is_any, "sudo.settings", "variables come from a file"},
	{"mailerpath", is_any, "sudo.settings", "sudo runs this program as root"},
	{"pam_service", is_any, "sudo.settings", "another PAM service decides"},
	{"pam_login_service", is_any, "sudo.settings", "another PAM service decides"},
	{"!syslog", is_any, "sudo.settings", "nothing is logged"},
	{"!log_allowed", is_any, "sudo.settings", "what is allowed is not logged"},
	{"!log_denied", is_any, "sudo.settings", "what is denied is not logged"},
};

static int judge_setting(struct span name, struct span value, const char *path, size_t number,
			 struct flaws *flaws)
{
	for (size_t i = 0; i < ELEMENTS(settings); i++) {
		if (!span_is(name, settings[i].name))
			continue;
		if (!settings[i].is_bad(value))
			return 0;
		return flaws_add(flaws, settings[i].code, "Defaults %.*s%s%.*s: %s (%s:%zu)",
				 SPAN_ARGS(name), value.size ? "=" : "", SPAN_ARGS(value),
				 settings[i].words, path, number);
	}
	return 0;
}

static int judge_defaults(const struct sudoers_line *line, const char *path, struct flaws *flaws)
{
	struct span rest = line->settings, name, value;
	int r = 0;

	while (r == 0 && sudoers_setting_next(&rest, &name, &value))
		r = judge_setting(name, value, path, line->number, flaws);
	return r;
}

/* As sudo takes names of a directory: none with a dot in it, none that ends in '~'. */
static bool is_taken(const char *name, const char *pattern _unused_)
{
	size_t length = strlen(name);

	return length > 0 && !strchr(name, '.') && name[length - 1] != '~';
}

static int follow_include(struct judging *judging, size_t index, const struct sudoers_line *line)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s%.*s", span_starts(line->path, "/") ? "" : "/etc/",
		     (int)(line->path.size < 1024 ? line->path.size : 1024), line->path.text) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (line->kind == SUDOERS_INCLUDE)
		return included_add(&judging->files, path, index);
	return included_add_directory(&judging->files, judging->context->root_fd, path, is_taken,
				      "", index);
}

static int judge_include(struct judging *judging, size_t index, const struct sudoers_line *line,
			 struct flaws *flaws)
{
	int r = 0;

	if (flaws && span_starts(line->path, "/") && !span_starts(line->path, "/etc/"))
		r = flaws_add(flaws, "sudo.include", "rules are read from %.*s (%s:%zu)",
			      SPAN_ARGS(line->path), judging->files.files[index].path,
			      line->number);
	return r < 0 ? r : follow_include(judging, index, line);
}

static int judge_line(struct judging *judging, size_t index, const struct sudoers_line *line,
		      struct flaws *flaws)
{
	const char *path = judging->files.files[index].path;

	switch (line->kind) {
	case SUDOERS_INCLUDE:
	case SUDOERS_INCLUDEDIR:
		return judge_include(judging, index, line, flaws);
	case SUDOERS_DEFAULTS:
		return flaws ? judge_defaults(line, path, flaws) : 0;
	case SUDOERS_RULE:
		return flaws ? judge_rule(judging, path, line, flaws) : 0;
	default:
		return 0;
	}
}

/* A file that is vouched for is read for its includes alone. */
static int judge_file(struct judging *judging, size_t index, struct findings *ret)
{
	_cleanup_sudoers_ struct sudoers_reader reader = {};
	const char *path = judging->files.files[index].path;
	size_t owner = owner_of(judging, index), size = 0;
	struct flaws *flaws = is_suspect(judging, index) ? &judging->flaws[owner] : NULL;
	_cleanup_free_ char *data = NULL;
	struct sudoers_line line;
	int r = flaws_read(judging->context, path, SUDOERS_MAX, ret, &data, &size);

	if (r <= 0)
		return r;
	r = sudoers_open(data, size, &reader);
	while (r == 0 && sudoers_next(&reader, &line))
		r = judge_line(judging, index, &line, flaws);
	if (r == 0 && flaws && owner != index)
		r = flaws_relate(flaws, path);
	return r;
}

static bool has_suspect(const struct check_context *context)
{
	for (size_t i = 0; i < context->suspects.count; i++)
		if (glob_match("/etc/sudo*", context->suspects.by_path[i]->path) ||
		    glob_match("/etc/sudoers.d/**", context->suspects.by_path[i]->path))
			return true;
	return false;
}

static int judge_sudoers(const struct check_context *context, struct findings *ret)
{
	_cleanup_(judging_free_p) struct judging *judging = calloc(1, sizeof(*judging));
	int r;

	if (!judging)
		return -ENOMEM;
	judging->context = context;
	r = declared_init(context, &judging->declared);
	if (r == 0)
		r = included_add(&judging->files, SUDOERS, INCLUDED_BY_NOBODY);
	for (size_t i = 0; r == 0 && i < judging->files.count; i++)
		r = judge_file(judging, i, ret);
	for (size_t i = 0; r == 0 && i < judging->files.count; i++)
		r = flaws_report(&judging->flaws[i], judging->files.files[i].path, "Sudo rule",
				 ret);
	if (r == 0 && judging->files.is_full)
		r = flaws_uncovered("coverage.limit", SUDOERS,
				    "more files are included than are followed", ret);
	return r;
}

static int relate_library(const struct check_context *context, struct span word,
			  struct flaws *flaws)
{
	_cleanup_free_ char *path = NULL;

	/* sudo.conf(5): a name alone lies in the directory of plug-ins. */
	if (asprintf(&path, "%s%.*s", span_starts(word, "/") ? "" : "/usr/libexec/sudo/",
		     (int)(word.size < 1024 ? word.size : 1024), word.text) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return suspects_find(&context->suspects, path) ? flaws_relate(flaws, path) : 0;
}

static int judge_conf_line(const struct check_context *context, struct span line, size_t number,
			   struct flaws *flaws)
{
	struct span rest = span_trim(line), kind, name, path;
	int r;

	if (!span_word(&rest, &kind) || !span_word(&rest, &name) || !span_word(&rest, &path))
		return 0;
	if (span_is(kind, "Plugin") && span_is(path, "sudoers.so"))
		return 0;
	if (!span_is(kind, "Plugin") && !span_is(kind, "Path"))
		return 0;
	r = flaws_add(flaws, "sudo.plugin", "%.*s %.*s is %.*s (line %zu)", SPAN_ARGS(kind),
		      SPAN_ARGS(name), SPAN_ARGS(path), number);
	return r < 0 ? r : relate_library(context, path, flaws);
}

static int judge_doas_line(const struct check_context *context _unused_, struct span line,
			   size_t number, struct flaws *flaws)
{
	bool nopass;

	if (!doas_permits(line, &nopass))
		return 0;
	return flaws_add(flaws, nopass ? "sudo.no-password" : "sudo.grant", "doas: %.*s (line %zu)",
			 SPAN_ARGS(span_trim(line)), number);
}

static int judge_plain(const struct check_context *context, const char *path, const char *subject,
		       int (*judge)(const struct check_context *, struct span, size_t,
				    struct flaws *),
		       struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	struct span rest = {}, line;
	int r;

	if (!suspects_find(&context->suspects, path))
		return 0;
	r = flaws_read(context, path, SUDOERS_MAX, ret, &data, &rest.size);
	if (r <= 0)
		return r;
	rest.text = data;
	r = 0;
	for (size_t number = 1; r == 0 && span_line(&rest, &line); number++)
		r = judge(context, line, number, &flaws);
	return r < 0 ? r : flaws_report(&flaws, path, subject, ret);
}

int sudo_check(const struct check_context *context, struct findings *ret,
	       struct error *error _unused_)
{
	int r = has_suspect(context) ? judge_sudoers(context, ret) : 0;

	if (r == 0)
		r = judge_plain(context, "/etc/sudo.conf", "Sudo's plug-ins", judge_conf_line, ret);
	if (r == 0)
		r = judge_plain(context, "/etc/doas.conf", "Doas rule", judge_doas_line, ret);
	return r;
}
