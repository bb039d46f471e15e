/* SPDX-License-Identifier: Apache-2.0 */
#include "check/unit_load.h"

#include "check/resolve.h"
#include "measure/root.h"

#include <dirent.h>
#include <string.h>

#define NAMES_MAX   16	 /* of directories of drop-ins for one unit */
#define ENTRIES_MAX 4096 /* looked at in one directory */

/* In the order in which they are searched; the first counts. */
static const char *const system_places[] = {
	"/etc/systemd/system.control", "/run/systemd/system.control",
	"/run/systemd/transient",      "/run/systemd/generator.early",
	"/etc/systemd/system",	       "/etc/systemd/system.attached",
	"/run/systemd/system",	       "/run/systemd/system.attached",
	"/run/systemd/generator",      "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",     "/lib/systemd/system",
	"/run/systemd/generator.late",
};

static const char *const user_places[] = {
	"/etc/systemd/user",	   "/run/systemd/user",		  "/usr/local/share/systemd/user",
	"/usr/share/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
	"/lib/systemd/user",
};

struct places {
	const char *const *items;
	size_t count;
};

static struct places places_of(enum unit_scope scope)
{
	if (scope == UNIT_USER)
		return (struct places){user_places, ELEMENTS(user_places)};
	return (struct places){system_places, ELEMENTS(system_places)};
}

int unit_find(int root_fd, enum unit_scope scope, const char *name, char **ret_path)
{
	struct places places = places_of(scope);

	for (size_t i = 0; i < places.count; i++) {
		_cleanup_resolved_ struct resolved resolved = {};
		_cleanup_free_ char *path = NULL;
		int r;

		if (asprintf(&path, "%s/%s", places.items[i], name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = path_resolve(root_fd, path, &resolved);
		if (r == -ENOMEM)
			return r;
		if (r == 0 && !S_ISDIR(resolved.st.st_mode)) {
			*ret_path = TAKE_PTR(path);
			return 0;
		}
	}
	return -ENOENT;
}

/* The file of a unit, or of its template. */
static int find_fragment(int root_fd, enum unit_scope scope, const char *name, char **ret_path)
{
	_cleanup_free_ char *template = NULL;
	int r = unit_find(root_fd, scope, name, ret_path);

	if (r != -ENOENT)
		return r;
	template = unit_name_template(name);
	return template ? unit_find(root_fd, scope, template, ret_path) : -ENOENT;
}

struct strings {
	char *items[UNIT_DROPINS_MAX];
	size_t count;
};

static void strings_done(struct strings *strings)
{
	while (strings->count > 0)
		free(strings->items[--strings->count]);
}

/* Takes the string over; NULL is what asprintf() left of a failure. */
static int strings_take(struct strings *strings, char *item)
{
	if (!item)
		return -ENOMEM;
	strings->items[strings->count++] = item;
	return 0;
}

static char *make_name(const char *begin, size_t length, const char *middle, const char *suffix)
{
	char *name;

	return asprintf(&name, "%.*s%s%s.d", (int)length, begin, middle, suffix) < 0 ? NULL : name;
}

/* "a-b@c.service": a-b@c.service.d, a-b@.service.d, a-.service.d; service.d is for later. */
static int list_names(const char *name, const char *dot, struct strings *ret)
{
	const char *at = strchr(name, '@');
	size_t length = at && at < dot ? (size_t)(at - name) : (size_t)(dot - name);
	int r = strings_take(ret, make_name(name, strlen(name), "", ""));

	if (r == 0 && at && at + 1 < dot)
		r = strings_take(ret, make_name(name, length, "@", dot));
	while (r == 0 && length > 0 && ret->count < NAMES_MAX) {
		length--;
		if (name[length] == '-' && length > 0)
			r = strings_take(ret, make_name(name, length, "-", dot));
	}
	return r;
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

static bool has_name(const struct strings *paths, const char *name)
{
	for (size_t i = 0; i < paths->count; i++)
		if (strcmp(base_name(paths->items[i]), name) == 0)
			return true;
	return false;
}

static bool is_conf(const char *name)
{
	size_t length = strlen(name);

	return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".conf") == 0;
}

/* The drop-ins of one directory whose names no earlier directory has. */
static int list_directory(int root_fd, const char *directory, struct strings *ret, bool *limited)
{
	_cleanup_closedir_ DIR *dir = NULL;
	struct dirent *dirent;
	size_t seen = 0;
	int fd = root_open_directory(root_fd, directory), r = 0;

	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		(void)close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (dirent = readdir(dir))) {
		char *path;

		if (++seen > ENTRIES_MAX || ret->count == UNIT_DROPINS_MAX) {
			*limited = true;
			break;
		}
		if (!is_conf(dirent->d_name) || has_name(ret, dirent->d_name))
			continue;
		r = asprintf(&path, "%s/%s", directory, dirent->d_name) < 0
			    ? -ENOMEM
			    : strings_take(ret, path);
	}
	return r;
}

static int list_place(int root_fd, const char *place, const char *name, struct strings *ret,
		      bool *limited)
{
	_cleanup_free_ char *directory = NULL;

	if (asprintf(&directory, "%s/%s", place, name) < 0) {
		directory = NULL;
		return -ENOMEM;
	}
	return list_directory(root_fd, directory, ret, limited);
}

static int compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(base_name(*x), base_name(*y));
}

static int list_dropins(int root_fd, enum unit_scope scope, const char *name, struct strings *ret,
			bool *limited)
{
	_cleanup_(strings_done) struct strings names = {};
	_cleanup_free_ char *type = NULL;
	struct places places = places_of(scope);
	const char *dot = strrchr(name, '.');
	int r = dot ? list_names(name, dot, &names) : -ENOENT;

	for (size_t i = 0; r == 0 && i < places.count; i++)
		for (size_t k = 0; r == 0 && k < names.count; k++)
			r = list_place(root_fd, places.items[i], names.items[k], ret, limited);
	if (r < 0)
		return r;
	type = make_name(dot + 1, strlen(dot + 1), "", "");
	if (!type)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < places.count; i++)
		r = list_place(root_fd, places.items[i], type, ret, limited);
	qsort(ret->items, ret->count, sizeof(ret->items[0]), compare_names);
	return r;
}

/* What cannot be read, a mask among it, is without settings. */
static int read_unit(struct unit_file *unit, int root_fd, const char *path)
{
	int r = unit_file_read(unit, root_fd, path);

	return r == -ENOMEM ? r : 0;
}

int unit_load(int root_fd, enum unit_scope scope, const char *name, struct unit_file *ret,
	      char **ret_path)
{
	_cleanup_(strings_done) struct strings dropins = {};
	_cleanup_unit_file_ struct unit_file unit = {};
	_cleanup_free_ char *path = NULL;
	int r = find_fragment(root_fd, scope, name, &path);

	if (r == 0)
		r = read_unit(&unit, root_fd, path);
	if (r < 0 && r != -ENOENT)
		return r;
	r = list_dropins(root_fd, scope, name, &dropins, &unit.limited);
	for (size_t i = 0; r == 0 && i < dropins.count; i++)
		r = read_unit(&unit, root_fd, dropins.items[i]);
	if (r < 0)
		return r;
	if (!path && dropins.count == 0)
		return -ENOENT;
	*ret = unit;
	unit = (struct unit_file){};
	if (ret_path)
		*ret_path = TAKE_PTR(path);
	return 0;
}
