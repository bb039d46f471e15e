/* SPDX-License-Identifier: Apache-2.0 */
#include "check/trigger.h"

#include <string.h>

/* The first that matches counts. */
static const struct {
	const char *glob;
	const char *kind; /* of the code, when the differences have no better one */
	trigger_reader *reader;
} places[] = {
	{"**/systemd/*-generators/**", "service", trigger_read_boot_script},
	{"**/systemd/*-environment-generators/**", "service", trigger_read_boot_script},
	{"/usr/lib/systemd/system-sleep/*", "trigger", trigger_read_hook},
	{"/usr/lib/systemd/system-shutdown/*", "trigger", trigger_read_hook},
	{"/lib/systemd/system-sleep/*", "trigger", trigger_read_hook},
	{"/lib/systemd/system-shutdown/*", "trigger", trigger_read_hook},
	{"/etc/systemd/system-sleep/*", "trigger", trigger_read_hook},
	{"**/systemd/system.conf", "service", trigger_read_manager},
	{"**/systemd/user.conf", "service", trigger_read_manager},
	{"**/systemd/system.conf.d/*.conf", "service", trigger_read_manager},
	{"**/systemd/user.conf.d/*.conf", "service", trigger_read_manager},
	{"**/systemd/system-preset/*.preset", "service", trigger_read_preset},
	{"**/systemd/user-preset/*.preset", "service", trigger_read_preset},
	{"**/systemd/system/**", "service", trigger_read_unit},
	{"**/systemd/system.control/**", "service", trigger_read_unit},
	{"**/systemd/system.attached/**", "service", trigger_read_unit},
	{"**/systemd/transient/**", "service", trigger_read_unit},
	{"**/systemd/user/**", "service", trigger_read_unit},
	{"**/dbus-1/services/*", "service", trigger_read_dbus},
	{"**/dbus-1/system-services/*", "service", trigger_read_dbus},
	{"**/autostart/*.desktop", "xdg", trigger_read_desktop},

	{"/etc/crontab", "cron", trigger_read_crontab},
	{"/etc/cron.d/*", "cron", trigger_read_crontab},
	{"/etc/cron.*/*", "cron", trigger_read_cron_script},
	{"/var/spool/cron/crontabs/*", "cron", trigger_read_user_crontab},
	{"/var/spool/cron/atjobs/*", "at", trigger_read_at},
	{"/var/spool/cron/atspool/*", "at", trigger_read_at},
	{"/var/spool/at/*", "at", trigger_read_at},
	{"/var/spool/cron/*", "cron", trigger_read_user_crontab},
	{"/etc/anacrontab", "cron", trigger_read_anacrontab},

	{"**/udev/rules.d/*.rules", "udev", trigger_read_udev},
	{"/etc/init.d/*", "init", trigger_read_boot_script},
	{"/etc/rc?.d/*", "init", trigger_read_boot_script},
	{"/etc/rc.*", "init", trigger_read_boot_script},
	{"/etc/rc.d/**", "init", trigger_read_boot_script},
	{"/etc/inetd.conf", "init", trigger_read_inetd},
	{"/etc/xinetd.conf", "init", trigger_read_xinetd},
	{"/etc/xinetd.d/*", "init", trigger_read_xinetd},
	{"**/tmpfiles.d/*.conf", "trigger", trigger_read_tmpfiles},
	{"**/sysctl.d/*.conf", "trigger", trigger_read_setting},
	{"/etc/sysctl.conf", "trigger", trigger_read_setting},
	{"**/binfmt.d/*.conf", "trigger", trigger_read_binfmt},
	{"**/modprobe.d/*.conf", "kmod", trigger_read_setting},
	{"/etc/audit/plugins.d/*", "trigger", trigger_read_setting},
	{"/etc/audisp/plugins.d/*", "trigger", trigger_read_setting},
	{"/etc/acpi/events/*", "trigger", trigger_read_setting},
	{"/etc/rsyslog.conf", "trigger", trigger_read_option},
	{"/etc/rsyslog.d/*.conf", "trigger", trigger_read_option},
	{"/etc/crypttab", "trigger", trigger_read_option},
	{"/etc/aliases", "trigger", trigger_read_pipe},
	{"**/.forward", "trigger", trigger_read_pipe},
	{"/etc/logrotate.conf", "trigger", trigger_read_logrotate},
	{"/etc/logrotate.d/*", "trigger", trigger_read_logrotate},
	{"/etc/update-motd.d/*", "motd", trigger_read_login_script},
	{"/etc/environment", "trigger", trigger_read_environment},
	{"**/environment.d/*", "trigger", trigger_read_environment},
	{"/etc/default/*", "service", trigger_read_environment},
	{"/etc/sysconfig/*", "service", trigger_read_environment},
	{"/etc/network/interfaces", "nethook", trigger_read_interfaces},
	{"/etc/network/interfaces.d/*", "nethook", trigger_read_interfaces},
	{"/etc/network/if-*.d/*", "nethook", trigger_read_hook},
	{"**/NetworkManager/dispatcher.d/**", "nethook", trigger_read_hook},
	{"**/networkd-dispatcher/**", "nethook", trigger_read_hook},
	{"/etc/dhcp/dhclient-*-hooks.d/*", "nethook", trigger_read_hook},
	{"/etc/dhcp/dhclient-*-hooks", "nethook", trigger_read_hook},
	{"/etc/ppp/ip*", "nethook", trigger_read_hook},
	{"/etc/ppp/ip*.d/*", "nethook", trigger_read_hook},
	{"/etc/resolvconf/update*.d/*", "nethook", trigger_read_hook},
};

static void start_done(struct start *start)
{
	free(start->line);
	free(start->program);
	free(start->writable);
	free(start->who);
	free(start->when);
	*start = (struct start){};
}

void trigger_done(struct trigger *trigger)
{
	start_done(&trigger->worst);
	free(trigger->note);
	for (size_t i = 0; i < trigger->n_related; i++)
		free(trigger->related[i]);
	*trigger = (struct trigger){};
}

static size_t find_place(const char *path)
{
	size_t i = 0;

	while (i < ELEMENTS(places) && !glob_match(places[i].glob, path))
		i++;
	return i;
}

static trigger_reader *find_reader(const char *path)
{
	size_t i = find_place(path);

	return i < ELEMENTS(places) ? places[i].reader : NULL;
}

bool trigger_is_place(const char *path)
{
	return find_reader(path) != NULL;
}

const char *trigger_kind(const char *path)
{
	size_t i = find_place(path);

	return i < ELEMENTS(places) ? places[i].kind : "trigger";
}

/* A link to what is started; those of units have a meaning of their own. */
static int read_link(const struct trigger_source *source, struct trigger *ret,
		     trigger_reader *reader)
{
	if (reader == trigger_read_unit)
		return trigger_read_unit_link(source, ret);
	return trigger_add_program(ret, source->judge, source->link, NULL, NULL);
}

int trigger_read(const struct trigger_source *source, struct trigger *ret)
{
	trigger_reader *reader = find_reader(source->path);

	if (!reader)
		return 0;
	return source->link ? read_link(source, ret, reader) : reader(source, ret);
}

int trigger_add_related(struct trigger *trigger, const char *path)
{
	for (size_t i = 0; i < trigger->n_related; i++)
		if (strcmp(trigger->related[i], path) == 0)
			return 0;
	if (trigger->n_related == TRIGGER_RELATED_MAX)
		return 0;
	trigger->related[trigger->n_related] = strdup(path);
	if (!trigger->related[trigger->n_related])
		return -ENOMEM;
	trigger->n_related++;
	return 0;
}

int trigger_set_code(struct trigger *trigger, const char *code, const char *note)
{
	if (trigger->code)
		return 0;
	trigger->note = strdup(note);
	if (!trigger->note)
		return -ENOMEM;
	trigger->code = code;
	return 0;
}

static int copy_text(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

static const struct command_program *worst_program(const struct command *command)
{
	const struct command_program *worst = NULL;

	for (size_t i = 0; i < command->count; i++)
		if (!worst || command->programs[i].judged > worst->judged)
			worst = &command->programs[i];
	return worst;
}

/* Keeps what was judged when it is worse than what is known already, or the first. */
static int keep_worst(struct trigger *trigger, const struct command *command, const char *line,
		      const char *who, const char *when)
{
	const struct command_program *program = worst_program(command);
	struct start start = {.judged = command->judged};
	int r;

	if (trigger->worst.line && trigger->worst.judged >= command->judged)
		return 0;
	r = copy_text(line, &start.line);
	if (r == 0)
		r = copy_text(who, &start.who);
	if (r == 0)
		r = copy_text(when, &start.when);
	if (r == 0 && program)
		r = copy_text(program->path, &start.program);
	if (r == 0 && program)
		r = copy_text(program->writable, &start.writable);
	if (r < 0) {
		start_done(&start);
		return r;
	}
	start_done(&trigger->worst);
	trigger->worst = start;
	return 0;
}

static int take_command(struct trigger *trigger, const struct command *command, const char *line,
			const char *who, const char *when)
{
	int r = keep_worst(trigger, command, line, who, when);

	trigger->judged |= command->judged;
	trigger->limited |= command->limited;
	for (size_t i = 0; r == 0 && i < command->count; i++)
		if (command->programs[i].judged & JUDGED_UNVOUCHED)
			r = trigger_add_related(trigger, command->programs[i].path);
	return r;
}

int trigger_add_line(struct trigger *trigger, struct command_judge *judge, const char *line,
		     enum words_syntax syntax, const char *who, const char *when)
{
	_cleanup_command_ struct command command = {};
	int r = command_judge_line(judge, line, strlen(line), syntax, &command);

	return r < 0 ? r : take_command(trigger, &command, line, who, when);
}

int trigger_add_program(struct trigger *trigger, struct command_judge *judge, const char *path,
			const char *who, const char *when)
{
	_cleanup_command_ struct command command = {};
	int r = command_judge_program(judge, path, &command);

	return r < 0 ? r : take_command(trigger, &command, path, who, when);
}

int trigger_add_unit(struct trigger *trigger, const char *path, const char *when)
{
	struct command_program program = {.path = (char *)path,
					  .judged = command_judge_place(path) & JUDGED_BAD};
	const struct command command = {.programs = &program, .count = 1, .judged = program.judged};
	int r = trigger_add_related(trigger, path);

	return r < 0 ? r : take_command(trigger, &command, path, NULL, when);
}

int trigger_add_script(struct trigger *trigger, const struct trigger_source *source,
		       const char *when)
{
	_cleanup_command_ struct command command = {};
	int r = command_judge_script(source->judge, source->text, source->size, &command);

	return r < 0 ? r : take_command(trigger, &command, source->path, NULL, when);
}

int trigger_add_environment(struct trigger *trigger, struct command_judge *judge, const char *text,
			    const char *when)
{
	_cleanup_command_ struct command command = {};
	_cleanup_free_ char *line = NULL;
	int r;

	/* As a shell reads it: what stands before a command is its environment. */
	if (asprintf(&line, "export %s", text) < 0) {
		line = NULL;
		return -ENOMEM;
	}
	r = command_judge_line(judge, line, strlen(line), WORDS_SHELL, &command);
	if (r < 0 || !(command.judged & JUDGED_PRELOAD))
		return r;
	command.judged = JUDGED_PRELOAD;
	return take_command(trigger, &command, text, NULL, when);
}
