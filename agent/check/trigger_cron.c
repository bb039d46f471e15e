/* SPDX-License-Identifier: Apache-2.0 */
#include "check/trigger.h"
#include "measure/root.h"

#include <string.h>

#define BLANKS	    " \t"
#define FIELDS_MAX  6
#define PASSWD_SIZE (1024 * 1024)

/* A table's line: five times or one name, perhaps an account, and the command. crontab(5). */
struct job {
	char *fields[FIELDS_MAX];
	size_t n_times;
	const char *who;
	char *command;
};

/* Cuts the first word off; NULL when there is none. */
static char *next_field(char **rest)
{
	char *begin = *rest + strspn(*rest, BLANKS), *end = begin + strcspn(begin, BLANKS);

	if (begin == end)
		return NULL;
	*rest = end + (*end != '\0');
	*end = '\0';
	return begin;
}

static bool is_time(const char *word)
{
	return word[0] == '*' || (word[0] >= '0' && word[0] <= '9');
}

/* False for what is no job: a comment, a variable, rubbish. */
static bool parse_job(char *line, bool has_account, struct job *ret)
{
	size_t count = line[0] == '@' ? 1 : 5;
	char *rest = line;

	if (line[0] != '@' && !is_time(line))
		return false;
	for (size_t i = 0; i < count; i++) {
		ret->fields[i] = next_field(&rest);
		if (!ret->fields[i])
			return false;
	}
	ret->n_times = count;
	if (has_account) {
		ret->who = next_field(&rest);
		if (!ret->who)
			return false;
	}
	ret->command = rest + strspn(rest, BLANKS);
	return *ret->command != '\0';
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

static bool are_stars(const struct job *job, size_t from)
{
	for (size_t i = from; i < job->n_times; i++)
		if (strcmp(job->fields[i], "*") != 0)
			return false;
	return true;
}

/* The usual times in words, the others as they are written. */
static int tell_time(const struct job *job, char **ret)
{
	static const struct {
		const char *name, *words;
	} names[] = {
		{"@reboot", "at each boot"}, {"@hourly", "every hour"},
		{"@daily", "every day"},     {"@midnight", "every day"},
		{"@weekly", "every week"},   {"@monthly", "every month"},
		{"@yearly", "every year"},   {"@annually", "every year"},
	};
	const char *minute = job->fields[0], *hour = job->n_times > 1 ? job->fields[1] : "";

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcmp(names[i].name, minute) == 0)
			return asprintf(ret, "%s", names[i].words);
	if (job->n_times == 1)
		return asprintf(ret, "at %s", minute);
	if (are_stars(job, 0))
		return asprintf(ret, "every minute");
	if (are_stars(job, 1) && strncmp(minute, "*/", 2) == 0 && is_number(minute + 2))
		return asprintf(ret, "every %s minutes", minute + 2);
	if (are_stars(job, 1) && is_number(minute))
		return asprintf(ret, "every hour at minute %s", minute);
	if (are_stars(job, 2) && is_number(minute) && is_number(hour))
		return asprintf(ret, "every day at %s:%s%s", hour, minute[1] ? "" : "0", minute);
	return asprintf(ret, "at the times %s %s %s %s %s", minute, hour, job->fields[2],
			job->fields[3], job->fields[4]);
}

/* cron gives the command what stands before the first '%'; the rest is its input. */
static void cut_input(char *command)
{
	char *percent = command;

	while ((percent = strchr(percent, '%'))) {
		if (percent > command && percent[-1] == '\\') {
			memmove(percent - 1, percent, strlen(percent) + 1);
			continue;
		}
		*percent = '\0';
		break;
	}
}

static int take_line(const struct trigger_source *source, char *line, const char *account,
		     struct trigger *ret)
{
	_cleanup_free_ char *when = NULL;
	struct job job = {.who = account};

	line += strspn(line, BLANKS);
	if (line[0] == '#' || line[0] == '\0')
		return 0;
	if (!parse_job(line, !account, &job))
		return strchr(line, '=') ? trigger_add_environment(ret, source->judge, line,
								   "in every job of the table")
					 : 0;
	if (tell_time(&job, &when) < 0) {
		when = NULL;
		return -ENOMEM;
	}
	cut_input(job.command);
	return trigger_add_line(ret, source->judge, job.command, WORDS_SHELL, job.who, when);
}

static int take_table(const struct trigger_source *source, const char *account,
		      int (*take)(const struct trigger_source *, char *, const char *,
				  struct trigger *),
		      struct trigger *ret)
{
	_cleanup_free_ char *text = strndup(source->text, source->size);
	char *line, *rest = text;
	int r = text ? 0 : -ENOMEM;

	while (r == 0 && (line = strsep(&rest, "\n")))
		r = take(source, line, account, ret);
	return r;
}

int trigger_read_crontab(const struct trigger_source *source, struct trigger *ret)
{
	return take_table(source, NULL, take_line, ret);
}

/* The shell and the number of an account in /etc/passwd: 0, or -ENOENT. */
static int find_account(int root_fd, const char *name, unsigned long *ret_uid, char **ret_shell)
{
	_cleanup_free_ char *text = NULL;
	size_t size, length = strlen(name);
	char *line, *rest;
	int r = root_read(root_fd, "/etc/passwd", PASSWD_SIZE, &text, &size);

	if (r < 0)
		return r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *fields[7] = {};
		char *left = line;

		if (strncmp(line, name, length) != 0 || line[length] != ':')
			continue;
		for (size_t i = 0; i < ELEMENTS(fields); i++)
			fields[i] = strsep(&left, ":");
		*ret_uid = fields[2] ? strtoul(fields[2], NULL, 10) : 0;
		*ret_shell = strdup(fields[6] ? fields[6] : "");
		return *ret_shell ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

static bool is_no_login(const char *shell)
{
	const char *slash = strrchr(shell, '/');

	return slash && (strcmp(slash, "/nologin") == 0 || strcmp(slash, "/false") == 0);
}

/* Whose table it is says something: nobody sets one up for an account that cannot log in. */
static int check_account(const struct trigger_source *source, const char *account,
			 struct trigger *ret)
{
	_cleanup_free_ char *shell = NULL;
	unsigned long uid = 0;
	int r = find_account(source->judge->root_fd, account, &uid, &shell);

	if (r == -ENOMEM)
		return r;
	if (r == -ENOENT)
		return trigger_set_code(ret, "cron.absent-account",
					"belongs to an account that does not exist");
	if (r == 0 && uid != 0 && is_no_login(shell))
		return trigger_set_code(ret, "cron.service-account",
					"belongs to an account that nobody logs in to");
	return 0;
}

int trigger_read_user_crontab(const struct trigger_source *source, struct trigger *ret)
{
	const char *account = strrchr(source->path, '/') + 1;
	int r = check_account(source, account, ret);

	return r < 0 ? r : take_table(source, account, take_line, ret);
}

/* "period delay name command": anacrontab(5). */
static int take_anacron_line(const struct trigger_source *source, char *line,
			     const char *account _unused_, struct trigger *ret)
{
	_cleanup_free_ char *when = NULL;
	const char *period;
	char *rest = line;

	line += strspn(line, BLANKS);
	if (*line != '@' && !is_time(line))
		return strchr(line, '=') && *line != '#'
			       ? trigger_add_environment(ret, source->judge, line,
							 "in every job of the table")
			       : 0;
	period = next_field(&rest);
	if (!period || !next_field(&rest) || !next_field(&rest))
		return 0;
	if ((is_number(period) ? asprintf(&when, "every %s days", period)
			       : asprintf(&when, "at %s", period)) < 0) {
		when = NULL;
		return -ENOMEM;
	}
	return trigger_add_line(ret, source->judge, rest, WORDS_SHELL, NULL, when);
}

int trigger_read_anacrontab(const struct trigger_source *source, struct trigger *ret)
{
	return take_table(source, NULL, take_anacron_line, ret);
}

/* A job lies in the spool only between at(1) and its time: an image has none. */
int trigger_read_at(const struct trigger_source *source, struct trigger *ret)
{
	int r = trigger_set_code(ret, "at.job", "runs once, at a time set before");

	return r < 0 ? r : trigger_add_script(ret, source, "once, at a time set before");
}

/* /etc/cron.daily and the like. */
int trigger_read_cron_script(const struct trigger_source *source, struct trigger *ret)
{
	static const struct {
		const char *glob, *when;
	} rows[] = {
		{"/etc/cron.hourly/*", "every hour"}, {"/etc/cron.daily/*", "every day"},
		{"/etc/cron.weekly/*", "every week"}, {"/etc/cron.monthly/*", "every month"},
		{"/etc/cron.yearly/*", "every year"},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++)
		if (glob_match(rows[i].glob, source->path))
			return trigger_add_script(ret, source, rows[i].when);
	return 0;
}
