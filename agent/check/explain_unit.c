/* SPDX-License-Identifier: Apache-2.0 */
/* Links: units that are switched on (systemctl(1), systemd.preset(5)), alternatives, zones. */
#include "check/explanation_private.h"

#include "measure/root.h"

#include <fnmatch.h>
#include <limits.h>
#include <string.h>

#define PRESETS_MAX 128

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* "serial-getty@ttyS0.service" is of the template "serial-getty@.service". */
static bool is_instance_of(const char *name, const char *unit)
{
	const char *at = strchr(unit, '@');

	if (strcmp(name, unit) == 0)
		return true;
	return at && at[1] == '.' && strncmp(name, unit, (size_t)(at - unit) + 1) == 0 &&
	       strlen(name) >= strlen(unit) &&
	       strcmp(name + strlen(name) - strlen(at + 1), at + 1) == 0;
}

/* Whether a blank-separated list has the word, or the template that it is an instance of. */
static bool list_has(const char *list, size_t length, const char *word)
{
	while (length > 0) {
		size_t size;

		while (length > 0 && (*list == ' ' || *list == '\t'))
			list++, length--;
		for (size = 0; size < length && list[size] != ' ' && list[size] != '\t';)
			size++;
		if (size > 0 && strlen(word) == size && strncmp(list, word, size) == 0)
			return true;
		list += size;
		length -= size;
	}
	return false;
}

/* Whether the unit's [Install] has the key with this word in it. */
static bool installs_as(const char *unit, const char *key, const char *word)
{
	const char *section = strstr(unit, "[Install]");

	for (const char *line = section; line && *line;) {
		size_t length = strcspn(line, "\n"), size = strlen(key);

		if (length > size && strncmp(line, key, size) == 0 && line[size] == '=' &&
		    list_has(line + size + 1, length - size - 1, word))
			return true;
		line += length + (line[length] == '\n');
	}
	return false;
}

/* Whether [Install] of the unit in the file `target` asks for the very link. */
static bool asks_for(const char *unit, const char *target, const char *path)
{
	static const struct {
		const char *suffix, *key;
	} kinds[] = {{".wants", "WantedBy"}, {".requires", "RequiredBy"}, {".upholds", "UpheldBy"}};
	_cleanup_free_ char *directory = strndup(path, (size_t)(base_name(path) - path) - 1);
	char *name;

	if (!directory)
		return false;
	name = strrchr(directory, '/') + 1;
	for (size_t i = 0; i < ELEMENTS(kinds); i++) {
		size_t length = strlen(name), size = strlen(kinds[i].suffix);

		if (length <= size || strcmp(name + length - size, kinds[i].suffix) != 0)
			continue;
		name[length - size] = '\0';
		return is_instance_of(base_name(path), base_name(target)) &&
		       installs_as(unit, kinds[i].key, name);
	}
	return installs_as(unit, "Alias", base_name(path));
}

enum preset { PRESET_NONE, PRESET_ENABLE, PRESET_DISABLE };

/* The first line of the presets that fits the unit. */
static enum preset preset_of(char *data, const char *unit)
{
	char *rest = data, *line;

	while ((line = strsep(&rest, "\n"))) {
		char *action, *pattern;

		line += strspn(line, " \t");
		action = strsep(&line, " \t");
		pattern = line ? line + strspn(line, " \t") : NULL;
		if (!pattern || *action == '#')
			continue;
		pattern[strcspn(pattern, " \t\r")] = '\0';
		if (fnmatch(pattern, unit, FNM_NOESCAPE) != 0)
			continue;
		if (strcmp(action, "enable") == 0)
			return PRESET_ENABLE;
		if (strcmp(action, "disable") == 0)
			return PRESET_DISABLE;
	}
	return PRESET_NONE;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(base_name(*(const char *const *)a), base_name(*(const char *const *)b));
}

static size_t list_presets(int root_fd, const char *directory, char **names, size_t count)
{
	int fd = root_open_directory(root_fd, directory);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *dirent;

	while (dir && count < PRESETS_MAX && (dirent = readdir(dir))) {
		size_t length = strlen(dirent->d_name);

		if (length > 7 && strcmp(dirent->d_name + length - 7, ".preset") == 0 &&
		    asprintf(&names[count], "%s/%s", directory, dirent->d_name) >= 0)
			count++;
	}
	return count;
}

/* By the presets that are as sealed; one that is not sealed has no say. */
static enum preset find_preset(const struct explainer *explainer, const char *unit)
{
	static const char *const directories[] = {"/etc/systemd/system-preset",
						  "/usr/lib/systemd/system-preset"};
	enum preset preset = PRESET_NONE;
	char *names[PRESETS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		count = list_presets(explainer->context->root_fd, directories[i], names, count);
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++) {
		if (preset == PRESET_NONE && explainer_trusts(explainer, names[i])) {
			size_t size;
			_cleanup_free_ char *data = explainer_read(explainer, names[i], &size);

			preset = data ? preset_of(data, unit) : PRESET_NONE;
		}
		free(names[i]);
	}
	return preset;
}

static bool is_unit_directory(const char *path)
{
	static const char *const places[] = {"/lib/systemd/", "/usr/lib/systemd/", "/etc/systemd/"};

	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (strncmp(path, places[i], strlen(places[i])) == 0)
			return true;
	return false;
}

static bool is_switching(const char *command)
{
	static const char *const verbs[] = {"enable", "reenable", "preset", "disable", "mask"};

	for (size_t i = 0; i < ELEMENTS(verbs); i++)
		if (text_has_word(command, verbs[i]))
			return text_has_word(command, "systemctl");
	return false;
}

/* A command of user-data that switches it on or off by name, with or without its suffix. */
static bool is_switched_by_command(const struct explainer *explainer, const char *unit)
{
	_cleanup_free_ char *plain = strdup(unit);
	char *dot = plain ? strrchr(plain, '.') : NULL;
	const json_t *command;
	size_t i;

	if (!dot)
		return false;
	*dot = '\0';
	if (!provenance_runs_with(explainer->provenance, unit) &&
	    !provenance_runs_with(explainer->provenance, plain))
		return false;
	json_array_foreach(provenance_commands(explainer->provenance), i, command)
	{
		const char *text = json_string_value(command);

		if (is_switching(text) && (text_has_word(text, unit) || text_has_word(text, plain)))
			return true;
	}
	return false;
}

#define ALSO_MAX 64 /* explained links that are looked at */

/* Whether a unit that is rightly enabled has it in its Also=. */
static bool is_enabled_with_another(const struct explainer *explainer, const char *name)
{
	const struct comparison *comparison = explainer->context->comparison;
	size_t seen = 0;

	for (size_t i = 0; i < comparison->count && seen < ALSO_MAX; i++) {
		const struct difference *difference = &comparison->differences[i];
		_cleanup_free_ char *target = NULL, *unit = NULL;
		size_t size;

		if (!explainer->items[i].explained || difference->actual.type != ENTRY_LINK ||
		    strncmp(difference->path, "/etc/systemd/", 13) != 0)
			continue;
		seen++;
		target = link_resolve(difference->path, difference->actual.link);
		unit = target ? explainer_read(explainer, target, &size) : NULL;
		if (unit && installs_as(unit, "Also", name))
			return true;
	}
	return false;
}

/* Links that mask a unit, and links that are gone, only with a command that says so. */
static int explain_switched_off(struct explainer *explainer, const struct difference *difference,
				struct explanation *ret)
{
	if (!is_switched_by_command(explainer, base_name(difference->path)))
		return 0;
	return explain_weakly(ret, "a systemctl command of user-data names the unit");
}

/* A link goes with its unit, or by a command. */
static int explain_missing_link(struct explainer *explainer, const struct difference *difference,
				struct explanation *ret)
{
	_cleanup_free_ char *target = link_resolve(difference->path, difference->expected.link);

	if (difference->expected.type != ENTRY_LINK)
		return 0;
	if (target && installed_took_away(explainer->installed) &&
	    !explainer_exists(explainer, target))
		return explain_weakly(ret, "it led to what went with a package");
	return explain_switched_off(explainer, difference, ret);
}

int explain_enablement(struct explainer *explainer, const struct difference *difference,
		       const char *text _unused_, struct explanation *ret)
{
	_cleanup_free_ char *target = link_resolve(difference->path, difference->actual.link);
	_cleanup_free_ char *unit = NULL;
	const char *name = base_name(difference->path);
	size_t size;

	if (difference->kind == DIFFERENCE_MISSING)
		return explain_missing_link(explainer, difference, ret);
	if (!target || !is_unit_directory(target) || !explainer_trusts(explainer, target))
		return target && strcmp(target, "/dev/null") == 0
			       ? explain_switched_off(explainer, difference, ret)
			       : 0;
	unit = explainer_read(explainer, target, &size);
	if (!unit || strlen(unit) != size)
		return 0;
	if (is_switched_by_command(explainer, name) &&
	    (is_instance_of(name, base_name(target)) || asks_for(unit, target, difference->path)))
		return explain_as(ret, SEVERITY_INFO, "a command of user-data enables the unit");
	if (!asks_for(unit, target, difference->path))
		return explain_remark(ret, "%s does not ask for this link", base_name(target));
	if (explainer_vouches(explainer, target))
		return explain_as(ret, SEVERITY_INFO,
				  "units of what was installed at first boot, as they ask for");
	if (find_preset(explainer, base_name(target)) == PRESET_DISABLE &&
	    !is_enabled_with_another(explainer, base_name(target)))
		return explain_remark(ret, "presets leave %s off", base_name(target));
	return explain_as(ret, SEVERITY_INFO, "presets enable the unit at first boot, as it asks");
}

int explain_trusted_link(struct explainer *explainer, const struct difference *difference,
			 const char *text, struct explanation *ret)
{
	_cleanup_free_ char *target = link_resolve(difference->path, difference->actual.link);

	if (!target || !explainer_vouches(explainer, target) ||
	    strncmp(target, text, strlen(text)) != 0)
		return 0;
	return explain_as(ret, SEVERITY_INFO, "a link to what is explained");
}

/* Set by a command, or by a package that was installed. */
int explain_alternative(struct explainer *explainer, const struct difference *difference,
			const char *text _unused_, struct explanation *ret)
{
	_cleanup_free_ char *target = link_resolve(difference->path, difference->actual.link);
	const char *name = base_name(difference->path);
	const json_t *command;
	size_t i;

	if (!target || !explainer_trusts(explainer, target) || !explainer_exists(explainer, target))
		return 0;
	if (explainer_vouches(explainer, target))
		return explain_as(ret, SEVERITY_INFO, "a link to what is explained");
	json_array_foreach(provenance_commands(explainer->provenance), i, command)
	{
		const char *line = json_string_value(command);

		if (strstr(line, "update-alternatives") && strstr(line, name) &&
		    strstr(line, difference->actual.link))
			return explain_as(ret, SEVERITY_INFO,
					  "a command of user-data sets the alternative");
	}
	return 0;
}

/* Time zones, and the resolver's file as a service keeps it. */
int explain_zone(struct explainer *explainer, const struct difference *difference, const char *text,
		 struct explanation *ret)
{
	static const char *const resolvers[] = {
		"/run/systemd/resolve/stub-resolv.conf", "/run/systemd/resolve/resolv.conf",
		"/usr/lib/systemd/resolv.conf",		 "/run/resolvconf/resolv.conf",
		"/run/NetworkManager/resolv.conf",	 "/etc/resolvconf/run/resolv.conf",
	};
	static const char zones[] = "/usr/share/zoneinfo/";
	_cleanup_free_ char *target = link_resolve(difference->path, difference->actual.link);

	if (!target)
		return 0;
	if (*text == '\0')
		return strncmp(target, zones, strlen(zones)) == 0 &&
				       explainer_trusts(explainer, target)
			       ? explain_as(ret, SEVERITY_INFO, "the instance's time zone")
			       : 0;
	for (size_t i = 0; i < ELEMENTS(resolvers); i++)
		if (strcmp(target, resolvers[i]) == 0)
			return explain_as(ret, SEVERITY_INFO, "the resolver that the system runs");
	return 0;
}
