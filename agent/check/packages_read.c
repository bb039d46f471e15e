/* SPDX-License-Identifier: Apache-2.0 */
#include "check/packages_private.h"
#include "measure/root.h"

#include <dirent.h>
#include <string.h>

#define INFO_DIRECTORY	 "/var/lib/dpkg/info"
#define CONFIG_DIRECTORY "/etc/dpkg/dpkg.cfg.d"
#define LIST_SUFFIX	 ".list"
#define NAMES_MAX	 100000
#define SPECIAL_MAX	 1024 /* diversions, overrides, exclusions: each is compared with each path */

/* What is read at most of one file of each kind. */
#define LIST_SIZE_MAX	(32 * 1024 * 1024)
#define STATUS_SIZE_MAX (64 * 1024 * 1024)
#define SMALL_SIZE_MAX	(1024 * 1024)

static bool has_suffix(const char *name, const char *suffix)
{
	size_t length = strlen(name), end = strlen(suffix);

	return length > end && strcmp(name + length - end, suffix) == 0;
}

/* The file's text: 0, or -ENOENT. One that is too long or cannot be read is counted. */
static int read_text(int root_fd, struct packages *packages, const char *path, size_t limit,
		     char **ret)
{
	size_t size;
	int r = root_read(root_fd, path, limit, ret, &size);

	if (r == -ENOENT || r == -ENOMEM)
		return r;
	if (r == 0 && strlen(*ret) == size)
		return 0;
	if (r >= 0) {
		free(*ret);
		*ret = NULL;
	}
	packages->unread++;
	return -ENOENT;
}

static int compare_bare(const void *a, const void *b)
{
	const struct package_name *x = a, *y = b;
	size_t length = x->length < y->length ? x->length : y->length;
	int order = strncmp(x->file, y->file, length);

	return order ? order : (x->length > y->length) - (x->length < y->length);
}

static int compare_names(const void *a, const void *b)
{
	const struct package_name *x = a, *y = b;
	int order = compare_bare(x, y);

	return order ? order : strcmp(x->file, y->file);
}

static int add_name(struct packages *packages, const char *file)
{
	struct package_name name = {.length = strcspn(file, ":")};

	if (file[name.length] == '\0')
		name.length -= strlen(LIST_SUFFIX);
	name.file = strdup(file);
	if (!name.file || !list_grow(&packages->names)) {
		free(name.file);
		return -ENOMEM;
	}
	packages->names.items[packages->names.count++] = name;
	return 0;
}

static int read_names(int root_fd, struct packages *packages)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *dirent;
	int fd = root_open_directory(root_fd, INFO_DIRECTORY), r = 0;

	if (fd < 0)
		return fd;
	directory = fdopendir(fd);
	if (!directory) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	while (r == 0 && (dirent = readdir(directory))) {
		if (!has_suffix(dirent->d_name, LIST_SUFFIX))
			continue;
		if (packages->names.count < NAMES_MAX)
			r = add_name(packages, dirent->d_name);
		else
			packages->unread++;
	}
	if (packages->names.count > 0)
		qsort(packages->names.items, packages->names.count, sizeof(*packages->names.items),
		      compare_names);
	return r;
}

/* One of the files that dpkg keeps of a package. */
static int read_part(int root_fd, struct packages *packages, const struct package_name *name,
		     const char *suffix, char **ret)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, INFO_DIRECTORY "/%.*s%s",
		     (int)(strlen(name->file) - strlen(LIST_SUFFIX)), name->file, suffix) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return read_text(root_fd, packages, path, LIST_SIZE_MAX, ret);
}

static int read_list(int root_fd, struct packages *packages, uint32_t number)
{
	const struct package_name *name = &packages->names.items[number];
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = read_part(root_fd, packages, name, LIST_SUFFIX, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n")))
		if (*line)
			r = packages_add(packages, packages_divert(packages, line, name), number);
	return r;
}

static bool parse_md5(const char *text, uint8_t ret[DIGEST_MD5_SIZE])
{
	return strlen(text) >= 2 * DIGEST_MD5_SIZE &&
	       hex_decode(text, 2 * DIGEST_MD5_SIZE, ret, DIGEST_MD5_SIZE) == 0;
}

/* "<32 hex>  usr/bin/x" */
static int take_checksum(struct packages *packages, struct package_name *name, const char *line)
{
	_cleanup_free_ char *path = NULL;
	struct package_row *row;
	uint8_t md5[DIGEST_MD5_SIZE];
	const char *relative;

	if (!parse_md5(line, md5))
		return 0;
	relative = line + 2 * DIGEST_MD5_SIZE;
	relative += strspn(relative, " *");
	if (strncmp(relative, "./", 2) == 0)
		relative += 2;
	if (asprintf(&path, "/%s", relative) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	name->complete = true;
	row = packages_row(packages, packages_divert(packages, path, name));
	if (!row)
		return 0;
	memcpy(row->md5, md5, sizeof(row->md5));
	row->flags |= ROW_HAS_MD5;
	return 0;
}

/* Which of the package's files are conffiles; their checksums are in the status. */
static int read_conffile_names(int root_fd, struct packages *packages, uint32_t number)
{
	const struct package_name *name = &packages->names.items[number];
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = read_part(root_fd, packages, name, ".conffiles", &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		struct package_row *row = packages_row(packages, line);

		if (row)
			row->flags |= ROW_CONFFILE;
	}
	return 0;
}

static int read_checksums(int root_fd, struct packages *packages, uint32_t number)
{
	struct package_name *name = &packages->names.items[number];
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = read_part(root_fd, packages, name, ".md5sums", &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n")))
		r = take_checksum(packages, name, line);
	return r;
}

static void take_conffile(struct packages *packages, const char *path, const char *md5,
			  bool obsolete)
{
	struct package_row *row = packages_row(packages, path);

	if (!row)
		return;
	row->flags |= ROW_CONFFILE | (obsolete ? ROW_OBSOLETE : 0);
	if (parse_md5(md5, row->md5))
		row->flags |= ROW_HAS_MD5;
}

/* " /etc/x y 0123... obsolete": the path may have blanks, the checksum has none. */
static void read_conffile(struct packages *packages, char *line)
{
	bool obsolete = false;
	char *blank;

	for (;;) {
		blank = strrchr(line, ' ');
		if (!blank)
			return;
		if (strcmp(blank + 1, "obsolete") != 0 &&
		    strcmp(blank + 1, "remove-on-upgrade") != 0)
			break;
		obsolete = true;
		*blank = '\0';
	}
	*blank = '\0';
	take_conffile(packages, line, blank + 1, obsolete);
}

static int read_status(int root_fd, struct packages *packages)
{
	_cleanup_free_ char *text = NULL;
	bool inside = false;
	char *rest, *line;
	int r = read_text(root_fd, packages, "/var/lib/dpkg/status", STATUS_SIZE_MAX, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		if (line[0] != ' ')
			inside = strncmp(line, "Conffiles:", 10) == 0;
		else if (inside)
			read_conffile(packages, line + 1);
	}
	return 0;
}

/* The checksums that ucf(1) noted of what packages gave it; the lists do not have those files. */
static int read_ucf_owners(int root_fd, struct packages *packages)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = read_text(root_fd, packages, "/var/lib/ucf/registry", SMALL_SIZE_MAX, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n"))) {
		const struct package_name name = {.file = line, .length = strcspn(line, " \t")};
		const char *path = line + name.length + strspn(line + name.length, " \t");
		const struct package_name *found =
			bsearch(&name, packages->names.items, packages->names.count, sizeof(name),
				compare_bare);

		if (found)
			r = packages_add(packages, path, (uint32_t)(found - packages->names.items));
	}
	return r;
}

static int read_ucf_checksums(int root_fd, struct packages *packages)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = read_text(root_fd, packages, "/var/lib/ucf/hashfile", SMALL_SIZE_MAX, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *path = strchr(line, '/');

		if (path)
			take_conffile(packages, path, line, false);
	}
	return 0;
}

/* Groups of three lines: from, to, package. */
static int read_diversions(int root_fd, struct packages *packages)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line[3];
	int r = read_text(root_fd, packages, "/var/lib/dpkg/diversions", SMALL_SIZE_MAX, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while ((line[0] = strsep(&rest, "\n")) && (line[1] = strsep(&rest, "\n")) &&
	       (line[2] = strsep(&rest, "\n"))) {
		struct diversion *diversion;

		if (packages->diversions.count == SPECIAL_MAX) {
			packages->unread++;
			return 0;
		}
		if (!list_grow(&packages->diversions))
			return -ENOMEM;
		diversion = &packages->diversions.items[packages->diversions.count++];
		*diversion = (struct diversion){strdup(line[0]), strdup(line[1]), strdup(line[2])};
		if (!diversion->from || !diversion->to || !diversion->package)
			return -ENOMEM;
	}
	return 0;
}

/* "root crontab 2755 /usr/bin/crontab" */
static int read_overrides(int root_fd, struct packages *packages)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = read_text(root_fd, packages, "/var/lib/dpkg/statoverride", SMALL_SIZE_MAX, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		const char *path = strchr(line, '/'), *digits = path;
		struct override override = {};

		while (digits && digits > line && strchr("01234567 ", digits[-1]))
			digits--;
		if (!digits || digits == line)
			continue;
		override.mode = (mode_t)strtoul(digits, NULL, 8) & 07777;
		if (packages->overrides.count == SPECIAL_MAX) {
			packages->unread++;
			return 0;
		}
		override.path = strdup(path);
		if (!override.path || !list_grow(&packages->overrides)) {
			free(override.path);
			return -ENOMEM;
		}
		packages->overrides.items[packages->overrides.count++] = override;
	}
	return 0;
}

/* fnmatch(3) as dpkg calls it lets * match slashes. */
static char *widen_glob(const char *glob)
{
	char *wide = malloc(2 * strlen(glob) + 1), *out = wide;

	for (; wide && *glob; glob++) {
		*out++ = *glob;
		if (*glob == '*')
			*out++ = '*';
	}
	if (wide)
		*out = '\0';
	return wide;
}

static int take_setting(struct packages *packages, const char *line)
{
	struct exclusion exclusion = {};
	const char *value;

	line += strspn(line, " \t-");
	exclusion.include = strncmp(line, "path-include", 12) == 0;
	if (!exclusion.include && strncmp(line, "path-exclude", 12) != 0)
		return 0;
	value = line + 12 + strspn(line + 12, " \t=");
	if (packages->exclusions.count == SPECIAL_MAX) {
		packages->unread++;
		return 0;
	}
	exclusion.glob = widen_glob(value);
	if (!exclusion.glob || !list_grow(&packages->exclusions)) {
		free(exclusion.glob);
		return -ENOMEM;
	}
	packages->exclusions.items[packages->exclusions.count++] = exclusion;
	return 0;
}

static int read_settings_of(int root_fd, struct packages *packages, const char *path)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = read_text(root_fd, packages, path, SMALL_SIZE_MAX, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n")))
		r = take_setting(packages, line);
	return r;
}

/* In the order of the directory: an include beside an exclude in another file is rare. */
static int read_settings(int root_fd, struct packages *packages)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *dirent;
	int r = read_settings_of(root_fd, packages, "/etc/dpkg/dpkg.cfg");
	int fd = root_open_directory(root_fd, CONFIG_DIRECTORY);

	if (fd < 0 || r < 0)
		return r;
	directory = fdopendir(fd);
	if (!directory) {
		(void)close(fd);
		return -ENOMEM;
	}
	for (int i = 0; r == 0 && i < SPECIAL_MAX && (dirent = readdir(directory)); i++) {
		_cleanup_free_ char *path = NULL;

		if (dirent->d_name[0] == '.')
			continue;
		if (asprintf(&path, CONFIG_DIRECTORY "/%s", dirent->d_name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = read_settings_of(root_fd, packages, path);
	}
	return r;
}

/* From now on the names stand for themselves. */
static void cut_names(struct packages *packages)
{
	for (size_t i = 0; i < packages->names.count; i++)
		packages->names.items[i].file[packages->names.items[i].length] = '\0';
}

int packages_read(int root_fd, struct packages *packages, struct error *error)
{
	int r = read_names(root_fd, packages);

	if (r == 0 && packages->names.count == 0)
		r = -ENOENT;
	if (r == -ENOENT || r == -ENOTDIR)
		return error_set(error, -ENOENT, "the root has no dpkg database");
	if (r == 0)
		r = read_diversions(root_fd, packages);
	for (uint32_t i = 0; r == 0 && i < packages->names.count; i++)
		r = read_list(root_fd, packages, i);
	if (r == 0)
		r = read_ucf_owners(root_fd, packages);
	if (r == 0)
		packages_sort(packages);
	for (uint32_t i = 0; r == 0 && i < packages->names.count; i++)
		r = read_checksums(root_fd, packages, i);
	for (uint32_t i = 0; r == 0 && i < packages->names.count; i++)
		r = read_conffile_names(root_fd, packages, i);
	if (r == 0)
		r = read_status(root_fd, packages);
	if (r == 0)
		r = read_ucf_checksums(root_fd, packages);
	if (r == 0)
		r = read_overrides(root_fd, packages);
	if (r == 0)
		r = read_settings(root_fd, packages);
	cut_names(packages);
	return r;
}
