/* SPDX-License-Identifier: Apache-2.0 */
#include "check/process_load.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define ENVIRONMENT_MAX (256 * 1024)
#define MAPS_MAX	(8 * 1024 * 1024)
#define DELETED		" (deleted)"

/* Variables of ld.so(8), and what stands between the entries of each. */
static const struct variable {
	const char *name;
	const char *separators;
	bool directories;
} variables[] = {
	{"LD_PRELOAD=", ": ", false},
	{"LD_AUDIT=", ":", false},
	{"LD_LIBRARY_PATH=", ":;", true},
};

static const struct variable *find_variable(const char *word)
{
	for (size_t i = 0; i < ELEMENTS(variables); i++)
		if (strncmp(word, variables[i].name, strlen(variables[i].name)) == 0)
			return &variables[i];
	return NULL;
}

/*
 * A library that is named without its directory comes from the search path, whose directories are
 * judged for themselves.
 */
static bool is_harmless(struct live *live, const struct variable *variable, const char *entry)
{
	char path[PATH_MAX];

	if (variable->directories)
		return entry[0] == '/' && !path_is_temporary(entry) && !path_is_hidden(entry);
	if (!strchr(entry, '/'))
		return true;
	return realpath(entry, path) && live_vouch(live, path) != VOUCHED_NOT;
}

static int check_entry(struct live *live, const struct process *process,
		       const struct variable *variable, const char *entry)
{
	const struct sighting sighting = {
		.code = "preload.process",
		.path = entry[0] == '/' ? entry : NULL,
		.process = process,
		.title = "was told by its environment which libraries to load",
	};

	if (is_harmless(live, variable, entry))
		return 0;
	return live_report(live, &sighting, "%s%s", variable->name, entry);
}

static int check_variable(struct live *live, const struct process *process,
			  const struct variable *variable, const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	char *rest = copy, *entry;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	while (r == 0 && (entry = strsep(&rest, variable->separators)))
		if (*entry)
			r = check_entry(live, process, variable, entry);
	return r;
}

int process_check_environment(struct live *live, const struct process *process, int dir_fd,
			      uint64_t *cut)
{
	_cleanup_free_ char *data = NULL;
	size_t size, length;
	int r = proc_read(dir_fd, "environ", ENVIRONMENT_MAX, &data, &size);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	*cut += r;
	r = 0;
	for (const char *word = data; r == 0 && word < data + size; word += length + 1) {
		const struct variable *variable = find_variable(word);

		length = strlen(word);
		if (variable)
			r = check_variable(live, process, variable, word + strlen(variable->name));
	}
	return r;
}

/* The next word of a line, and the blanks after it skipped. */
static const char *next_word(const char **at, const char *end, size_t *ret_length)
{
	const char *word = *at;

	while (*at < end && **at != ' ')
		(*at)++;
	*ret_length = (size_t)(*at - word);
	while (*at < end && **at == ' ')
		(*at)++;
	return word;
}

bool mapping_parse(const char *line, size_t length, struct mapping *ret)
{
	const char *at = line, *end = line + length, *permissions;
	struct mapping mapping = {};
	size_t word;

	mapping.range = next_word(&at, end, &mapping.range_length);
	permissions = next_word(&at, end, &word);
	if (mapping.range_length == 0 || word != 4 ||
	    !memchr(mapping.range, '-', mapping.range_length))
		return false;
	mapping.executable = permissions[2] == 'x';
	/* offset, device, inode */
	for (int i = 0; i < 3; i++) {
		(void)next_word(&at, end, &word);
		if (word == 0)
			return false;
	}
	if (at < end && *at == '/') {
		mapping.path = at;
		mapping.path_length = (size_t)(end - at);
	}
	*ret = mapping;
	return true;
}

/* Compilers at run time map memory of all kinds; a library begins as an ELF file does. */
static bool is_elf(int dir_fd, const struct mapping *mapping)
{
	_cleanup_close_ int fd = -EBADF;
	char name[64], magic[4];

	if (snprintf(name, sizeof(name), "map_files/%.*s", (int)mapping->range_length,
		     mapping->range) >= (int)sizeof(name))
		return false;
	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd >= 0 && pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	       memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

static const char *find_fault(struct live *live, const char *path, bool deleted)
{
	if (live_vouch(live, path) != VOUCHED_NOT)
		return NULL;
	if (path_is_temporary(path))
		return "it lies in a temporary place";
	if (path_is_hidden(path))
		return "it lies in a hidden place";
	return deleted ? "it has been deleted" : NULL;
}

static int check_mapping(struct live *live, const struct process *process, int dir_fd,
			 const struct mapping *mapping)
{
	_cleanup_free_ char *path = strndup(mapping->path, mapping->path_length);
	struct sighting sighting = {
		.code = "preload.library",
		.process = process,
		.title = "has loaded a library from where none belongs",
	};
	const char *fault;
	size_t length = mapping->path_length;
	bool deleted;

	if (!path)
		return -ENOMEM;
	deleted = length > strlen(DELETED) && strcmp(path + length - strlen(DELETED), DELETED) == 0;
	if (deleted)
		path[length - strlen(DELETED)] = '\0';
	if (process->program && strcmp(path, process->program) == 0)
		return 0;
	fault = find_fault(live, path, deleted);
	if (!fault || !is_elf(dir_fd, mapping))
		return 0;
	sighting.path = strncmp(path, "/memfd:", strlen("/memfd:")) == 0 ? NULL : path;
	return live_report(live, &sighting, "%s%s: %s", path, deleted ? DELETED : "", fault);
}

/* Cheap, for there are thousands: whether a file that is mapped needs a closer look. */
static bool is_odd(const struct mapping *mapping)
{
	static const char *const prefixes[] = {"/tmp/", "/var/tmp/", "/dev/", "/run/", "/memfd:"};
	size_t suffix = strlen(DELETED);

	for (size_t i = 0; i < ELEMENTS(prefixes); i++)
		if (mapping->path_length > strlen(prefixes[i]) &&
		    memcmp(mapping->path, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	if (memmem(mapping->path, mapping->path_length, "/.", 2))
		return true;
	return mapping->path_length > suffix &&
	       memcmp(mapping->path + mapping->path_length - suffix, DELETED, suffix) == 0;
}

int process_check_libraries(struct live *live, const struct process *process, int dir_fd,
			    uint64_t *cut)
{
	_cleanup_free_ char *data = NULL;
	const char *line, *end;
	size_t size;
	int r = proc_read(dir_fd, "maps", MAPS_MAX, &data, &size);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	*cut += r;
	r = 0;
	for (line = data; r == 0 && line < data + size; line = end + 1) {
		struct mapping mapping;

		end = strchrnul(line, '\n');
		if (mapping_parse(line, (size_t)(end - line), &mapping) && mapping.executable &&
		    mapping.path && is_odd(&mapping))
			r = check_mapping(live, process, dir_fd, &mapping);
	}
	return r;
}
