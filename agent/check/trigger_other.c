/* SPDX-License-Identifier: Apache-2.0 */
#include "check/trigger.h"

#include <string.h>

#define BLANKS " \t"

int trigger_take_lines(const struct trigger_source *source, trigger_line_reader *take,
		       struct trigger *ret)
{
	_cleanup_free_ char *text = strndup(source->text, source->size);
	char *line, *rest = text;
	int r = text ? 0 : -ENOMEM;

	while (r == 0 && (line = strsep(&rest, "\n"))) {
		line += strspn(line, BLANKS);
		if (*line != '#' && *line != '\0')
			r = take(source, line, ret);
	}
	return r;
}

/* Programs of a rule's keys: udev(7). */
static bool is_udev_program(const char *key, size_t length)
{
	static const char *const keys[] = {"RUN", "RUN{program}", "PROGRAM", "IMPORT{program}"};

	for (size_t i = 0; i < ELEMENTS(keys); i++)
		if (strlen(keys[i]) == length && memcmp(keys[i], key, length) == 0)
			return true;
	return false;
}

/* A helper without a path lies in udev's own directory. */
static int add_udev_program(const struct trigger_source *source, const char *value,
			    struct trigger *ret)
{
	_cleanup_free_ char *line = NULL;
	int r = value[0] == '/' ? asprintf(&line, "%s", value)
				: asprintf(&line, "/usr/lib/udev/%s", value);

	if (r < 0) {
		line = NULL;
		return -ENOMEM;
	}
	return trigger_add_line(ret, source->judge, line, WORDS_PLAIN, NULL,
				"when a device appears or changes");
}

/* KEY{attribute} OPERATOR "value", and so on. */
static int take_rule(const struct trigger_source *source, char *line, struct trigger *ret)
{
	int r = 0;

	while (r == 0 && *(line += strspn(line, BLANKS ","))) {
		size_t key = strcspn(line, "=!+-: \t");
		char *open = strchr(line, '"'), *close = open ? open + 1 : NULL;

		/* A brace may hold what else would end the key. */
		if (line[strcspn(line, "{\"")] == '{' && strchr(line, '}') &&
		    (!open || strchr(line, '}') < open))
			key = (size_t)(strchr(line, '}') + 1 - line);
		while (close && *close && *close != '"')
			close += *close == '\\' && close[1] ? 2 : 1;
		if (!close || !*close)
			break;
		*close = '\0';
		if (is_udev_program(line, key))
			r = add_udev_program(source, open + 1, ret);
		line = close + 1;
	}
	return r;
}

/* Lines that end with a backslash go on with the next. */
int trigger_read_udev(const struct trigger_source *source, struct trigger *ret)
{
	_cleanup_free_ char *text = strndup(source->text, source->size);
	struct trigger_source joined = *source;

	if (!text)
		return -ENOMEM;
	joined.text = text;
	joined.size = strlen(text);
	for (char *at = text; (at = strstr(at, "\\\n")); at += 2)
		at[0] = at[1] = ' ';
	return trigger_take_lines(&joined, take_rule, ret);
}

/* "service type protocol wait user program arguments": inetd.conf(5). */
static int take_inetd(const struct trigger_source *source, char *line, struct trigger *ret)
{
	const char *who = NULL;
	char *rest = line;

	for (int i = 0; i < 5; i++) {
		rest += strspn(rest, BLANKS);
		who = rest;
		rest += strcspn(rest, BLANKS);
		if (*rest)
			*rest++ = '\0';
	}
	rest += strspn(rest, BLANKS);
	if (*rest == '\0')
		return 0;
	return trigger_add_line(ret, source->judge, rest, WORDS_PLAIN, who,
				"on a connection from the network");
}

int trigger_read_inetd(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_inetd, ret);
}

/* "server = PROGRAM": xinetd.conf(5). */
static int take_xinetd(const struct trigger_source *source, char *line, struct trigger *ret)
{
	char *value = strchr(line, '=');
	size_t length = strcspn(line, BLANKS "=");

	if (!value || length != strlen("server") || memcmp(line, "server", length) != 0)
		return 0;
	value++;
	return trigger_add_line(ret, source->judge, value + strspn(value, BLANKS), WORDS_PLAIN,
				NULL, "on a connection from the network");
}

int trigger_read_xinetd(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_xinetd, ret);
}

static int take_variable(const struct trigger_source *source, char *line, struct trigger *ret)
{
	if (strncmp(line, "export ", strlen("export ")) == 0)
		line += strlen("export ");
	return trigger_add_environment(ret, source->judge, line, "in every program that reads it");
}

int trigger_read_environment(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_variable, ret);
}

/* What systemd-tmpfiles makes at each boot in a place from which something is started. */
static int take_tmpfile(const struct trigger_source *source, char *line, struct trigger *ret)
{
	static const char types[] = "fFwLC";
	char *path = line + strcspn(line, BLANKS);
	size_t length;

	path += strspn(path, BLANKS);
	length = strcspn(path, BLANKS);
	path[length] = '\0';
	if (!strchr(types, line[0]) ||
	    (!trigger_is_place(path) && !glob_match("/etc/ld.so.*", path) &&
	     !glob_match("/etc/sudoers.d/*", path) && !glob_match("**/.ssh/*", path)))
		return 0;
	(void)source;
	return trigger_set_code(ret, "trigger.makes-autostart",
				"makes a file at each boot from which something is started");
}

int trigger_read_tmpfiles(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_tmpfile, ret);
}

/* "post-up COMMAND": interfaces(5). */
static int take_interface(const struct trigger_source *source, char *line, struct trigger *ret)
{
	static const char *const words[] = {"up",   "pre-up",	"post-up",
					    "down", "pre-down", "post-down"};
	size_t length = strcspn(line, BLANKS);

	for (size_t i = 0; i < ELEMENTS(words); i++)
		if (strlen(words[i]) == length && memcmp(words[i], line, length) == 0)
			return trigger_add_line(ret, source->judge, line + length, WORDS_SHELL,
						NULL, "when a network interface goes up or down");
	return 0;
}

int trigger_read_interfaces(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_take_lines(source, take_interface, ret);
}

int trigger_read_boot_script(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_add_script(ret, source, "at each boot");
}

int trigger_read_login_script(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_add_script(ret, source, "at each login");
}

int trigger_read_hook(const struct trigger_source *source, struct trigger *ret)
{
	return trigger_add_script(ret, source, "when the network or the power changes");
}
