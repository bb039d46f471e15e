/* SPDX-License-Identifier: Apache-2.0 */
#include "check/enablement.h"

#include "check/resolve.h"
#include "check/unit_file.h"

#include <string.h>

/* Where packages put units (systemd.unit(5), "Unit File Load Path"). */
static const char *const unit_places[] = {
	"/etc/systemd/system/*", "/usr/lib/systemd/system/*", "/usr/local/lib/systemd/system/*",
	"/etc/systemd/user/*",	 "/usr/lib/systemd/user/*",   "/usr/local/lib/systemd/user/*",
	"/lib/systemd/system/*", "/lib/systemd/user/*",
};

bool unit_is_dormant(const char *name)
{
	static const char *const dormant[] = {
		"debug-shell.service", "emergency.service", "emergency.target",
		"rescue.service",      "rescue.target",	    "system-update-cleanup.service",
	};

	for (size_t i = 0; i < ELEMENTS(dormant); i++)
		if (strcmp(name, dormant[i]) == 0)
			return true;
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_unit_place(const char *path)
{
	for (size_t i = 0; i < ELEMENTS(unit_places); i++)
		if (glob_match(unit_places[i], path))
			return true;
	return false;
}

/* A link's name and its unit's: the same, or an instance and its template. */
static bool is_same_unit(const char *name, const char *unit)
{
	_cleanup_free_ char *template = NULL;

	if (strcmp(name, unit) == 0)
		return true;
	template = unit_name_template(name);
	return template && strcmp(template, unit) == 0;
}

/* "multi-user.target" of "/etc/systemd/system/multi-user.target.wants/x.service", or NULL. */
static char *wanting_unit(const char *path, const char **ret_key)
{
	static const struct {
		const char *suffix, *key;
	} rows[] = {
		{".wants", "WantedBy"},
		{".requires", "RequiredBy"},
		{".upholds", "UpheldBy"},
	};
	const char *slash = strrchr(path, '/');
	const char *begin = slash > path ? memrchr(path, '/', (size_t)(slash - path)) : NULL;

	for (size_t i = 0; begin && i < ELEMENTS(rows); i++) {
		size_t length = (size_t)(slash - begin - 1), suffix = strlen(rows[i].suffix);

		if (length <= suffix || memcmp(slash - suffix, rows[i].suffix, suffix) != 0)
			continue;
		*ret_key = rows[i].key;
		return strndup(begin + 1, length - suffix);
	}
	return NULL;
}

/* WantedBy= may have specifiers; the words are compared after they are filled in. */
static bool declares(const struct unit_file *unit, const char *key, const char *name,
		     const char *wanted)
{
	const char *value;
	size_t at = 0;

	while ((value = unit_file_next(unit, "Install", key, &at))) {
		_cleanup_free_ char *expanded = unit_expand(value, name);

		if (expanded && unit_value_has_word(expanded, wanted))
			return true;
	}
	return false;
}

static bool unit_declares(const struct unit_file *unit, const char *path, const char *unit_name)
{
	const char *name = base_name(path), *key = NULL;
	_cleanup_free_ char *wanting = wanting_unit(path, &key);

	if (wanting)
		return is_same_unit(name, unit_name) && declares(unit, key, name, wanting);
	return is_unit_place(path) && declares(unit, "Alias", unit_name, name);
}

static bool is_suspect(const struct suspects *suspects, const char *path)
{
	return suspects && suspects_find(suspects, path);
}

/* /etc/rc2.d/S01cron is a link to ../init.d/cron. */
static bool is_rc_link(const char *path, const char *target)
{
	return glob_match("/etc/rc[0-6S].d/[SK][0-9][0-9]*", path) &&
	       glob_match("/etc/init.d/*", target) &&
	       strcmp(base_name(path) + 3, base_name(target)) == 0;
}

bool enablement_is_declared(int root_fd, const char *path, const char *unit_path)
{
	_cleanup_unit_file_ struct unit_file unit = {};

	if (unit_is_dormant(base_name(unit_path)) || unit_is_dormant(base_name(path)))
		return false;
	return unit_file_read(&unit, root_fd, unit_path) == 0 && !unit.limited &&
	       unit_declares(&unit, path, base_name(unit_path));
}

bool unit_is_enabled_as_declared(int root_fd, const struct suspects *suspects, const char *path,
				 const char *link)
{
	_cleanup_free_ char *target = path_of_link(path, link);
	_cleanup_resolved_ struct resolved resolved = {};

	if (!target || is_suspect(suspects, target) ||
	    path_resolve(root_fd, target, &resolved) < 0 || !S_ISREG(resolved.st.st_mode) ||
	    resolved.writable || is_suspect(suspects, resolved.path))
		return false;
	if (is_rc_link(path, target))
		return strcmp(resolved.path, target) == 0;
	return is_unit_place(target) && is_unit_place(resolved.path) &&
	       !unit_is_dormant(base_name(resolved.path)) &&
	       enablement_is_declared(root_fd, path, target);
}
