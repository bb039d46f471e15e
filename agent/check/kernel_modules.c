/* SPDX-License-Identifier: Apache-2.0 */
/* Modules: which are loaded, which say so, and where they come from. */
#include "check/kernel.h"
#include "measure/root.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define MODULES_TEXT_MAX (1024 * 1024)
#define INDEX_MAX	 (32 * 1024 * 1024)
#define MODULES_MAX	 1000

/* Of a proprietary, a forced, an out-of-tree and an unsigned module (tainted-kernels.rst). */
static const struct {
	unsigned bit;
	char letter;
} taints[] = {{0, 'P'}, {1, 'F'}, {12, 'O'}, {13, 'E'}};

const char *taint_to_text(unsigned long long taint, char ret[static 8])
{
	size_t used = 0;

	for (size_t i = 0; i < ELEMENTS(taints); i++)
		if (taint >> taints[i].bit & 1)
			ret[used++] = taints[i].letter;
	ret[used] = '\0';
	return ret;
}

static bool is_same(char a, char b)
{
	return a == b || ((a == '-' || a == '_') && (b == '-' || b == '_'));
}

/* "kernel/net/nf-x.ko.xz" is the file of nf_x. */
static bool is_file_of(const char *path, size_t length, const char *name)
{
	const char *slash = memrchr(path, '/', length);
	const char *file = slash ? slash + 1 : path, *end = path + length;

	for (; *name; name++, file++)
		if (file == end || !is_same(*file, *name))
			return false;
	return end - file >= 3 && strncmp(file, ".ko", 3) == 0 &&
	       (end - file == 3 || file[3] == '.');
}

bool modules_have(const char *index, const char *name)
{
	for (const char *line = index; *line; line += *line == '\n') {
		size_t length = strcspn(line, ":\n");

		if (is_file_of(line, length, name))
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

/* Only these can be unloaded, or were loaded: others are built in and have a directory, too. */
static bool is_loadable(int sys_fd, const char *name)
{
	char path[NAME_MAX + 16];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/initstate", name);
	return fstatat(sys_fd, path, &st, 0) == 0;
}

static bool is_in_list(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = list; *line; line += *line == '\n') {
		if (strncmp(line, name, length) == 0 && line[length] == ' ')
			return true;
		line += strcspn(line, "\n");
	}
	return false;
}

static char *read_list(const struct live *live)
{
	char *text = NULL;
	size_t size;

	return proc_read(live->proc_fd, "modules", MODULES_TEXT_MAX, &text, &size) == 0 ? text
											: NULL;
}

static int take_module(struct live *live, const char *code, const char *name, const char *what)
{
	_cleanup_free_ char *path = NULL, *title = NULL;
	int r = -ENOMEM;

	if (asprintf(&path, "/sys/module/%s", name) < 0)
		path = NULL;
	else if (asprintf(&title, "Kernel module %s %s", name, what) < 0)
		title = NULL;
	else
		r = kernel_take(live, code, path, title, what);
	return r;
}

/* In /sys and not in the list, and that a second time: it was not just loaded. */
static int check_hidden(struct live *live, const char *list)
{
	_cleanup_closedir_ DIR *dir = opendir("/sys/module");
	struct dirent *dirent;
	size_t count = 0;
	int r = 0;

	while (r == 0 && dir && (dirent = readdir(dir)) && count++ < MODULES_MAX) {
		_cleanup_free_ char *again = NULL;

		if (dirent->d_name[0] == '.' || !is_loadable(dirfd(dir), dirent->d_name) ||
		    is_in_list(list, dirent->d_name))
			continue;
		again = read_list(live);
		if (again && !is_in_list(again, dirent->d_name) &&
		    is_loadable(dirfd(dir), dirent->d_name))
			r = take_module(live, "kmod.hidden", dirent->d_name,
					"is loaded and is not listed");
	}
	return r;
}

/* The index of the running kernel's modules; NULL when there is none. */
static char *read_index(const struct live *live, char ret_path[static PATH_MAX])
{
	struct utsname names;
	char *text = NULL;
	size_t size;

	if (uname(&names) < 0)
		return NULL;
	(void)snprintf(ret_path, PATH_MAX, "/usr/lib/modules/%s/modules.dep", names.release);
	return root_read(live->context->root_fd, ret_path, INDEX_MAX, &text, &size) == 0 ? text
											 : NULL;
}

/* A module whose file was not among those of this kernel came from somewhere else. */
static int check_origin(struct live *live, char *list, bool *ret_foreign)
{
	_cleanup_free_ char *index = NULL;
	char path[PATH_MAX], *line, *rest = list;
	size_t count = 0;
	int r = 0;

	*ret_foreign = false;
	index = read_index(live, path);
	/* A container has the modules of its host in the list, and not their files. */
	if (!index)
		return 0;
	while (r == 0 && (line = strsep(&rest, "\n")) && *line && count++ < MODULES_MAX) {
		char *name = strsep(&line, " ");

		*ret_foreign = *ret_foreign || (line && strchr(line, '('));
		if (!modules_have(index, name))
			r = take_module(live, "kmod.loaded", name,
					"is loaded and has no file among the kernel's modules");
	}
	return r;
}

static int check_taint(struct live *live, bool foreign)
{
	_cleanup_free_ char *text = NULL;
	char letters[8], path[PATH_MAX];
	_cleanup_free_ char *index = read_index(live, path);
	size_t size;

	if (!index || proc_read(live->proc_fd, "sys/kernel/tainted", 64, &text, &size) < 0)
		return 0;
	(void)taint_to_text(strtoull(text, NULL, 10), letters);
	/* With such a module in the list its own finding, or its sealed file, explains the mark. */
	if (!letters[0] || foreign)
		return 0;
	return kernel_take(live, "kmod.taint", "/proc/sys/kernel/tainted",
			   "A foreign kernel module was loaded and is not there", letters);
}

int kernel_check_modules(struct live *live, struct error *error _unused_)
{
	_cleanup_free_ char *list = read_list(live);
	bool foreign = false;
	int r;

	/* A kernel without modules, or one that shows them to nobody. */
	if (!list)
		return 0;
	r = check_hidden(live, list);
	if (r == 0)
		r = check_origin(live, list, &foreign);
	return r < 0 ? r : check_taint(live, foreign);
}
