/* SPDX-License-Identifier: Apache-2.0 */
#include "check/account_sources.h"

#include "check/flaws.h"

#include <string.h>

#define RECORD_MAX   (64 * 1024)
#define REPORTED_MAX 100

/* Says of one line of a database that what follows is asked of the network. */
static int judge_nis(const struct accounts *accounts, enum account_file file, struct findings *ret)
{
	struct span rest = {accounts->data[file], accounts->size[file]}, line;
	_cleanup_flaws_ struct flaws flaws = {};
	int r = 0;

	for (size_t number = 1; r == 0 && span_line(&rest, &line); number++)
		if (span_starts(line, "+") || span_starts(line, "-"))
			r = flaws_add(&flaws, "account.nis", "line %zu, %.*s", number,
				      SPAN_ARGS(line));
	return r < 0 ? r
		     : flaws_report(&flaws, account_paths[file], "Accounts from elsewhere", ret);
}

static int judge_group(struct span line, size_t number, enum account_file file,
		       struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	struct group_line group = {};
	char subject[128];
	int r = 0;

	if (!(file == FILE_GROUP ? group_parse : gshadow_parse)(line, &group))
		return 0;
	if (password_is_usable(group.password))
		r = flaws_add(&flaws, "account.group-password",
			      "who knows its password becomes a member (%s:%zu)",
			      account_paths[file], number);
	if (r == 0 && group.has_gid && group.gid == 0 && !span_is(group.name, "root"))
		r = flaws_add(&flaws, "account.privileged-group",
			      "a second group with gid 0 (%s:%zu)", account_paths[file], number);
	if (r < 0)
		return r;
	(void)snprintf(subject, sizeof(subject), "Group %.*s",
		       (int)(group.name.size < 64 ? group.name.size : 64), group.name.text);
	return flaws_report(&flaws, account_paths[file], subject, ret);
}

int account_groups_judge(const struct accounts *accounts, struct findings *ret)
{
	size_t before = ret->count;
	int r = 0;

	for (enum account_file file = 0; r == 0 && file < _ACCOUNT_FILE_MAX; file++) {
		struct span rest = {accounts->data[file], accounts->size[file]}, line;

		if (!accounts->is_suspect[file] || !accounts->data[file])
			continue;
		r = judge_nis(accounts, file, ret);
		if (file != FILE_GROUP && file != FILE_GSHADOW)
			continue;
		for (size_t number = 1; r == 0 && span_line(&rest, &line); number++) {
			if (ret->count - before >= REPORTED_MAX)
				return flaws_uncovered("coverage.limit", account_paths[file],
						       "too many groups to name", ret);
			r = judge_group(line, number, file, ret);
		}
	}
	return r;
}

/* A user record (systemd's JSON) or a passwd of libnss-extrausers. */
static int judge_record(const struct check_context *context, const char *path, struct findings *ret)
{
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	size_t size = 0;
	struct span rest, line;
	int r = flaws_read(context, path, RECORD_MAX, ret, &data, &size);

	if (r <= 0)
		return r;
	rest = (struct span){data, size};
	if (!span_line(&rest, &line))
		return 0;
	r = flaws_add(&flaws, "account.database", "an account outside /etc/passwd: %.*s",
		      SPAN_ARGS(line));
	return r < 0 ? r : flaws_report(&flaws, path, "Account record", ret);
}

static int judge_records(const struct check_context *context, struct findings *ret)
{
	static const char *const globs[] = {"/etc/userdb/**", "/usr/lib/userdb/**",
					    "/run/userdb/**", "/usr/local/lib/userdb/**",
					    "/var/lib/extrausers/*"};
	size_t before = ret->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < context->suspects.count; i++) {
		const struct difference *suspect = context->suspects.by_path[i];

		if (suspect->actual.type != ENTRY_FILE)
			continue;
		if (ret->count - before >= REPORTED_MAX)
			return flaws_uncovered("coverage.limit", suspect->path,
					       "too many account records to name", ret);
		for (size_t k = 0; r == 0 && k < ELEMENTS(globs); k++)
			if (glob_match(globs[k], suspect->path))
				r = judge_record(context, suspect->path, ret);
	}
	return r;
}

/* Modules of the name service that nothing vouches for. */
struct modules {
	const char *paths[64];
	size_t count;
};

static void find_modules(const struct check_context *context, struct modules *modules)
{
	for (size_t i = 0; !context->unvouched && i < context->suspects.count; i++) {
		const char *path = context->suspects.by_path[i]->path;

		if (modules->count < ELEMENTS(modules->paths) &&
		    glob_match("/**/libnss_*.so*", path))
			modules->paths[modules->count++] = path;
	}
}

/* The module's file when it is one of them. */
static const char *find_module(const struct modules *modules, struct span service)
{
	for (size_t i = 0; i < modules->count; i++) {
		const char *name = strrchr(modules->paths[i], '/') + strlen("/libnss_");
		size_t length = (size_t)(strstr(name, ".so") - name);

		if (span_same(service, (struct span){name, length}))
			return modules->paths[i];
	}
	return NULL;
}

static int judge_services(const struct modules *modules, struct span line, size_t number,
			  struct flaws *flaws)
{
	struct span database, service;
	int r = 0;

	if (!span_field(&line, ':', &database))
		return 0;
	while (r == 0 && span_word(&line, &service)) {
		const char *module = find_module(modules, service);

		if (!module)
			continue;
		r = flaws_add(flaws, "account.name-service",
			      "line %zu asks the module %s about %.*s, and nothing vouches for it",
			      number, module, SPAN_ARGS(span_trim(database)));
		if (r == 0)
			r = flaws_relate(flaws, module);
	}
	return r;
}

static int judge_nsswitch(const struct check_context *context, struct findings *ret)
{
	static const char path[] = "/etc/nsswitch.conf";
	_cleanup_flaws_ struct flaws flaws = {};
	_cleanup_free_ char *data = NULL;
	struct modules modules = {};
	size_t size = 0, number = 1;
	struct span rest, line;
	int r;

	if (!suspects_find(&context->suspects, path))
		return 0;
	r = flaws_read(context, path, RECORD_MAX, ret, &data, &size);
	if (r <= 0)
		return r;
	r = 0;
	rest = (struct span){data, size};
	find_modules(context, &modules);
	for (; r == 0 && span_line(&rest, &line); number++)
		if (line.size > 0 && line.text[0] != '#')
			r = judge_services(&modules, line, number, &flaws);
	return r < 0 ? r : flaws_report(&flaws, path, "Name service switch", ret);
}

int account_sources_judge(const struct check_context *context, struct findings *ret)
{
	int r = judge_records(context, ret);

	return r < 0 ? r : judge_nsswitch(context, ret);
}
