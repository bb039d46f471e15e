/* SPDX-License-Identifier: Apache-2.0 */
#include "check/kernel.h"

#include "catalog.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define SETTING_MAX  4096
#define HANDLERS_MAX 1000

int kernel_take(struct live *live, const char *code, const char *path, const char *title,
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
	finding.title = strdup(title);
	finding.actual = strdup(actual);
	if (!finding.path || !finding.title || !finding.actual)
		return -ENOMEM;
	return findings_take(live->findings, &finding);
}

/* A file below /proc/sys without its newline; "" when it cannot be read. */
static char *read_setting(const struct live *live, const char *name)
{
	char *text = NULL;
	size_t size = 0;

	if (proc_read(live->proc_fd, name, SETTING_MAX, &text, &size) < 0)
		return strdup("");
	while (size > 0 && isspace((unsigned char)text[size - 1]))
		text[--size] = '\0';
	return text;
}

char *core_pattern_find_program(const char *text)
{
	if (text[0] != '|')
		return NULL;
	text += 1 + strspn(text + 1, " ");
	return strndup(text, strcspn(text, " \n"));
}

/* A path that the kernel runs as root. */
static int check_helper(struct live *live, const char *setting, const char *program)
{
	char path[PATH_MAX], shown[PATH_MAX];

	if (program[0] == '\0' || strcmp(program, "/bin/false") == 0 ||
	    strcmp(program, "/bin/true") == 0)
		return 0;
	if (realpath(program, path) && live_vouch(live, path) != VOUCHED_NOT &&
	    !program_is_interpreter(path))
		return 0;
	/* What is not there runs when it comes; a stock kernel names helpers that nobody installed.
	 */
	if (!realpath(program, path) && strncmp(program, "/sbin/", strlen("/sbin/")) == 0)
		return 0;
	(void)snprintf(shown, sizeof(shown), "/proc/%s", setting);
	return kernel_take(live, "trigger.helper", shown,
			   "The kernel is told to run a program that nothing vouches for", program);
}

static int check_core_pattern(struct live *live)
{
	_cleanup_free_ char *text = read_setting(live, "sys/kernel/core_pattern"), *program = NULL;

	if (!text)
		return -ENOMEM;
	program = core_pattern_find_program(text);
	return program ? check_helper(live, "sys/kernel/core_pattern", program) : 0;
}

static int check_path_setting(struct live *live, const char *name)
{
	_cleanup_free_ char *text = read_setting(live, name);

	return text ? check_helper(live, name, text) : -ENOMEM;
}

/* "interpreter /usr/bin/qemu-arm-static" */
static int check_handler(struct live *live, const char *name)
{
	static const char key[] = "interpreter ";
	_cleanup_free_ char *setting = NULL, *text = NULL, *program = NULL;
	const char *found;

	if (asprintf(&setting, "sys/fs/binfmt_misc/%s", name) < 0) {
		setting = NULL;
		return -ENOMEM;
	}
	text = read_setting(live, setting);
	if (!text)
		return -ENOMEM;
	found = strstr(text, key);
	if (!found)
		return 0;
	found += strlen(key);
	program = strndup(found, strcspn(found, "\n"));
	return program ? check_helper(live, setting, program) : -ENOMEM;
}

/* The fresh mount of /proc has nothing mounted in it, so this looks at the one that is there. */
static int check_handlers(struct live *live)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/sys/fs/binfmt_misc");
	struct dirent *dirent;
	size_t count = 0;
	int r = 0;

	while (r == 0 && dir && (dirent = readdir(dir)) && count++ < HANDLERS_MAX)
		if (dirent->d_name[0] != '.' && strcmp(dirent->d_name, "register") != 0 &&
		    strcmp(dirent->d_name, "status") != 0)
			r = check_handler(live, dirent->d_name);
	return r;
}

static int check_switch(struct live *live, const char *name, const char *off, const char *title)
{
	_cleanup_free_ char *text = read_setting(live, name), *path = NULL;

	if (!text || asprintf(&path, "/proc/%s", name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return strcmp(text, off) == 0 ? kernel_take(live, "defense.kernel", path, title, text) : 0;
}

static int check_apparmor(struct live *live)
{
	static const char path[] = "/sys/module/apparmor/parameters/enabled";
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char state = '\0';

	/* A kernel without AppArmor has no such file. */
	if (fd < 0 || read(fd, &state, 1) != 1 || state != 'N')
		return 0;
	return kernel_take(live, "defense.kernel", path, "AppArmor is switched off", "N");
}

int kernel_check_settings(struct live *live, struct error *error _unused_)
{
	int r = check_core_pattern(live);

	if (r == 0)
		r = check_path_setting(live, "sys/kernel/modprobe");
	if (r == 0)
		r = check_path_setting(live, "sys/kernel/hotplug");
	if (r == 0)
		r = check_path_setting(live, "sys/kernel/poweroff_cmd");
	if (r == 0)
		r = check_handlers(live);
	if (r == 0)
		r = check_switch(live, "sys/kernel/randomize_va_space", "0",
				 "Addresses of programs are not randomised");
	return r < 0 ? r : check_apparmor(live);
}

int kernel_check(const struct check_context *context, struct findings *ret, struct error *error)
{
	_cleanup_live_ struct live live = {.proc_fd = -EBADF};
	int r = live_open(context, ret, &live, error);

	if (r == 0)
		r = live_list(&live, error);
	if (r == 0)
		r = kernel_check_processes(&live, error);
	if (r == 0)
		r = kernel_check_modules(&live, error);
	if (r == 0)
		r = kernel_check_settings(&live, error);
	return r < 0 ? r : live_finish(&live);
}
