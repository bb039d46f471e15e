/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of programs that are no starters themselves and yet start what one line of theirs names.
 */
#include "check/trigger.h"

#include <string.h>

#define BLANKS " \t"

/* Lines that begin with a key and go on with a command line. */
static const struct setting {
	const char *glob, *key;
	unsigned skip; /* words between them */
	bool piped;    /* only after a '|' it is a program */
	const char *when;
} settings[] = {
	/* core(5), proc(5) */
	{"**sysctl.*/**", "kernel.core_pattern", 0, true, "when a program crashes"},
	{"**sysctl.conf", "kernel.core_pattern", 0, true, "when a program crashes"},
	{"**sysctl.*/**", "kernel.modprobe", 0, false, "when the kernel wants a module"},
	{"**sysctl.conf", "kernel.modprobe", 0, false, "when the kernel wants a module"},
	{"**sysctl.*/**", "kernel.hotplug", 0, false, "when a device appears"},
	{"**sysctl.*/**", "kernel.poweroff_cmd", 0, false, "when the system is switched off"},
	/* modprobe.d(5) */
	{"**/modprobe.d/**", "install", 1, false, "when a kernel module is loaded"},
	{"**/modprobe.d/**", "remove", 1, false, "when a kernel module is removed"},
	/* auditd-plugins(5) */
	{"**/plugins.d/**", "path", 0, false, "with auditd"},
	/* acpid(8) */
	{"/etc/acpi/events/**", "action", 0, false, "when the power button or the like is pressed"},
};

/* What follows the key, or NULL. */
static char *find_value(const struct setting *setting, char *line)
{
	size_t length = strlen(setting->key);
	char *value;

	/* sysctl(8) leaves out what fails when a '-' stands before it. */
	line += *line == '-';
	if (strncmp(line, setting->key, length) != 0 || !line[length] ||
	    !strchr(BLANKS "=", line[length]))
		return NULL;
	value = line + length + strspn(line + length, BLANKS "=");
	for (unsigned i = 0; i < setting->skip; i++) {
		value += strcspn(value, BLANKS);
		value += strspn(value, BLANKS);
	}
	if (setting->piped && *value != '|')
		return NULL;
	return value + (*value == '|');
}

static int take_setting(const struct trigger_source *source, char *line, struct trigger *ret)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(settings); i++) {
		char *value = glob_match(settings[i].glob, source->path)
				      ? find_value(&settings[i], line)
				      : NULL;

		if (value && *value)
			r = trigger_add_line(ret, source->judge, value, WORDS_SHELL, NULL,
					     settings[i].when);
	}
	return r;
}

int trigger_read_setting(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_setting, ret);
}

/* "binary=" of rsyslog's omprog, "keyscript=" of crypttab(5). */
static int take_option(const struct trigger_source *source, char *line, struct trigger *ret)
{
	static const struct {
		const char *key, *when;
	} rows[] = {
		{"binary=", "for each line of the log"},
		{"keyscript=", "when disks are unlocked"},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(rows); i++) {
		char *value = strstr(line, rows[i].key);

		if (!value)
			continue;
		value += strlen(rows[i].key);
		value += *value == '"';
		value[strcspn(value, "\",) \t")] = '\0';
		r = trigger_add_program(ret, source->judge, value, NULL, rows[i].when);
	}
	return r;
}

int trigger_read_option(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_option, ret);
}

/* Mail that is piped to a program: aliases(5). */
static int take_pipe(const struct trigger_source *source, char *line, struct trigger *ret)
{
	char *value = strchr(line, '|');

	if (!value)
		return 0;
	value[strcspn(value, "\"")] = '\0';
	return trigger_add_line(ret, source->judge, value + 1, WORDS_SHELL, NULL,
				"when mail comes");
}

int trigger_read_pipe(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_pipe, ret);
}

/* ":name:type:offset:magic:mask:interpreter:flags", any byte instead of ':'. binfmt.d(5) */
static int take_binfmt(const struct trigger_source *source, char *line, struct trigger *ret)
{
	char separator[] = {line[0], '\0'}, *rest = line + 1;
	const char *interpreter = NULL;

	if (line[0] == ';')
		return 0;
	for (int i = 0; i < 6; i++)
		interpreter = strsep(&rest, separator);
	if (!interpreter || interpreter[0] != '/')
		return 0;
	return trigger_add_program(ret, source->judge, interpreter, "whoever starts such a file",
				   "when a file of a kind is started");
}

int trigger_read_binfmt(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_binfmt, ret);
}

static bool begins_script(const char *line)
{
	static const char *const words[] = {"prerotate", "postrotate", "firstaction", "lastaction",
					    "preremove"};

	for (size_t i = 0; i < ELEMENTS(words); i++)
		if (strncmp(line, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* What stands between "postrotate" or the like and "endscript" is a shell script: logrotate(8). */
int trigger_read_logrotate(const struct trigger_source *source, struct trigger *ret)
{
	_cleanup_free_ char *text = strndup(source->text, source->size);
	_cleanup_buffer_ struct buffer script = {};
	char *line, *rest = text;
	bool inside = false;
	int r = text ? 0 : -ENOMEM;

	while (r == 0 && (line = strsep(&rest, "\n"))) {
		line += strspn(line, BLANKS);
		if (strncmp(line, "endscript", strlen("endscript")) == 0)
			inside = false;
		else if (inside)
			r = buffer_printf(&script, "%s\n", line);
		else
			inside = begins_script(line);
	}
	if (r < 0 || script.size == 0)
		return r;
	return trigger_add_line(ret, source->judge, script.data, WORDS_SHELL, NULL,
				"when logs are rotated, every day");
}
