/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages that the first boot installed or upgraded, from the root's dpkg database (dpkg-query(1),
 * deb-md5sums(5), deb-control(5)). Its word is taken for a package that was declared, or that a
 * declared one depends on, and its MD5 sums tell whether a file is the package's.
 */
#include "check/explanation_private.h"

#include "check/packages.h"
#include "measure/root.h"

#include <string.h>

#define INFO		 "/var/lib/dpkg/info/"
#define STATUS_MAX	 (64 * 1024 * 1024) /* bytes */
#define LIST_MAX	 (16 * 1024 * 1024) /* bytes of one package's list of files */
#define LOG_MAX		 (16 * 1024 * 1024) /* bytes of dpkg's log */
#define MD5_HEX		 32
#define NAME_SIGNIFICANT 3 /* bytes of a package's name that are no coincidence */

struct installed {
	json_t *packages; /* those that came or changed: name to {version, depends, severity} */
	json_t *owners;	  /* path without the /usr of merged directories, to [package, md5] */
	json_t *gone;	  /* paths that are missing and that no package has any more */
	bool any;
	bool took_away; /* a package was upgraded, or went when others came */
};

/* Providers put their own agent onto the instance, and nobody declares that. */
static const char *const provider_packages[] = {
	"waagent",
	"google-guest-agent",
	"google-osconfig-agent",
	"amazon-ssm-agent",
	"ec2-instance-connect",
	"google-compute-engine",
	"google-compute-engine-oslogin",
	"oracle-cloud-agent",
	"aliyun-assist",
};

void installed_free(struct installed *installed)
{
	if (!installed)
		return;
	json_decref(installed->packages);
	json_decref(installed->owners);
	json_decref(installed->gone);
	free(installed);
}

bool installed_any(const struct installed *installed)
{
	return installed && installed->any;
}

bool explainer_wants_packages(const struct explainer *explainer)
{
	return installed_any(explainer->installed) ||
	       provenance_declares_key_of(explainer->provenance, "packages") ||
	       provenance_declares_upgrade(explainer->provenance);
}

bool installed_has(const struct installed *installed, const char *start)
{
	const char *name;
	json_t *package;

	json_object_foreach(installed->packages, name, package)
	{
		if (strncmp(name, start, strlen(start)) == 0 &&
		    json_object_get(package, "severity"))
			return true;
	}
	return false;
}

/* /bin/x and /usr/bin/x are one file on a merged root. */
static const char *path_key(const char *path)
{
	static const char *const merged[] = {"/usr/bin/", "/usr/sbin/", "/usr/lib"};

	for (size_t i = 0; i < ELEMENTS(merged); i++)
		if (strncmp(path, merged[i], strlen(merged[i])) == 0)
			return path + strlen("/usr");
	return path;
}

/* The package of a file of dpkg's info directory, "libc6:amd64.list"; the caller frees it. */
char *package_of_info(const char *path)
{
	const char *name = path + strlen(INFO);
	const char *dot = strrchr(name, '.');
	size_t length = dot ? (size_t)(dot - name) : strlen(name);
	size_t plain = strcspn(name, ":");

	return strndup(name, plain < length ? plain : length);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && strcmp(text + length - size, end) == 0;
}

/* Notes the packages whose lists are new or otherwise than sealed. */
static int find_packages(const struct explainer *explainer, struct installed *installed)
{
	const struct comparison *comparison = explainer->context->comparison;
	int r = 0;

	for (size_t i = 0; r == 0 && i < comparison->count; i++) {
		const struct difference *difference = &comparison->differences[i];
		_cleanup_free_ char *name = NULL;
		bool is_new = difference->kind == DIFFERENCE_UNEXPECTED;

		if (strncmp(difference->path, INFO, strlen(INFO)) != 0 ||
		    !(ends_with(difference->path, ".list") ||
		      ends_with(difference->path, ".md5sums")))
			continue;
		name = package_of_info(difference->path);
		if (!name)
			return -ENOMEM;
		if (json_object_get(installed->packages, name))
			continue;
		if (json_object_set_new_nocheck(installed->packages, name,
						json_pack("{s:b}", "new", is_new)) < 0)
			r = -ENOMEM;
	}
	return r;
}

/* A field's value in a stanza, without its continuation lines; NULL when it is not there. */
static const char *find_field(const char *stanza, const char *name, size_t *ret_length)
{
	size_t length = strlen(name);

	for (const char *line = stanza; line && *line;) {
		if (strncmp(line, name, length) == 0 && line[length] == ':') {
			line += length + 1;
			line += strspn(line, " ");
			*ret_length = strcspn(line, "\n");
			return line;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

/* The names in a list of dependencies, alternatives included. */
static int take_depends(json_t *depends, const char *text, size_t length)
{
	_cleanup_free_ char *copy = strndup(text, length);
	char *rest = copy, *word;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && (word = strsep(&rest, ",|"))) {
		word += strspn(word, " ");
		word[strcspn(word, " :(")] = '\0';
		if (*word && json_object_set_new_nocheck(depends, word, json_true()) < 0)
			r = -ENOMEM;
	}
	return r;
}

static int own(struct installed *installed, const char *path, const char *package, const char *md5)
{
	json_t *owner = json_pack("[s, s]", package, md5);

	if (!owner)
		return 0; /* not UTF-8: it stays unexplained */
	return json_object_set_new_nocheck(installed->owners, path_key(path), owner) < 0 ? -ENOMEM
											 : 0;
}

/* " /etc/x MD5" lines. */
static int take_conffiles(struct installed *installed, const char *package, const char *stanza)
{
	const char *line = strstr(stanza, "\nConffiles:");
	int r = 0;

	line = line ? strchr(line + 1, '\n') : NULL;
	while (r == 0 && line && line[1] == ' ') {
		const char *path = line + 2, *blank = path + strcspn(path, " \n");
		_cleanup_free_ char *name = NULL, *md5 = NULL;

		line = strchr(path, '\n');
		if (*blank != ' ')
			continue;
		name = strndup(path, (size_t)(blank - path));
		md5 = strndup(blank + 1, MD5_HEX);
		if (!name || !md5)
			return -ENOMEM;
		r = own(installed, name, package, md5);
	}
	return r;
}

static int take_stanza(struct installed *installed, const char *stanza)
{
	static const char *const fields[] = {"Depends", "Pre-Depends", "Recommends"};
	size_t length = 0;
	const char *value = find_field(stanza, "Package", &length);
	_cleanup_free_ char *name = value ? strndup(value, length) : NULL, *version = NULL;
	json_t *package = name ? json_object_get(installed->packages, name) : NULL;
	json_t *depends;
	int r = 0;

	if (!package)
		return 0;
	value = find_field(stanza, "Version", &length);
	version = value ? strndup(value, length) : NULL;
	depends = json_object();
	if (json_object_set_new(package, "depends", depends) < 0 ||
	    (version &&
	     json_object_set_new_nocheck(package, "version", json_string_nocheck(version)) < 0))
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ELEMENTS(fields); i++) {
		value = find_field(stanza, fields[i], &length);
		if (value)
			r = take_depends(depends, value, length);
	}
	return r < 0 ? r : take_conffiles(installed, name, stanza);
}

static int read_status(const struct explainer *explainer, struct installed *installed)
{
	_cleanup_free_ char *data = NULL;
	char *stanza;
	size_t size;
	int r = root_read(explainer->context->root_fd, "/var/lib/dpkg/status", STATUS_MAX, &data,
			  &size);

	if (r != 0)
		return r == -ENOMEM ? r : 0;
	for (stanza = data; r == 0 && stanza;) {
		char *end = strstr(stanza, "\n\n");

		if (end)
			*end = '\0';
		r = take_stanza(installed, stanza);
		stanza = end ? end + 2 : NULL;
	}
	return r;
}

static bool is_provided(const char *name)
{
	for (size_t i = 0; i < ELEMENTS(provider_packages); i++)
		if (strcmp(name, provider_packages[i]) == 0)
			return true;
	return false;
}

static bool is_logged_upgrade(const char *log, const char *name)
{
	_cleanup_free_ char *line = NULL;
	const char *found;

	if (!log || asprintf(&line, " upgrade %s", name) < 0)
		return false;
	found = strstr(log, line);
	return found && strchr(": \n", found[strlen(line)]);
}

/* What speaks for a package by itself; _SEVERITY_INVALID when nothing does. */
static enum severity vouch(const struct explainer *explainer, const char *name,
			   const json_t *package, const char *log)
{
	const struct provenance *provenance = explainer->provenance;

	if (!json_object_get(package, "version"))
		return _SEVERITY_INVALID;
	if (provenance_declares_package(provenance, name))
		return SEVERITY_INFO;
	if (!json_is_true(json_object_get(package, "new")))
		return provenance_declares_upgrade(provenance) && is_logged_upgrade(log, name)
			       ? SEVERITY_INFO
			       : _SEVERITY_INVALID;
	return is_provided(name) ? SEVERITY_LOW : _SEVERITY_INVALID;
}

static int set_severity(json_t *package, enum severity severity, json_t *waiting, const char *name)
{
	if (json_object_set_new(package, "severity", json_integer(severity)) < 0 ||
	    json_array_append_new(waiting, json_string_nocheck(name)) < 0)
		return -ENOMEM;
	return 0;
}

/* What a vouched package depends on is vouched for as it is itself. */
static int spread(struct installed *installed, json_t *waiting)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_array_size(waiting); i++) {
		const json_t *from = json_object_get(installed->packages,
						     json_string_value(json_array_get(waiting, i)));
		enum severity severity =
			(enum severity)json_integer_value(json_object_get(from, "severity"));
		const char *name;
		json_t *unused;

		json_object_foreach(json_object_get(from, "depends"), name, unused)
		{
			json_t *package = json_object_get(installed->packages, name);

			if (r == 0 && package && !json_object_get(package, "severity") &&
			    json_object_get(package, "version"))
				r = set_severity(package, severity, waiting, name);
		}
	}
	return r;
}

static int vouch_all(const struct explainer *explainer, struct installed *installed)
{
	_cleanup_json_ json_t *waiting = json_array();
	_cleanup_free_ char *log = NULL;
	const char *name;
	json_t *package;
	size_t size;
	int r = root_read(explainer->context->root_fd, "/var/log/dpkg.log", LOG_MAX, &log, &size);

	if (r == -ENOMEM || !waiting)
		return -ENOMEM;
	r = 0;
	json_object_foreach(installed->packages, name, package)
	{
		enum severity severity = vouch(explainer, name, package, log);

		if (r == 0 && (int)severity >= 0)
			r = set_severity(package, severity, waiting, name);
	}
	installed->any = json_array_size(waiting) > 0;
	return r < 0 ? r : spread(installed, waiting);
}

static int take_list(struct installed *installed, const char *package, char *data)
{
	char *rest = data, *line;
	int r = 0;

	while (r == 0 && (line = strsep(&rest, "\n")))
		if (line[0] == '/' && !json_object_get(installed->owners, path_key(line)))
			r = own(installed, line, package, "");
	return r;
}

static int take_sums(struct installed *installed, const char *package, char *data)
{
	char *rest = data, *line;
	int r = 0;

	while (r == 0 && (line = strsep(&rest, "\n"))) {
		_cleanup_free_ char *path = NULL;

		if (strlen(line) <= MD5_HEX + 2)
			continue;
		line[MD5_HEX] = '\0';
		if (asprintf(&path, "/%s", line + MD5_HEX + 1 + strspn(line + MD5_HEX + 1, " *")) <
		    0) {
			path = NULL;
			return -ENOMEM;
		}
		r = own(installed, path, package, line);
	}
	return r;
}

/* The lists of files of the packages that are vouched for. */
static int read_lists(const struct explainer *explainer, struct installed *installed)
{
	const struct comparison *comparison = explainer->context->comparison;
	int r = 0;

	for (size_t i = 0; r == 0 && i < comparison->count; i++) {
		const char *path = comparison->differences[i].path;
		_cleanup_free_ char *name = NULL, *data = NULL;
		bool list = ends_with(path, ".list");
		size_t size;

		if (strncmp(path, INFO, strlen(INFO)) != 0 ||
		    (!list && !ends_with(path, ".md5sums")))
			continue;
		name = package_of_info(path);
		if (!name)
			return -ENOMEM;
		if (!json_object_get(json_object_get(installed->packages, name), "severity"))
			continue;
		r = root_read(explainer->context->root_fd, path, LIST_MAX, &data, &size);
		if (r == 0)
			r = list ? take_list(installed, name, data)
				 : take_sums(installed, name, data);
		else if (r != -ENOMEM)
			r = 0;
	}
	return r;
}

/* A package that was upgraded, or whose list changed because, as dpkg's log says, it was removed.
 */
static bool takes_away(const struct installed *installed, const char *log)
{
	const char *name;
	json_t *package;

	json_object_foreach(installed->packages, name, package)
	{
		_cleanup_free_ char *line = NULL;

		if (json_is_true(json_object_get(package, "new")))
			continue;
		if (json_object_get(package, "severity"))
			return true;
		if (asprintf(&line, " remove %s:", name) < 0)
			line = NULL;
		if (log && line && strstr(log, line))
			return true;
	}
	return false;
}

/* The missing paths that no package has. */
static int find_gone(const struct explainer *explainer, struct installed *installed)
{
	const struct comparison *comparison = explainer->context->comparison;
	_cleanup_free_ struct package_query *queries = NULL;
	_cleanup_free_ char *log = NULL;
	size_t size, count = 0;
	int r = root_read(explainer->context->root_fd, "/var/log/dpkg.log", LOG_MAX, &log, &size);

	if (r == -ENOMEM)
		return r;
	installed->took_away = takes_away(installed, log);
	if (!installed->took_away)
		return 0;
	queries = calloc(comparison->count, sizeof(*queries));
	if (!queries)
		return -ENOMEM;
	for (size_t i = 0; i < comparison->count; i++)
		if (comparison->differences[i].kind == DIFFERENCE_MISSING)
			queries[count++].path = comparison->differences[i].path;
	r = package_find_owners(explainer->context->root_fd, queries, count);
	for (size_t i = 0; i < count; i++) {
		if (r == 0 && !queries[i].package &&
		    json_object_set_new_nocheck(installed->gone, queries[i].path, json_true()) < 0)
			r = -ENOMEM;
		free(queries[i].package);
	}
	return r == -ENOMEM ? r : 0;
}

int installed_read(struct explainer *explainer)
{
	_cleanup_(installed_free_p) struct installed *installed = calloc(1, sizeof(*installed));
	int r;

	if (!installed)
		return -ENOMEM;
	installed->packages = json_object();
	installed->owners = json_object();
	installed->gone = json_object();
	r = installed->packages && installed->owners && installed->gone
		    ? find_packages(explainer, installed)
		    : -ENOMEM;
	if (r == 0 && json_object_size(installed->packages) > 0) {
		r = read_status(explainer, installed);
		if (r == 0)
			r = vouch_all(explainer, installed);
		if (r == 0)
			r = read_lists(explainer, installed);
		if (r == 0 && installed->any)
			r = find_gone(explainer, installed);
	}
	if (r < 0)
		return r;
	explainer->installed = TAKE_PTR(installed);
	return 0;
}

const char *installed_named(const struct installed *installed, const char *path)
{
	const char *name;
	json_t *package;

	json_object_foreach(installed->packages, name, package)
	{
		const char *at = path;

		if (strlen(name) < NAME_SIGNIFICANT || !json_object_get(package, "severity"))
			continue;
		while ((at = strchr(at, '/')))
			if (strncmp(++at, name, strlen(name)) == 0 &&
			    strchr("/-._", at[strlen(name)]))
				return name;
	}
	return NULL;
}

bool installed_took_away(const struct installed *installed)
{
	return installed && installed->took_away;
}

const char *installed_owner(const struct installed *installed, const char *path,
			    const char **ret_md5)
{
	const json_t *owner = json_object_get(installed->owners, path_key(path));

	*ret_md5 = json_string_value(json_array_get(owner, 1));
	return json_string_value(json_array_get(owner, 0));
}

const char *installed_version(const struct installed *installed, const char *name,
			      enum severity *ret_severity)
{
	const json_t *package = json_object_get(installed->packages, name);
	const json_t *severity = json_object_get(package, "severity");

	if (!severity)
		return NULL;
	*ret_severity = (enum severity)json_integer_value(severity);
	return json_string_value(json_object_get(package, "version"));
}

bool installed_has_lost(const struct installed *installed, const char *path)
{
	return json_object_get(installed->gone, path) != NULL;
}
