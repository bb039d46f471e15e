/* SPDX-License-Identifier: Apache-2.0 */
#include "check/process_name.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define COMM_LENGTH	 15 /* TASK_COMM_LEN of the kernel without its NUL */
#define CGROUP_TEXT_MAX	 (64 * 1024)
#define WORDS_LOOKED_AT	 5
#define SERVICE_NAME_MAX 256

bool name_is_kernel_thread(const char *name)
{
	static const char *const globs[] = {
		"kworker**",	"ksoftirqd**", "kthreadd",  "rcu_*",	   "migration/*",
		"kswapd[0-9]*", "khugepaged",  "kdevtmpfs", "kauditd",	   "kcompactd[0-9]*",
		"watchdog/*",	"jbd2/*",      "scsi_eh_*", "irq/*",	   "cpuhp/*",
		"khungtaskd",	"oom_reaper",  "kblockd",   "kintegrityd", "kthrotld",
		"xfsaild/*",	"kdmflush*",   "ksmd",
	};
	size_t length = strlen(name);

	if (length > 2 && name[0] == '[' && name[length - 1] == ']')
		return true;
	for (size_t i = 0; i < ELEMENTS(globs); i++)
		if (glob_match(globs[i], name))
			return true;
	return false;
}

/* The word that names the program: "-bash" is bash, "sshd: user" is sshd, "(sd-pam)" sd-pam. */
static bool take_name(const char *argument, char ret[static PATH_MAX])
{
	size_t length;

	argument += strspn(argument, "-(@");
	length = strcspn(argument, " :)");
	if (length == 0 || length >= PATH_MAX)
		return false;
	memcpy(ret, argument, length);
	ret[length] = '\0';
	return true;
}

/* The program that a name stands for. */
static bool find_program(const char *name, char ret[static PATH_MAX], struct stat *ret_stat)
{
	static const char *const directories[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
						  "/usr/bin",	     "/sbin",	       "/bin"};

	if (strchr(name, '/')) {
		(void)snprintf(ret, PATH_MAX, "%s", name);
		return name[0] == '/' && stat(name, ret_stat) == 0 && S_ISREG(ret_stat->st_mode);
	}
	for (size_t i = 0; i < ELEMENTS(directories); i++) {
		if (snprintf(ret, PATH_MAX, "%s/%s", directories[i], name) >= PATH_MAX)
			return false;
		if (stat(ret, ret_stat) == 0 && S_ISREG(ret_stat->st_mode))
			return true;
	}
	return false;
}

static bool is_script(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char magic[2];

	return fd >= 0 && read(fd, magic, sizeof(magic)) == 2 && memcmp(magic, "#!", 2) == 0;
}

/* Programs that are many, and go by the name that they are called with. */
static bool has_many_names(const char *program)
{
	static const char *const names[] = {"busybox", "systemd",   "systemd-executor",
					    "toybox",  "coreutils", "multipathd"};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strcmp(path_name(program), names[i]) == 0)
			return true;
	return false;
}

/* Whether a name is, as far as the kernel keeps it, that of a path. */
static bool is_name_of(const char *name, const char *path)
{
	return strncmp(path_name(name), path_name(path), COMM_LENGTH) == 0;
}

/* Another program's name, unless the process is an interpreter and runs just that script. */
static enum disguise judge_found(const struct process *process, const char *found,
				 const struct stat *st)
{
	if (st->st_dev == process->device && st->st_ino == process->inode)
		return DISGUISE_NONE;
	if (program_is_interpreter(process->program) &&
	    (is_script(found) || program_is_interpreter(found)))
		return DISGUISE_NONE;
	return DISGUISE_PROGRAM;
}

/* Names under which something else likes to go, whether or not the daemon is installed. */
static bool is_daemon(const char *name)
{
	static const char *const names[] = {
		"sshd",	     "cron",	   "crond",	     "atd",	"httpd",      "apache2",
		"nginx",     "lighttpd",   "auditd",	     "chronyd", "rsyslogd",   "syslogd",
		"udevd",     "agetty",	   "named",	     "ntpd",	"dhclient",   "dbus-daemon",
		"systemd-*", "containerd", "dockerd",	     "polkitd", "irqbalance", "snapd",
		"postgres",  "kubelet",	   "NetworkManager",
	};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (glob_match(names[i], path_name(name)))
			return true;
	return false;
}

/* A name that no program of this system has. */
static enum disguise judge_unknown(struct live *live, const struct process *process,
				   const char *name)
{
	const char *program = path_name(process->program), *last = path_name(name);

	/* sshd-session is "sshd", php-fpm8.2 "php-fpm", and a child of cron "/usr/sbin/CRON". */
	if (strncmp(program, last, strlen(last)) == 0 || strcasecmp(program, last) == 0)
		return DISGUISE_NONE;
	if (is_daemon(last))
		return DISGUISE_PROGRAM;
	if ((name[0] != '/' && !program_is_interpreter(process->program)) ||
	    program_is_interpreter(name))
		return DISGUISE_NONE;
	return process_is_in_vouched_unit(live, process) ? DISGUISE_NONE : DISGUISE_RENAMED;
}

static enum disguise judge_argument(struct live *live, const struct process *process)
{
	const char *argument = process_argument(process, 0);
	char name[PATH_MAX], found[PATH_MAX];
	struct stat st;

	if (!argument || !take_name(argument, name) || is_name_of(name, process->program))
		return DISGUISE_NONE;
	if (argument[0] == '-' && program_is_interpreter(process->program))
		return DISGUISE_NONE;
	return find_program(name, found, &st) ? judge_found(process, found, &st)
					      : judge_unknown(live, process, name);
}

/* What Node.js calls the first of its threads. */
static bool is_thread_name(const char *name)
{
	return strcmp(name, "MainThread") == 0 || strcmp(name, "node-MainThread") == 0;
}

/* A name that neither the program nor a word of its command line has was set by prctl(2). */
static enum disguise judge_comm(struct live *live, const struct process *process)
{
	char found[PATH_MAX], own[PATH_MAX];
	struct stat st;

	if (is_name_of(process->comm, process->program) || is_thread_name(process->comm) ||
	    !take_name(process->comm, own))
		return DISGUISE_NONE;
	for (size_t i = 0; i < WORDS_LOOKED_AT; i++) {
		const char *argument = process_argument(process, i);
		char name[PATH_MAX];

		if (argument && take_name(argument, name) &&
		    (is_name_of(process->comm, name) || is_name_of(own, name)))
			return DISGUISE_NONE;
	}
	return find_program(own, found, &st) ? judge_found(process, found, &st)
					     : judge_unknown(live, process, own);
}

static bool looks_like_kernel(const struct process *process)
{
	const char *argument = process_argument(process, 0);

	if (is_name_of(process->comm, process->program))
		return argument && name_is_kernel_thread(argument);
	return name_is_kernel_thread(process->comm) ||
	       (argument && name_is_kernel_thread(argument));
}

enum disguise process_find_disguise(struct live *live, const struct process *process)
{
	enum disguise disguise;

	if (process->kernel || !process->program || process->foreign)
		return DISGUISE_NONE;
	if (looks_like_kernel(process))
		return DISGUISE_KERNEL;
	if (has_many_names(process->program))
		return DISGUISE_NONE;
	disguise = judge_argument(live, process);
	return disguise != DISGUISE_NONE ? disguise : judge_comm(live, process);
}

char *cgroup_find_service(const char *text)
{
	static const char suffix[] = ".service";
	const char *slice = strstr(text, "/system.slice/");
	size_t length;

	if (!slice)
		return NULL;
	slice += strlen("/system.slice/");
	/* The slice of a template comes first: system-getty.slice/getty@tty1.service. */
	while (slice[length = strcspn(slice, "/\n")] == '/' &&
	       (length < strlen(suffix) ||
		strncmp(slice + length - strlen(suffix), suffix, strlen(suffix)) != 0))
		slice += length + 1;
	if (length <= strlen(suffix) || length > SERVICE_NAME_MAX ||
	    strncmp(slice + length - strlen(suffix), suffix, strlen(suffix)) != 0)
		return NULL;
	return strndup(slice, length);
}

/* getty@tty1.service comes from the file getty@.service. */
static void cut_instance(char *name)
{
	char *at = strchr(name, '@'), *dot = strrchr(name, '.');

	if (at && dot && dot > at)
		memmove(at + 1, dot, strlen(dot) + 1);
}

static bool vouch_unit(struct live *live, const char *name)
{
	static const char *const directories[] = {"/etc/systemd/system", "/run/systemd/system",
						  "/usr/local/lib/systemd/system",
						  "/usr/lib/systemd/system", "/lib/systemd/system"};

	for (size_t i = 0; i < ELEMENTS(directories); i++) {
		char path[PATH_MAX];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s/%s", directories[i], name);
		if (lstat(path, &st) == 0)
			return live_vouch(live, path) != VOUCHED_NOT;
	}
	return false;
}

bool process_is_in_vouched_unit(struct live *live, const struct process *process)
{
	_cleanup_close_ int dir_fd = proc_enter(live->proc_fd, process->pid);
	_cleanup_free_ char *text = NULL, *name = NULL;
	size_t size;

	if (dir_fd < 0 || proc_read(dir_fd, "cgroup", CGROUP_TEXT_MAX, &text, &size) < 0)
		return false;
	name = cgroup_find_service(text);
	if (!name || strncmp(name, "cloud-", strlen("cloud-")) == 0)
		return false;
	cut_instance(name);
	return vouch_unit(live, name);
}
