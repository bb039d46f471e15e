/* SPDX-License-Identifier: Apache-2.0 */
#include "check/enablement.h"
#include "check/resolve.h"
#include "check/trigger.h"
#include "check/unit_load.h"
#include "measure/root.h"

#include <string.h>

/* The settings whose values are command lines: systemd.service(5), .socket(5), .mount(5). */
static const struct {
	const char *section, *key;
} commands[] = {
	{"Service", "ExecStart"},     {"Service", "ExecStartPre"}, {"Service", "ExecStartPost"},
	{"Service", "ExecCondition"}, {"Service", "ExecReload"},   {"Service", "ExecStop"},
	{"Service", "ExecStopPost"},  {"Socket", "ExecStartPre"},  {"Socket", "ExecStartPost"},
	{"Socket", "ExecStopPre"},    {"Socket", "ExecStopPost"},
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool ends_with(const char *text, const char *suffix)
{
	size_t length = strlen(text), size = strlen(suffix);

	return length >= size && strcmp(text + length - size, suffix) == 0;
}

/* The unit that a file belongs to: its own name, or that of the directory of a drop-in. */
static char *unit_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *begin = slash;

	while (begin > path && begin[-1] != '/')
		begin--;
	if (slash - begin > 2 && strncmp(slash - 2, ".d", 2) == 0 && ends_with(path, ".conf"))
		return strndup(begin, (size_t)(slash - 2 - begin));
	return strdup(slash + 1);
}

static int append_values(struct buffer *buffer, const struct unit_file *unit, const char *section,
			 const char *key, const char *before)
{
	const char *value;
	size_t at = 0;
	int r = 0;

	while (r == 0 && (value = unit_file_next(unit, section, key, &at))) {
		r = buffer_printf(buffer, "%s%s%s", buffer->size > 0 ? ", " : "", before, value);
		before = "";
	}
	return r;
}

/* When it starts, as far as the file itself says. */
static int tell_when(const struct unit_file *unit, char **ret)
{
	static const struct {
		const char *section, *key, *before;
	} rows[] = {
		{"Timer", "OnCalendar", "by the calendar "},
		{"Timer", "OnBootSec", "after boot and "},
		{"Timer", "OnStartupSec", "after the manager's start and "},
		{"Timer", "OnActiveSec", "after activation and "},
		{"Timer", "OnUnitActiveSec", "again after "},
		{"Timer", "OnUnitInactiveSec", "again after "},
		{"Path", "PathExists", "when there is "},
		{"Path", "PathExistsGlob", "when there is "},
		{"Path", "PathChanged", "when there is a change of "},
		{"Path", "PathModified", "when there is a change of "},
		{"Path", "DirectoryNotEmpty", "when there is something in "},
		{"Socket", "ListenStream", "on a connection to "},
		{"Socket", "ListenDatagram", "on a packet to "},
		{"Socket", "ListenFIFO", "on a write to "},
		{"Install", "WantedBy", "with "},
		{"Install", "RequiredBy", "with "},
		{"Install", "UpheldBy", "with "},
	};
	struct buffer buffer = {};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(rows); i++)
		r = append_values(&buffer, unit, rows[i].section, rows[i].key, rows[i].before);
	if (r < 0)
		buffer_done(&buffer);
	*ret = buffer.data;
	return r;
}

static enum unit_scope scope_of(const struct trigger_source *source)
{
	return glob_match("**/systemd/user/**", source->path) ? UNIT_USER : UNIT_SYSTEM;
}

/* As whom: a drop-in leaves that to its unit, and a unit may have it changed by a drop-in. */
static int find_who(const struct trigger_source *source, const struct unit_file *unit,
		    const char *name, char **ret)
{
	_cleanup_unit_file_ struct unit_file whole = {};
	int r = unit_load(source->judge->root_fd, scope_of(source), name, &whole, NULL);
	const char *user;

	if (r == -ENOMEM)
		return r;
	user = unit_file_get(r < 0 ? unit : &whole, "Service", "User");
	if (!user && scope_of(source) == UNIT_USER)
		user = "whoever logs in";
	*ret = user ? strdup(user) : NULL;
	return user && !*ret ? -ENOMEM : 0;
}

static bool has_commands(const struct unit_file *unit)
{
	for (size_t i = 0; i < ELEMENTS(commands); i++)
		if (unit_file_get(unit, commands[i].section, commands[i].key))
			return true;
	return false;
}

static int add_commands(const struct trigger_source *source, const struct unit_file *unit,
			const char *name, const char *when, struct trigger *ret)
{
	_cleanup_free_ char *who = NULL;
	const char *value;
	int r = has_commands(unit) ? find_who(source, unit, name, &who) : 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(commands); i++) {
		size_t at = 0;

		while (r == 0 &&
		       (value = unit_file_next(unit, commands[i].section, commands[i].key, &at))) {
			_cleanup_free_ char *line = unit_expand(value, name);

			r = line ? trigger_add_line(ret, source->judge, line, WORDS_EXEC, who, when)
				 : -ENOMEM;
		}
	}
	return r;
}

static bool is_suspect(const struct trigger_source *source, const char *path)
{
	return suspects_find(source->judge->suspects, path) != NULL;
}

/* A file of variables that all of the unit's programs get. */
static int add_environment_file(const struct trigger_source *source, const char *value,
				struct trigger *ret)
{
	_cleanup_free_ char *text = NULL;
	const char *path = value + (*value == '-');
	size_t size;
	int r;

	if (path[0] != '/' || !is_suspect(source, path))
		return 0;
	r = trigger_add_related(ret, path);
	if (r < 0 || root_read(source->judge->root_fd, path, COMMAND_TEXT_MAX, &text, &size) < 0)
		return r;
	source->judge->read += size;
	return trigger_read_environment(
		&(struct trigger_source){
			.judge = source->judge, .path = path, .text = text, .size = size},
		ret);
}

static int add_environment(const struct trigger_source *source, const struct unit_file *unit,
			   const char *section, const char *when, struct trigger *ret)
{
	static const char *const keys[] = {"Environment", "DefaultEnvironment",
					   "ManagerEnvironment"};
	const char *value;
	size_t at;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(keys); i++)
		for (at = 0; r == 0 && (value = unit_file_next(unit, section, keys[i], &at));)
			r = trigger_add_environment(ret, source->judge, value, when);
	for (at = 0; r == 0 && (value = unit_file_next(unit, section, "EnvironmentFile", &at));)
		r = add_environment_file(source, value, ret);
	return r;
}

/* Another unit that this one starts; only what nothing vouches for is of interest. */
static int add_unit(const struct trigger_source *source, const char *name, const char *when,
		    struct trigger *ret)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (strchr(name, '/'))
		return 0;
	r = unit_find(source->judge->root_fd, scope_of(source), name, &path);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (!is_suspect(source, path) || strcmp(path, source->path) == 0)
		return 0;
	return trigger_add_unit(ret, path, when);
}

/* Units that are pulled in by name. */
static int add_units(const struct trigger_source *source, const struct unit_file *unit,
		     const char *when, struct trigger *ret)
{
	static const struct {
		const char *section, *key;
	} rows[] = {
		{"Timer", "Unit"},     {"Path", "Unit"},     {"Socket", "Service"},
		{"Unit", "Wants"},     {"Unit", "Requires"}, {"Unit", "BindsTo"},
		{"Unit", "OnFailure"}, {"Unit", "Upholds"},  {"Unit", "OnSuccess"},
	};
	const char *value;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(rows); i++) {
		size_t at = 0;

		while (r == 0 && (value = unit_file_next(unit, rows[i].section, rows[i].key, &at)))
			while (r == 0 && *(value += strspn(value, " \t"))) {
				size_t length = strcspn(value, " \t");
				_cleanup_free_ char *name = strndup(value, length);

				r = name ? add_unit(source, name, when, ret) : -ENOMEM;
				value += length;
			}
	}
	return r;
}

/* A console that logs somebody in without asking: agetty(8). */
static int check_autologin(const struct unit_file *unit, struct trigger *ret)
{
	const char *value;
	size_t at = 0;

	while ((value = unit_file_next(unit, "Service", "ExecStart", &at)))
		if (strstr(value, "getty") &&
		    (strstr(value, "--autologin") || strstr(value, " -a ")))
			return trigger_set_code(
				ret, "service.console-login",
				"logs in on a console without asking for a password");
	return 0;
}

/* A file in /etc, /run or /usr/local of the name of a unit that is vouched for. */
static int check_shadow(const struct trigger_source *source, const char *name, struct trigger *ret)
{
	_cleanup_resolved_ struct resolved resolved = {};
	_cleanup_free_ char *path = NULL;
	int r;

	if (strcmp(base_name(source->path), name) != 0 || glob_match("/usr/lib/**", source->path) ||
	    glob_match("/lib/**", source->path))
		return 0;
	if (asprintf(&path, "/usr/lib/systemd/%s/%s",
		     scope_of(source) == UNIT_USER ? "user" : "system", name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	r = path_resolve(source->judge->root_fd, path, &resolved);
	if (r < 0 || is_suspect(source, path) || !S_ISREG(resolved.st.st_mode))
		return r == -ENOMEM ? r : 0;
	return trigger_set_code(ret, "service.replaces-unit",
				"takes the place of a unit of a package");
}

static int parse(const struct trigger_source *source, struct unit_file *unit)
{
	int r;

	/* Only the beginning of a long file is at hand. */
	if (source->size >= COMMAND_TEXT_MAX) {
		r = unit_file_read(unit, source->judge->root_fd, source->path);
		if (r == 0 || r == -ENOMEM)
			return r;
		unit->limited = true;
	}
	return unit_file_parse(unit, source->text, source->size);
}

int trigger_read_unit(const struct trigger_source *source, struct trigger *ret)
{
	_cleanup_unit_file_ struct unit_file unit = {};
	_cleanup_free_ char *name = unit_of(source->path), *when = NULL;
	int r = name ? parse(source, &unit) : -ENOMEM;

	if (r == 0)
		r = tell_when(&unit, &when);
	if (r == 0)
		r = add_commands(source, &unit, name, when, ret);
	if (r == 0)
		r = add_environment(source, &unit, "Service", when, ret);
	if (r == 0)
		r = add_units(source, &unit, when, ret);
	if (r == 0)
		r = check_autologin(&unit, ret);
	if (r == 0)
		r = check_shadow(source, name, ret);
	ret->limited |= unit.limited;
	return r;
}

int trigger_read_manager(const struct trigger_source *source, struct trigger *ret)
{
	_cleanup_unit_file_ struct unit_file unit = {};
	int r = parse(source, &unit);

	if (r == 0)
		r = add_environment(source, &unit, "Manager", "in every service", ret);
	ret->limited |= unit.limited;
	return r;
}

/* Units without which less is recorded, watched or kept up to date. */
static bool is_security_unit(const char *name)
{
	static const char *const globs[] = {
		"/auditd*",
		"/apparmor*",
		"/rsyslog*",
		"/syslog*",
		"/systemd-journald*",
		"/systemd-journal-*",
		"/ufw*",
		"/nftables*",
		"/iptables*",
		"/netfilter-persistent*",
		"/firewalld*",
		"/fail2ban*",
		"/unattended-upgrades*",
		"/apt-daily*",
		"/dnf-automatic*",
		"/clamav*",
		"/falco*",
		"/osquery*",
		"/wazuh*",
		"/aide*",
		"/dailyaidecheck*",
		"/fapolicyd*",
		"/goldseal*",
		"/systemd-timesyncd*",
		"/chrony*",
		"/selinux*",
		"/tetragon*",
		"/ossec*",
		"/crowdsec*",
		"/sysmon*",
	};
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "/%s", name) < 0) {
		path = NULL;
		return false;
	}
	for (size_t i = 0; i < ELEMENTS(globs); i++)
		if (glob_match(globs[i], path))
			return true;
	return false;
}

static int take_preset(const struct trigger_source *source, char *line, struct trigger *ret)
{
	size_t length = strcspn(line, " \t");
	char *name = line + length + strspn(line + length, " \t");

	name[strcspn(name, " \t\r")] = '\0';
	if (strncmp(line, "disable", length) == 0 && is_security_unit(name))
		return trigger_set_code(ret, "service.disabled-by-preset",
					"keeps a unit that records or protects from being enabled");
	if (strncmp(line, "enable", length) != 0)
		return 0;
	if (unit_is_dormant(name))
		return trigger_set_code(ret, "service.dormant-enabled",
					"enables a root shell for whoever is at a console");
	return add_unit(source, name, "from the first boot on", ret);
}

/* Applied once, at a first boot: systemd.preset(5). */
int trigger_read_preset(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_preset, ret);
}

int trigger_read_unit_link(const struct trigger_source *source, struct trigger *ret)
{
	const char *name = base_name(source->path);
	_cleanup_free_ char *target = path_of_link(source->path, source->link);

	if (!target)
		return -ENOMEM;
	if (strcmp(target, "/dev/null") == 0)
		return is_security_unit(name)
			       ? trigger_set_code(ret, "service.masked-security", "is switched off")
			       : 0;
	if (unit_is_dormant(name) || unit_is_dormant(base_name(target)))
		return trigger_set_code(ret, "service.dormant-enabled",
					"gives a root shell to whoever is at a console");
	if (!command_judge_place(target) && !is_suspect(source, target))
		return 0;
	return trigger_add_unit(ret, target, NULL);
}

int trigger_read_dbus(const struct trigger_source *source, struct trigger *ret)
{
	_cleanup_unit_file_ struct unit_file unit = {};
	const char *line;
	int r = parse(source, &unit);

	ret->limited |= unit.limited;
	line = unit_file_get(&unit, "D-BUS Service", "Exec");
	if (r < 0 || !line)
		return r;
	return trigger_add_line(ret, source->judge, line, WORDS_PLAIN,
				unit_file_get(&unit, "D-BUS Service", "User"),
				"when somebody asks for its name on the bus");
}

int trigger_read_desktop(const struct trigger_source *source, struct trigger *ret)
{
	_cleanup_unit_file_ struct unit_file unit = {};
	const char *line;
	int r = parse(source, &unit);

	ret->limited |= unit.limited;
	line = unit_file_get(&unit, "Desktop Entry", "Exec");
	if (r < 0 || !line)
		return r;
	return trigger_add_line(ret, source->judge, line, WORDS_PLAIN, "whoever logs in",
				"at each login to a desktop");
}
