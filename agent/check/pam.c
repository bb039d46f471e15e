/* SPDX-License-Identifier: Apache-2.0 */
#include "check/pam.h"

#include "check/flaws.h"
#include "check/pam_config.h"

#include <string.h>

#define PAM_MAX	     (256 * 1024)
#define REPORTED_MAX 200

/* Modules of PAM that nothing vouches for. */
struct modules {
	const char *paths[64];
	size_t count;
};

struct judging {
	const struct check_context *context;
	struct modules modules;
};

/* One file on its way through the rules. */
struct service {
	const char *path;
	bool has_service;	/* pam.conf */
	bool is_common;		/* one of those that pam-auth-update writes */
	unsigned auth, permits; /* lines */
	struct flaws flaws;
};

static void find_modules(const struct check_context *context, struct modules *modules)
{
	for (size_t i = 0; !context->unvouched && i < context->suspects.count; i++) {
		const char *path = context->suspects.by_path[i]->path;

		if (modules->count < ELEMENTS(modules->paths) &&
		    glob_match("/**/security/*.so", path))
			modules->paths[modules->count++] = path;
	}
}

static const char *find_module(const struct modules *modules, struct span name)
{
	for (size_t i = 0; i < modules->count; i++)
		if (span_is(name, strrchr(modules->paths[i], '/') + 1))
			return modules->paths[i];
	return NULL;
}

static bool is_auth(const struct pam_line *line)
{
	return span_is_nocase(line->type, "auth");
}

/* In a stock stack it stands last and is required; a jump over the others is as good as yes. */
static bool permits(const struct pam_line *line)
{
	if (!is_auth(line))
		return span_is_nocase(line->type, "account") && pam_control_suffices(line->control);
	return !span_is_nocase(line->control, "required") &&
	       !span_is_nocase(line->control, "requisite") &&
	       !span_is_nocase(line->control, "optional");
}

static bool runs_program(const struct pam_line *line _unused_)
{
	return true;
}

static bool sees_password(const struct pam_line *line)
{
	return pam_has_argument(line->arguments, "expose_authtok");
}

static bool logs_passwords(const struct pam_line *line)
{
	return pam_has_argument(line->arguments, "log_passwd");
}

static bool suffices(const struct pam_line *line)
{
	return is_auth(line) && pam_control_suffices(line->control);
}

static bool trusts(const struct pam_line *line)
{
	return is_auth(line) && pam_has_argument(line->arguments, "trust");
}

static bool reads_user_file(const struct pam_line *line)
{
	return pam_has_argument(line->arguments, "user_readenv=1") ||
	       span_has(line->arguments, "envfile=/tmp") ||
	       span_has(line->arguments, "conffile=/tmp");
}

/* The first that fits a line decides. */
static const struct rule {
	const char *module;
	bool (*is_bad)(const struct pam_line *line);
	const char *code;
	const char *words;
} rules[] = {
	{"pam_permit.so", permits, "pam.bypass", "anybody is let in"},
	{"pam_debug.so", permits, "pam.bypass", "anybody is let in"},
	{"pam_succeed_if.so", suffices, "pam.bypass", "a condition stands in for the password"},
	{"pam_localuser.so", suffices, "pam.bypass", "a condition stands in for the password"},
	{"pam_listfile.so", suffices, "pam.bypass", "a list stands in for the password"},
	{"pam_access.so", suffices, "pam.bypass", "a list stands in for the password"},
	{"pam_wheel.so", trusts, "pam.bypass", "a group stands in for the password"},
	{"pam_rhosts.so", suffices, "pam.bypass", "other hosts vouch for users"},
	{"pam_pwdfile.so", suffices, "pam.bypass", "passwords of a second file count"},
	{"pam_userdb.so", suffices, "pam.bypass", "passwords of a second database count"},
	{"pam_exec.so", sees_password, "pam.exec", "a program gets the password"},
	{"pam_exec.so", runs_program, "pam.exec", "logins run a program"},
	{"pam_script.so", runs_program, "pam.exec", "logins run a program"},
	{"pam_python.so", runs_program, "pam.exec", "logins run a program"},
	{"pam_perl.so", runs_program, "pam.exec", "logins run a program"},
	{"pam_tty_audit.so", logs_passwords, "pam.password-log",
	 "typed passwords are written down"},
	{"pam_env.so", reads_user_file, "pam.weak", "users set variables before the login shell"},
};

static int relate_arguments(const struct check_context *context, const struct pam_line *line,
			    struct flaws *flaws)
{
	struct span rest = line->arguments, word;
	int r = 0;

	while (r == 0 && span_word(&rest, &word)) {
		const char *slash = word.size ? memchr(word.text, '/', word.size) : NULL;
		_cleanup_free_ char *path = NULL;

		if (!slash)
			continue;
		path = span_copy(span_after(word, (size_t)(slash - word.text)));
		if (!path)
			return -ENOMEM;
		if (suspects_find(&context->suspects, path))
			r = flaws_relate(flaws, path);
	}
	return r;
}

static int add_flaw(const struct check_context *context, const char *code, const char *words,
		    const struct pam_line *line, size_t number, struct flaws *flaws)
{
	int r = flaws_add(flaws, code, "%s (line %zu: %.*s %.*s %.*s %.*s)", words, number,
			  SPAN_ARGS(line->type), SPAN_ARGS(line->control), SPAN_ARGS(line->module),
			  SPAN_ARGS(line->arguments));

	return r < 0 ? r : relate_arguments(context, line, flaws);
}

static int judge_module(const struct judging *judging, const struct pam_line *line, size_t number,
			struct flaws *flaws)
{
	struct span name = pam_module_name(line->module);
	const char *found = find_module(&judging->modules, name);
	_cleanup_free_ char *path = NULL;
	int r;

	if (!found && span_starts(line->module, "/")) {
		path = span_copy(line->module);
		if (!path)
			return -ENOMEM;
		/* Multiarch paths of packages are written out by some; those are vouched for. */
		if ((!judging->context->unvouched &&
		     suspects_find(&judging->context->suspects, path)) ||
		    !span_has(line->module, "/security/"))
			found = path;
	}
	if (!found)
		return 0;
	r = add_flaw(judging->context, "pam.module", "nothing vouches for the module", line, number,
		     flaws);
	return r < 0 ? r : flaws_relate(flaws, found);
}

/* Debian's own common-auth and common-password have nullok; another file has it for a purpose. */
static bool adds_nullok(const struct service *service, const struct pam_line *line)
{
	return !service->is_common && is_auth(line) &&
	       span_is(pam_module_name(line->module), "pam_unix.so") &&
	       span_has(line->arguments, "nullok");
}

static int judge_line(const struct judging *judging, struct service *service,
		      const struct pam_line *line, size_t number)
{
	struct span name = pam_module_name(line->module);
	int r = judge_module(judging, line, number, &service->flaws);

	if (is_auth(line) && !span_is(line->control, "include") &&
	    !span_is(line->control, "substack")) {
		service->auth++;
		service->permits += span_is(name, "pam_permit.so");
	}
	for (size_t i = 0; r == 0 && i < ELEMENTS(rules); i++)
		if (span_is(name, rules[i].module) && rules[i].is_bad(line))
			return add_flaw(judging->context, rules[i].code, rules[i].words, line,
					number, &service->flaws);
	if (r == 0 && adds_nullok(service, line))
		r = add_flaw(judging->context, "pam.weak", "empty passwords are accepted", line,
			     number, &service->flaws);
	return r;
}

/* A stack whose only word is yes. */
static int judge_stack(struct service *service)
{
	if (service->auth == 0 || service->permits < service->auth)
		return 0;
	return flaws_add(&service->flaws, "pam.bypass", "its only auth module is pam_permit.so");
}

static int judge_service(const struct judging *judging, const char *path, struct findings *ret)
{
	struct service service = {
		.path = path,
		.has_service = strcmp(path, "/etc/pam.conf") == 0,
		.is_common = glob_match("/etc/pam.d/common-*", path),
	};
	_cleanup_free_ char *data = NULL;
	struct span rest = {}, text;
	struct pam_line line;
	int r = flaws_read(judging->context, path, PAM_MAX, ret, &data, &rest.size);

	if (r <= 0)
		return r;
	rest.text = data;
	r = 0;
	for (size_t number = 1; r == 0 && span_line(&rest, &text); number++)
		if (pam_line_parse(text, service.has_service, &line))
			r = judge_line(judging, &service, &line, number);
	if (r == 0)
		r = judge_stack(&service);
	if (r == 0)
		r = flaws_report(&service.flaws, path, "PAM configuration", ret);
	flaws_done(&service.flaws);
	return r;
}

/* "	[success=end default=ignore]	pam_x.so words": a line of a service without its type. */
static bool parse_profile(struct span text, struct pam_line *ret)
{
	*ret = (struct pam_line){.type = span_of("auth")};
	while (span_word(&text, &ret->module)) {
		if (span_starts(pam_module_name(ret->module), "pam_")) {
			ret->arguments = span_trim(text);
			return true;
		}
		/* A control in brackets is several words. */
		if (ret->control.size == 0)
			ret->control = ret->module;
		ret->control.size =
			(size_t)(ret->module.text + ret->module.size - ret->control.text);
	}
	return false;
}

/* A profile of pam-auth-update, which the next package that has one applies. */
static int judge_profile(const struct judging *judging, const char *path, struct findings *ret)
{
	struct service service = {.path = path, .is_common = true};
	_cleanup_free_ char *data = NULL;
	struct span rest = {}, text;
	struct pam_line line;
	int r = flaws_read(judging->context, path, PAM_MAX, ret, &data, &rest.size);

	if (r <= 0)
		return r;
	rest.text = data;
	r = 0;
	for (size_t number = 1; r == 0 && span_line(&rest, &text); number++)
		if (parse_profile(text, &line))
			r = judge_line(judging, &service, &line, number);
	if (r == 0)
		r = flaws_report(&service.flaws, path, "PAM profile", ret);
	flaws_done(&service.flaws);
	return r;
}

/* group.conf(5): whoever logs in in a certain way gets groups. Debian's has comments alone. */
static int judge_groups(const struct judging *judging, const char *path, struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	struct span rest = {}, text;
	int r = flaws_read(judging->context, path, PAM_MAX, ret, &data, &rest.size);

	if (r <= 0)
		return r;
	rest.text = data;
	r = 0;
	for (size_t number = 1; r == 0 && span_line(&rest, &text); number++) {
		text = span_trim(text);
		if (text.size > 0 && text.text[0] != '#')
			r = flaws_add(&flaws, "pam.weak",
				      "logins are given groups (line %zu: %.*s)", number,
				      SPAN_ARGS(text));
	}
	return r < 0 ? r : flaws_report(&flaws, path, "PAM groups", ret);
}

static const struct {
	const char *glob;
	int (*judge)(const struct judging *judging, const char *path, struct findings *ret);
} places[] = {
	{"/etc/pam.d/*", judge_service},
	{"/usr/lib/pam.d/*", judge_service},
	{"/etc/pam.conf", judge_service},
	{"/usr/share/pam-configs/*", judge_profile},
	{"/etc/security/group.conf", judge_groups},
};

int pam_check(const struct check_context *context, struct findings *ret,
	      struct error *error _unused_)
{
	struct judging judging = {.context = context};
	size_t before = ret->count;
	int r = 0;

	find_modules(context, &judging.modules);
	for (size_t i = 0; r == 0 && i < context->suspects.count; i++) {
		const struct difference *suspect = context->suspects.by_path[i];

		if (suspect->actual.type != ENTRY_FILE && suspect->actual.type != ENTRY_LINK)
			continue;
		if (ret->count - before >= REPORTED_MAX)
			return flaws_uncovered("coverage.limit", suspect->path,
					       "too many files of PAM to name", ret);
		for (size_t k = 0; r == 0 && k < ELEMENTS(places); k++)
			if (glob_match(places[k].glob, suspect->path))
				r = places[k].judge(&judging, suspect->path, ret);
	}
	return r;
}
