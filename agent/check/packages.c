/* SPDX-License-Identifier: Apache-2.0 */
#include "check/packages.h"

#include "check/packages_private.h"

#include <limits.h>
#include <string.h>

#define TEXT_MAX (UINT32_C(256) << 20)

/* Directories that are links into /usr on a merged root. */
static const char *const merged_directories[] = {"bin",	  "sbin",   "lib",   "lib32",
						 "lib64", "libo32", "libx32"};

bool list_grow_to(void **items, size_t *space, size_t size)
{
	size_t wanted = *space ? *space * 2 : 16;
	void *more = reallocarray(*items, wanted, size);

	if (!more)
		return false;
	*items = more;
	*space = wanted;
	return true;
}

void packages_free(struct packages *packages)
{
	if (!packages)
		return;
	for (size_t i = 0; i < packages->names.count; i++)
		free(packages->names.items[i].file);
	for (size_t i = 0; i < packages->diversions.count; i++) {
		free(packages->diversions.items[i].from);
		free(packages->diversions.items[i].to);
		free(packages->diversions.items[i].package);
	}
	for (size_t i = 0; i < packages->overrides.count; i++)
		free(packages->overrides.items[i].path);
	for (size_t i = 0; i < packages->exclusions.count; i++)
		free(packages->exclusions.items[i].glob);
	free(packages->names.items);
	free(packages->diversions.items);
	free(packages->overrides.items);
	free(packages->exclusions.items);
	free(packages->rows.items);
	buffer_done(&packages->text);
	free(packages);
}

static void find_merged(int root_fd, struct packages *packages)
{
	for (unsigned i = 0; i < ELEMENTS(merged_directories); i++) {
		const char *name = merged_directories[i], *in_usr;
		char target[32];
		ssize_t size = readlinkat(root_fd, name, target, sizeof(target) - 1);

		if (size < 0)
			continue;
		target[size] = '\0';
		in_usr = target + (target[0] == '/');
		if (strncmp(in_usr, "usr/", 4) == 0 && strcmp(in_usr + 4, name) == 0)
			packages->merged |= 1U << i;
	}
}

static bool is_merged(const struct packages *packages, const char *path)
{
	size_t length = strcspn(path + 1, "/");

	if (path[1 + length] == '\0')
		return false;
	for (unsigned i = 0; i < ELEMENTS(merged_directories); i++)
		if (packages->merged & 1U << i && strlen(merged_directories[i]) == length &&
		    strncmp(path + 1, merged_directories[i], length) == 0)
			return true;
	return false;
}

/* The path as the rows have it, in `space` or in a new string; NULL when it is no path or too long.
 */
static char *make_key(const struct packages *packages, const char *path, char space[PATH_MAX],
		      char **ret_owned)
{
	int length;

	if (path[0] != '/')
		return NULL;
	length = snprintf(space, PATH_MAX, "%s%s", is_merged(packages, path) ? "/usr" : "", path);
	if (length >= PATH_MAX)
		return NULL;
	if (entry_is_plain(space, (size_t)length))
		return space;
	*ret_owned = entry_escape(space, (size_t)length);
	return *ret_owned;
}

int packages_add(struct packages *packages, const char *path, uint32_t package)
{
	_cleanup_free_ char *owned = NULL;
	char space[PATH_MAX];
	/* dpkg writes the root as "/.". */
	const char *key = make_key(packages, strcmp(path, "/.") == 0 ? "/" : path, space, &owned);
	struct package_row row = {.path = (uint32_t)packages->text.size, .package = package};

	if (!key || packages->rows.count >= PACKAGES_PATHS_MAX || packages->text.size > TEXT_MAX) {
		packages->unread++;
		return 0;
	}
	if (!list_grow(&packages->rows) || buffer_append(&packages->text, key, strlen(key) + 1) < 0)
		return -ENOMEM;
	packages->rows.items[packages->rows.count++] = row;
	return 0;
}

static const char *row_path(const struct packages *packages, const struct package_row *row)
{
	return packages->text.data + row->path;
}

static int compare_rows(const void *a, const void *b, void *text)
{
	const struct package_row *x = a, *y = b;
	int order = strcmp((const char *)text + x->path, (const char *)text + y->path);

	/* The first package in the order of names keeps a path that several have. */
	return order ? order : (x->package > y->package) - (x->package < y->package);
}

static struct package_row *find_key(const struct packages *packages, const char *key, size_t length)
{
	size_t low = 0, high = packages->rows.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct package_row *row = &packages->rows.items[middle];
		const char *path = row_path(packages, row);
		int order = strncmp(key, path, length);

		if (order == 0 && path[length] == '\0')
			return row;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* A path below which others lie was a directory in the package. */
static void mark_directories(struct packages *packages)
{
	const char *last = "";
	size_t last_length = 0;

	for (size_t i = 0; i < packages->rows.count; i++) {
		const char *path = row_path(packages, &packages->rows.items[i]);
		const char *slash = strrchr(path, '/');
		size_t length = slash ? (size_t)(slash - path) : 0;
		struct package_row *parent;

		if (length == 0 || (length == last_length && strncmp(path, last, length) == 0))
			continue;
		last = path;
		last_length = length;
		parent = find_key(packages, path, length);
		if (parent)
			parent->flags |= ROW_DIRECTORY;
	}
}

void packages_sort(struct packages *packages)
{
	size_t kept = 0;

	if (packages->rows.count == 0)
		return;
	qsort_r(packages->rows.items, packages->rows.count, sizeof(*packages->rows.items),
		compare_rows, packages->text.data);
	for (size_t i = 0; i < packages->rows.count; i++) {
		const struct package_row *row = &packages->rows.items[i];

		if (kept > 0 && strcmp(row_path(packages, &packages->rows.items[kept - 1]),
				       row_path(packages, row)) == 0)
			continue;
		packages->rows.items[kept++] = *row;
	}
	packages->rows.count = kept;
	mark_directories(packages);
}

struct package_row *packages_row(const struct packages *packages, const char *path)
{
	_cleanup_free_ char *owned = NULL;
	char space[PATH_MAX];
	const char *key = make_key(packages, path, space, &owned);

	return key ? find_key(packages, key, strlen(key)) : NULL;
}

const char *packages_divert(const struct packages *packages, const char *path,
			    const struct package_name *package)
{
	for (size_t i = 0; i < packages->diversions.count; i++) {
		const struct diversion *diversion = &packages->diversions.items[i];

		if (strcmp(diversion->from, path) != 0)
			continue;
		if (strlen(diversion->package) == package->length &&
		    strncmp(diversion->package, package->file, package->length) == 0)
			return path;
		return diversion->to;
	}
	return path;
}

int packages_load(int root_fd, struct packages **ret, struct error *error)
{
	_cleanup_(packages_free_p) struct packages *packages = calloc(1, sizeof(*packages));
	int r;

	if (!packages)
		return -ENOMEM;
	find_merged(root_fd, packages);
	r = packages_read(root_fd, packages, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(packages);
	return 0;
}

static void describe_row(const struct packages *packages, const struct package_row *row,
			 struct package_file *ret)
{
	const struct package_name *name = &packages->names.items[row->package];

	*ret = (struct package_file){
		.package = name->file,
		.has_md5 = row->flags & ROW_HAS_MD5,
		.conffile = row->flags & ROW_CONFFILE,
		.obsolete = row->flags & ROW_OBSOLETE,
		.directory = row->flags & ROW_DIRECTORY,
		.complete = name->complete,
	};
	memcpy(ret->md5.bytes, row->md5, DIGEST_MD5_SIZE);
}

bool packages_find(const struct packages *packages, const char *path, struct package_file *ret)
{
	const struct package_row *row = packages_row(packages, path);

	if (row && ret)
		describe_row(packages, row, ret);
	return row != NULL;
}

bool packages_has(const struct packages *packages, const char *name, size_t length)
{
	const char *colon = memchr(name, ':', length);
	size_t low = 0, high = packages->names.count;

	if (colon)
		length = (size_t)(colon - name);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = packages->names.items[middle].file;
		int order = strncmp(name, other, length);

		if (order == 0 && other[length] == '\0')
			return true;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool packages_get_override(const struct packages *packages, const char *path, mode_t *ret)
{
	for (size_t i = 0; i < packages->overrides.count; i++)
		if (strcmp(packages->overrides.items[i].path, path) == 0) {
			*ret = packages->overrides.items[i].mode;
			return true;
		}
	return false;
}

bool packages_is_diverted(const struct packages *packages, const char *path)
{
	for (size_t i = 0; i < packages->diversions.count; i++) {
		const struct diversion *diversion = &packages->diversions.items[i];

		if (strcmp(diversion->package, ":") == 0 &&
		    (strcmp(diversion->from, path) == 0 || strcmp(diversion->to, path) == 0))
			return true;
	}
	return false;
}

bool packages_is_excluded(const struct packages *packages, const char *path)
{
	/* The last that matches decides. */
	for (size_t i = packages->exclusions.count; i-- > 0;)
		if (glob_match(packages->exclusions.items[i].glob, path))
			return !packages->exclusions.items[i].include;
	return false;
}

size_t packages_count(const struct packages *packages)
{
	return packages->names.count;
}

size_t packages_unread(const struct packages *packages)
{
	return packages->unread;
}

int packages_next(void *data, struct entry *ret, struct error *error _unused_)
{
	struct packages_cursor *cursor = data;
	const struct package_row *row;
	const char *path;

	if (cursor->next == cursor->packages->rows.count)
		return 0;
	row = &cursor->packages->rows.items[cursor->next];
	path = row_path(cursor->packages, row);
	*ret = (struct entry){};
	if (asprintf(&ret->path, ".%s", strcmp(path, "/") == 0 ? "" : path) < 0) {
		ret->path = NULL;
		return -ENOMEM;
	}
	if (row->flags & ROW_HAS_MD5) {
		ret->type = ENTRY_FILE;
		ret->has = ENTRY_HAS_DIGEST;
		memcpy(ret->digest.bytes, row->md5, DIGEST_MD5_SIZE);
	} else if (row->flags & ROW_DIRECTORY) {
		ret->type = ENTRY_DIRECTORY;
	}
	cursor->next++;
	return 1;
}
