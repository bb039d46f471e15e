/* SPDX-License-Identifier: Apache-2.0 */
#include "check/runtime_units.h"

#include "catalog.h"
#include "measure/root.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define UNIT_SIZE_MAX	(256 * 1024)
#define DIRECTORIES_MAX 4096
#define ENTRIES_MAX	50000

/* Who makes the units of a directory. */
enum origin {
	ORIGIN_RUNTIME,	  /* whoever writes there; netplan alone is usual */
	ORIGIN_GENERATOR, /* systemd's generators, from settings that are measured */
	ORIGIN_TRANSIENT, /* whoever asks systemd to, as systemd-run does */
	ORIGIN_DROP_IN,	  /* drop-ins of a unit in one of these */
};

/* Directories of units, and of the drop-ins one level below. */
static const struct {
	const char *path;
	enum origin origin;
} unit_directories[] = {
	{"/run/systemd/transient", ORIGIN_TRANSIENT},
	{"/run/systemd/system", ORIGIN_RUNTIME},
	{"/run/systemd/generator", ORIGIN_GENERATOR},
	{"/run/systemd/generator.early", ORIGIN_GENERATOR},
	{"/run/systemd/generator.late", ORIGIN_GENERATOR},
	{"/run/systemd/user", ORIGIN_RUNTIME},
};

struct reading {
	struct live *live;
	size_t entries;
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), suffix = strlen(end);

	return length >= suffix && strcmp(text + length - suffix, end) == 0;
}

/* Scopes and slices hold processes that others have started; these start some. */
static bool starts_programs(const char *name)
{
	static const char *const ends[] = {".service", ".timer", ".path", ".socket"};

	for (size_t i = 0; i < ELEMENTS(ends); i++)
		if (ends_with(name, ends[i]))
			return true;
	return false;
}

char *exec_line_find_program(const char *line, size_t length)
{
	const char *equals = memchr(line, '=', length), *end = line + length, *first;
	bool quoted;

	if (!equals || length < 4 || memcmp(line, "Exec", 4) != 0)
		return NULL;
	first = equals + 1;
	/* systemd.service(5), "Special executable prefixes" */
	while (first < end && strchr(" \t@-:+!|", *first))
		first++;
	quoted = first < end && (*first == '"' || *first == '\'');
	if (quoted) {
		const char *close = memchr(first + 1, *first, (size_t)(end - first - 1));

		end = close ? close : end;
		first++;
	}
	if (first >= end || *first != '/')
		return NULL;
	return strndup(first, quoted ? (size_t)(end - first)
			      : strcspn(first, " \t\n") < (size_t)(end - first)
				      ? strcspn(first, " \t\n")
				      : (size_t)(end - first));
}

/* A shell may run anything, so a package that owns it says nothing about what it runs. */
static bool is_harmless(struct live *live, const char *program)
{
	char path[PATH_MAX];

	return realpath(program, path) && !program_is_interpreter(path) &&
	       live_vouch(live, path) != VOUCHED_NOT;
}

/* The first Exec line whose program nothing vouches for, in a new string; NULL: none. */
static char *find_exec(struct live *live, const char *text)
{
	for (const char *line = text; *line; line += *line == '\n') {
		size_t length = strcspn(line, "\n");
		_cleanup_free_ char *program = exec_line_find_program(line, length);

		if (program && !is_harmless(live, program))
			return strndup(line, length < 200 ? length : 200);
		line += length;
	}
	return NULL;
}

static struct finding *find_finding(const struct live *live, const char *path)
{
	for (size_t i = live->findings->count; i > live->first; i--)
		if (live->findings->items[i - 1].path &&
		    strcmp(live->findings->items[i - 1].path, path) == 0)
			return &live->findings->items[i - 1];
	return NULL;
}

static int take(struct live *live, const char *code, const char *path, const char *title,
		const char *actual)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	if (live->findings->count - live->first >= LIVE_FINDINGS_MAX) {
		live->dropped++;
		return 0;
	}
	r = finding_start(&finding, code);
	if (r < 0)
		return r;
	finding.path = strdup(path);
	finding.actual = strdup(actual);
	if (!finding.path || !finding.actual)
		return -ENOMEM;
	if (asprintf(&finding.title, "%s %s", path_name(path), title) < 0) {
		finding.title = NULL;
		return -ENOMEM;
	}
	return findings_take(live->findings, &finding);
}

/* A timer and the service that it starts are one thing, which the service names. */
static int take_transient(struct live *live, const char *path, const char *text)
{
	_cleanup_free_ char *exec = find_exec(live, text), *service = strdup(path);
	struct finding *earlier;
	char *dot = service ? strrchr(service, '.') : NULL;
	int r;

	if (!service)
		return -ENOMEM;
	if (dot && !ends_with(path, ".service")) {
		_cleanup_free_ char *stem = strndup(service, (size_t)(dot - service));

		free(service);
		service = NULL;
		if (!stem || asprintf(&service, "%s.service", stem) < 0) {
			service = NULL;
			return -ENOMEM;
		}
		earlier = find_finding(live, service);
		if (earlier)
			return finding_add_related(earlier, path);
	}
	r = take(live, "service.transient", path, "was made while the system runs",
		 exec ? exec : "a transient unit");
	/* A shell, or a program of nobody's. */
	if (r == 0 && exec && (earlier = find_finding(live, path)))
		earlier->severity = SEVERITY_HIGH;
	return r;
}

/* systemd.generator(7): generators say so, or from which setting they made the unit. */
static bool is_usual(const char *path, const char *text, enum origin origin)
{
	switch (origin) {
	case ORIGIN_GENERATOR:
		return strstr(text, "# Automatically generated by") || strstr(text, "SourcePath=");
	case ORIGIN_DROP_IN:
		return true;
	default:
		return strncmp(path_name(path), "netplan-", strlen("netplan-")) == 0;
	}
}

static int check_unit(struct live *live, const char *path, enum origin origin)
{
	_cleanup_free_ char *text = NULL, *exec = NULL;
	size_t size;
	int r = root_read(live->context->root_fd, path, UNIT_SIZE_MAX, &text, &size);

	if (r == -ENOMEM)
		return r;
	/* A link to a unit elsewhere enables or masks that one and is none itself. */
	if (r < 0)
		return 0;
	if (origin == ORIGIN_TRANSIENT)
		return take_transient(live, path, text);
	if (live_vouch(live, path) != VOUCHED_NOT)
		return 0;
	exec = find_exec(live, text);
	if (!exec && is_usual(path, text, origin))
		return 0;
	return take(live, "service.runtime", path, "exists until the next boot alone",
		    exec ? exec : "nothing says what made it");
}

char *udev_rules_find_run(const char *text)
{
	/* udev(7); ENV{SYSTEMD_WANTS} makes systemd start a unit. */
	static const char *const keys[] = {"RUN", "PROGRAM", "IMPORT{program}", "SYSTEMD_WANTS"};

	for (const char *line = text; *line; line += *line == '\n') {
		_cleanup_free_ char *copy = strndup(line, strcspn(line, "\n"));

		line += strcspn(line, "\n");
		if (!copy || copy[strspn(copy, " \t")] == '#')
			continue;
		for (size_t i = 0; i < ELEMENTS(keys); i++)
			if (strstr(copy, keys[i]))
				return TAKE_PTR(copy);
	}
	return NULL;
}

static int check_rules(struct live *live, const char *path)
{
	_cleanup_free_ char *text = NULL, *line = NULL;
	size_t size;
	int r = root_read(live->context->root_fd, path, UNIT_SIZE_MAX, &text, &size);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	line = udev_rules_find_run(text);
	return line ? take(live, "udev.runtime", path, "runs a program", line) : 0;
}

static DIR *open_directory(const struct live *live, const char *path)
{
	_cleanup_close_ int fd = root_open_directory(live->context->root_fd, path);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir)
		fd = -EBADF;
	return dir;
}

static int count_entry(struct reading *reading, struct error *error)
{
	if (++reading->entries > ENTRIES_MAX)
		return error_set(error, -E2BIG, "/run/systemd has more than %d entries",
				 ENTRIES_MAX);
	return live_check_time(reading->live, error);
}

/* Calls for each name in the directory that ends like that. */
static int each_file(struct reading *reading, const char *directory, const char *end,
		     int (*take_file)(struct live *live, const char *path), struct error *error)
{
	_cleanup_closedir_ DIR *dir = open_directory(reading->live, directory);
	struct dirent *dirent;
	int r = 0;

	while (r == 0 && dir && (dirent = readdir(dir))) {
		char path[PATH_MAX];

		r = count_entry(reading, error);
		if (r == 0 && ends_with(dirent->d_name, end) &&
		    snprintf(path, sizeof(path), "%s/%s", directory, dirent->d_name) <
			    (int)sizeof(path))
			r = take_file(reading->live, path);
	}
	return r;
}

static int check_drop_in(struct live *live, const char *path)
{
	return check_unit(live, path, ORIGIN_DROP_IN);
}

/* Of a transient directory the services alone, or all but them. */
static bool is_of_pass(const char *name, enum origin origin, bool services)
{
	return origin != ORIGIN_TRANSIENT || ends_with(name, ".service") == services;
}

static int read_directory(struct reading *reading, const char *directory, enum origin origin,
			  bool services, struct error *error)
{
	_cleanup_closedir_ DIR *dir = open_directory(reading->live, directory);
	struct dirent *dirent;
	int r = 0;

	while (r == 0 && dir && (dirent = readdir(dir))) {
		char path[PATH_MAX];

		r = count_entry(reading, error);
		if (r < 0 || snprintf(path, sizeof(path), "%s/%s", directory, dirent->d_name) >=
				     (int)sizeof(path))
			continue;
		if (!is_of_pass(dirent->d_name, origin, services))
			continue;
		if (starts_programs(dirent->d_name))
			r = check_unit(reading->live, path, origin);
		else if (ends_with(dirent->d_name, ".service.d"))
			r = each_file(reading, path, ".conf", check_drop_in, error);
	}
	return r;
}

static int check_directory(struct reading *reading, const char *directory, enum origin origin,
			   struct error *error)
{
	int r = read_directory(reading, directory, origin, true, error);

	/* A timer joins the finding of its service, which must be there by then. */
	if (r == 0 && origin == ORIGIN_TRANSIENT)
		r = read_directory(reading, directory, origin, false, error);
	return r;
}

/* /run/user/UID/systemd/{transient,user}: units of a user's own manager. */
static int check_users(struct reading *reading, struct error *error)
{
	_cleanup_closedir_ DIR *dir = open_directory(reading->live, "/run/user");
	struct dirent *dirent;
	int r = 0;

	while (r == 0 && dir && (dirent = readdir(dir))) {
		char path[PATH_MAX];

		if (dirent->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/run/user/%s/systemd/transient",
			       dirent->d_name);
		r = check_directory(reading, path, ORIGIN_TRANSIENT, error);
		if (r < 0)
			break;
		(void)snprintf(path, sizeof(path), "/run/user/%s/systemd/user", dirent->d_name);
		r = check_directory(reading, path, ORIGIN_RUNTIME, error);
	}
	return r;
}

int runtime_units_check(const struct check_context *context, struct findings *ret,
			struct error *error)
{
	_cleanup_live_ struct live live = {.proc_fd = -EBADF};
	struct reading reading = {.live = &live};
	int r = live_open(context, ret, &live, error);

	for (size_t i = 0; r == 0 && i < ELEMENTS(unit_directories); i++)
		r = check_directory(&reading, unit_directories[i].path, unit_directories[i].origin,
				    error);
	if (r == 0)
		r = check_users(&reading, error);
	if (r == 0)
		r = each_file(&reading, "/run/udev/rules.d", ".rules", check_rules, error);
	return r < 0 ? r : live_finish(&live);
}
