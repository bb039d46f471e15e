/* SPDX-License-Identifier: Apache-2.0 */
#include "check/unowned.h"

#include "check/packages.h"
#include "measure/root.h"

#include <string.h>
#include <sys/stat.h>

/* Where shells and services look for programs. */
static const char *const program_places[] = {
	"/usr/bin/*",	"/usr/sbin/*",	      "/bin/*",
	"/sbin/*",	"/usr/local/bin/*",   "/usr/local/sbin/*",
	"/usr/games/*", "/usr/local/games/*", "/etc/alternatives/*",
};

/* Where the dynamic linker looks for libraries. */
static const char *const library_places[] = {
	"/usr/lib/*.so*", "/usr/lib/*/*.so*", "/usr/local/lib/*.so*", "/usr/local/lib/*/*.so*",
	"/lib/*.so*",	  "/lib/*/*.so*",     "/usr/lib64/*.so*",     "/lib64/*.so*",
};

/* Where only packages put things. */
static const char *const package_places[] = {"/usr/lib/**", "/usr/libexec/**", "/usr/share/**",
					     "/lib/**"};

/* Where programs run from that come over the network. */
static const char *const temporary_places[] = {"/tmp/**", "/var/tmp/**", "/dev/**", "/run/**"};

/* Code that is not marked executable. */
static const char *const code_names[] = {"**.py", "**.pyc",  "**.pl", "**.pm",	"**.rb",
					 "**.so", "**.so.*", "**.ko", "**.php", "**.jar"};

/* Directories that packages leave to others; what is hidden directly in one is still odd. */
static const char *const common_places[] = {"/opt/*",  "/srv/*",      "/home/*",
					    "/mnt/*",  "/media/*",    "/usr/local/**",
					    "/tmp/**", "/var/tmp/**", "/*"};

#define matches_any(globs, path) glob_is_in(globs, ELEMENTS(globs), path)

static bool glob_is_in(const char *const *globs, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (glob_match(globs[i], path))
			return true;
	return false;
}

/* A script or an ELF file, by its first bytes. */
static bool has_code(const struct check_context *context, const struct difference *difference)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	return difference->actual.type == ENTRY_FILE &&
	       root_read(context->root_fd, difference->path, 4, &data, &size) >= 0 &&
	       (strncmp(data, "#!", 2) == 0 || strncmp(data, "\177ELF", 4) == 0);
}

static bool is_program(const struct check_context *context, const struct difference *difference)
{
	return difference->actual.type == ENTRY_FILE &&
	       (difference->actual.mode & 0111 || has_code(context, difference));
}

/* The name of a packaged program or library that another directory has. */
static bool is_shadow(const struct check_context *context, const char *path)
{
	static const char *const directories[] = {"/usr/bin", "/usr/sbin"};
	const char *name = strrchr(path, '/');
	char other[300];

	for (size_t i = 0; i < ELEMENTS(directories); i++)
		if (snprintf(other, sizeof(other), "%s%s", directories[i], name) <
			    (int)sizeof(other) &&
		    strcmp(other, path) != 0 && packages_find(context->packages, other, NULL))
			return true;
	return false;
}

static bool is_odd_name(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t length = strlen(name);

	if (name[0] == '.' || name[0] == ' ' || name[length - 1] == ' ')
		return true;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)name[i] < 0x20 || (unsigned char)name[i] >= 0x7f)
			return true;
	return false;
}

/* Hidden among packaged files; in a directory of somebody's own, dot files are usual. */
static bool is_hidden_among_packaged(const struct check_context *context, const char *path)
{
	_cleanup_free_ char *parent = strndup(path, (size_t)(strrchr(path, '/') - path));

	return matches_any(common_places, path) ||
	       (context->packages && parent && packages_find(context->packages, parent, NULL));
}

/* "..." and the like: no program of anybody's makes such a directory. */
static bool has_odd_component(const char *path)
{
	for (const char *at = path; at; at = strchr(at + 1, '/')) {
		size_t length = strcspn(at + 1, "/");

		if (length > 0 && strspn(at + 1, ". ") >= length)
			return true;
	}
	return false;
}

/* A directory on the way that is hidden among packaged ones; in homes they are usual. */
static bool is_in_hidden(const struct check_context *context, const char *path)
{
	if (has_odd_component(path))
		return true;
	if (glob_match("/root/**", path) || glob_match("/home/**", path))
		return false;
	for (const char *end = strchr(path + 1, '/'); end; end = strchr(end + 1, '/')) {
		_cleanup_free_ char *directory = strndup(path, (size_t)(end - path));

		if (directory && strrchr(directory, '/')[1] == '.' &&
		    is_hidden_among_packaged(context, directory))
			return true;
	}
	return false;
}

static bool is_privileged(const struct entry *entry)
{
	return entry->type == ENTRY_FILE &&
	       ((entry->mode & (S_ISUID | S_ISGID)) || entry->xattrs[XATTR_CAPABILITY].data);
}

/* What a file in a place of programs says by its place. */
static enum unowned judge_program(const struct check_context *context,
				  const struct difference *difference)
{
	const char *path = difference->path;

	if (matches_any(temporary_places, path))
		return is_program(context, difference) ? UNOWNED_ACTS : UNOWNED_DATA;
	/* Without a database everything is owned by nobody. */
	if (!context->packages)
		return UNOWNED_DATA;
	if (matches_any(program_places, path))
		return is_shadow(context, path) ? UNOWNED_ACTS : UNOWNED_PLACE;
	if (matches_any(library_places, path))
		return UNOWNED_PLACE;
	if (glob_match("/etc/**", path))
		return has_code(context, difference) ? UNOWNED_PLACE : UNOWNED_DATA;
	if (!matches_any(package_places, path) || difference->actual.type != ENTRY_FILE)
		return UNOWNED_DATA;
	return difference->actual.mode & 0111 || matches_any(code_names, path) ? UNOWNED_PLACE
									       : UNOWNED_DATA;
}

enum unowned unowned_judge(const struct check_context *context, const struct difference *difference,
			   enum kind kind)
{
	const struct entry *entry = &difference->actual;

	if (entry->type == ENTRY_DIRECTORY)
		return UNOWNED_DATA;
	if (!(mechanism_get(kind)->flags & MECHANISM_GENERIC))
		return context->packages ? UNOWNED_ACTS : UNOWNED_DATA;
	if (is_privileged(entry))
		return context->packages ? UNOWNED_ACTS : UNOWNED_DATA;
	if (entry->type == ENTRY_BLOCK || entry->type == ENTRY_CHAR)
		return UNOWNED_ACTS;
	if (is_odd_name(difference->path) && is_hidden_among_packaged(context, difference->path))
		return UNOWNED_ACTS;
	if (is_in_hidden(context, difference->path) && is_program(context, difference))
		return UNOWNED_ACTS;
	return judge_program(context, difference);
}
