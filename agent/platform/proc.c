/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/proc.h"

#include "clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define STAT_SIZE_MAX 4096
#define DELETED	      " (deleted)"
#define MEMFD	      "/memfd:"
#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD, include/linux/sched.h */

/* A mount of our own shows what is mounted over parts of /proc to hide them. */
static int mount_fresh(void)
{
	_cleanup_close_ int context = fsopen("proc", FSOPEN_CLOEXEC);
	int fd;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(context, FSMOUNT_CLOEXEC,
		     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? -errno : fd;
}

int proc_open(void)
{
	_cleanup_close_ int mounted = mount_fresh(), fd = -EBADF;
	struct statfs statfs;

	fd = mounted >= 0 ? openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			  : open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &statfs) < 0)
		return -errno;
	return statfs.f_type == PROC_SUPER_MAGIC ? TAKE_FD(fd) : -ENOTSUP;
}

static bool parse_pid(const char *name, pid_t *ret)
{
	unsigned long number;
	char *end;

	if (name[0] < '1' || name[0] > '9')
		return false;
	errno = 0;
	number = strtoul(name, &end, 10);
	if (*end || errno || number > INT_MAX)
		return false;
	*ret = (pid_t)number;
	return true;
}

int proc_enter(int proc_fd, pid_t pid)
{
	char name[16];
	int fd;

	(void)snprintf(name, sizeof(name), "%d", (int)pid);
	fd = openat(proc_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

/* Files of /proc have no size, so the buffer grows with what comes. */
static int read_growing(int fd, size_t limit, char **data, size_t *ret_size)
{
	size_t used = 0, space = 0;

	for (;;) {
		ssize_t n;

		if (used == space) {
			size_t wanted = space ? 4 * space : 1024;
			char *grown;

			wanted = wanted < limit + 1 ? wanted : limit + 1;
			grown = realloc(*data, wanted + 1);
			if (!grown)
				return -ENOMEM;
			*data = grown;
			space = wanted;
		}
		n = read(fd, *data + used, space - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		used += (size_t)n;
		if (n == 0 || used > limit)
			break;
	}
	*ret_size = used < limit ? used : limit;
	(*data)[*ret_size] = '\0';
	return used > limit;
}

int proc_read(int dir_fd, const char *name, size_t limit, char **ret_data, size_t *ret_size)
{
	_cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ char *data = NULL;
	size_t size = 0;
	int r;

	if (fd < 0)
		return -errno;
	r = read_growing(fd, limit, &data, &size);
	if (r < 0)
		return r;
	*ret_data = TAKE_PTR(data);
	*ret_size = size;
	return r;
}

int proc_read_link(int dir_fd, const char *name, char **ret)
{
	char target[PATH_MAX];
	ssize_t size = readlinkat(dir_fd, name, target, sizeof(target));

	if (size < 0)
		return -errno;
	if (size == (ssize_t)sizeof(target))
		return -ENAMETOOLONG;
	*ret = strndup(target, (size_t)size);
	return *ret ? 0 : -ENOMEM;
}

uint64_t proc_parse_socket(const char *link)
{
	static const char prefix[] = "socket:[";
	unsigned long long number;
	char *end;

	if (strncmp(link, prefix, strlen(prefix)) != 0 || link[8] < '0' || link[8] > '9')
		return 0;
	errno = 0;
	number = strtoull(link + strlen(prefix), &end, 10);
	return errno || strcmp(end, "]") != 0 ? 0 : number;
}

/* The numbers after the name, from field 3 (the state) on; the name may hold anything. */
#define STAT_FIELDS 20

static int parse_fields(const char *rest, struct process *ret)
{
	unsigned long long fields[STAT_FIELDS] = {};

	if (rest[0] != ' ' || !rest[1])
		return -EINVAL;
	ret->state = rest[1];
	rest += 2;
	for (size_t i = 1; i < STAT_FIELDS; i++) {
		char *end;

		errno = 0;
		/* Negative ones wrap, which the conversion below takes back. */
		fields[i] = strtoull(rest, &end, 10);
		if (end == rest || errno)
			return -EINVAL;
		rest = end;
	}
	/* Field N of proc(5) is fields[N - 3]. */
	ret->parent = (pid_t)fields[1];
	ret->kernel = fields[6] & KERNEL_THREAD;
	ret->ticks = fields[11] + fields[12];
	ret->nice = (int)(long long)fields[16];
	ret->started = fields[19];
	return 0;
}

int proc_parse_stat(const char *text, size_t size, struct process *ret)
{
	const char *open = memchr(text, '(', size), *close = memrchr(text, ')', size);
	_cleanup_free_ char *rest = NULL;
	unsigned long long pid;
	size_t length;
	char *end;

	if (!open || !close || close < open || size == 0 || text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	pid = strtoull(text, &end, 10);
	if (errno || pid > INT_MAX || *end != ' ' || end + 1 != open)
		return -EINVAL;
	length = (size_t)(close - open) - 1;
	if (length >= PROC_COMM_SIZE)
		length = PROC_COMM_SIZE - 1;
	rest = strndup(close + 1, size - (size_t)(close + 1 - text));
	if (!rest)
		return -ENOMEM;
	ret->stat_pid = (pid_t)pid;
	memcpy(ret->comm, open + 1, length);
	ret->comm[length] = '\0';
	return parse_fields(rest, ret);
}

static int read_stat(int dir_fd, struct process *process)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	int r = proc_read(dir_fd, "stat", STAT_SIZE_MAX, &text, &size);

	return r < 0 ? r : proc_parse_stat(text, size, process);
}

static int read_program(int dir_fd, struct process *process)
{
	_cleanup_free_ char *link = NULL;
	struct stat st = {};
	size_t length, suffix = strlen(DELETED);
	int r = proc_read_link(dir_fd, "exe", &link);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		process->unseen = r == -EACCES || r == -EPERM || r == -ENAMETOOLONG;
		return 0;
	}
	if (fstatat(dir_fd, "exe", &st, 0) == 0) {
		process->device = st.st_dev;
		process->inode = st.st_ino;
		/* A file may have a name that ends like that. */
		process->deleted = st.st_nlink == 0;
	}
	length = strlen(link);
	if (length > suffix && strcmp(link + length - suffix, DELETED) == 0) {
		struct stat named;

		if (process->deleted || stat(link, &named) < 0 || named.st_ino != st.st_ino) {
			process->deleted = true;
			link[length - suffix] = '\0';
		}
	}
	process->memory = process->deleted && strncmp(link, MEMFD, strlen(MEMFD)) == 0;
	process->program = TAKE_PTR(link);
	return 0;
}

static int read_process(int proc_fd, pid_t pid, const struct stat *root, struct process *ret)
{
	_cleanup_close_ int dir_fd = proc_enter(proc_fd, pid);
	struct stat st;
	int r;

	ret->pid = pid;
	if (dir_fd < 0)
		return dir_fd;
	r = read_stat(dir_fd, ret);
	if (r < 0 || ret->kernel)
		return r;
	r = read_program(dir_fd, ret);
	if (r < 0)
		return r;
	ret->foreign = fstatat(dir_fd, "root", &st, 0) == 0 &&
		       (st.st_dev != root->st_dev || st.st_ino != root->st_ino);
	r = proc_read(dir_fd, "cmdline", PROC_ARGUMENTS_MAX, &ret->arguments, &ret->arguments_size);
	return r < 0 ? r : 0;
}

static void process_done(struct process *process)
{
	free(process->program);
	free(process->arguments);
}

void processes_done(struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++)
		process_done(&processes->items[i]);
	free(processes->items);
	*processes = (struct processes){};
}

static int take_process(struct processes *processes, size_t *space, int proc_fd, pid_t pid,
			const struct stat *root)
{
	struct process process = {};
	int r;

	if (processes->count == PROC_PROCESSES_MAX) {
		processes->dropped++;
		return 0;
	}
	if (processes->count == *space) {
		size_t wanted = *space ? 2 * *space : 256;
		struct process *grown =
			reallocarray(processes->items, wanted, sizeof(struct process));

		if (!grown)
			return -ENOMEM;
		processes->items = grown;
		*space = wanted;
	}
	r = read_process(proc_fd, pid, root, &process);
	if (r < 0) {
		process_done(&process);
		return r == -ENOMEM ? r : 0;
	}
	processes->unseen += process.unseen;
	processes->items[processes->count++] = process;
	return 0;
}

static int compare_pids(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int list(DIR *dir, int proc_fd, uint64_t deadline_ms, struct processes *processes)
{
	struct dirent *dirent;
	struct stat root;
	size_t space = 0;
	int r = stat("/", &root) < 0 ? -errno : 0;

	while (r == 0 && (dirent = readdir(dir))) {
		pid_t pid;

		if (!parse_pid(dirent->d_name, &pid))
			continue;
		if (deadline_ms && clock_monotonic_ms() >= deadline_ms)
			return -ETIME;
		r = take_process(processes, &space, proc_fd, pid, &root);
	}
	return r;
}

int proc_list(int proc_fd, uint64_t deadline_ms, struct processes *ret)
{
	_cleanup_processes_ struct processes processes = {};
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = openat(proc_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	fd = -EBADF;
	r = list(dir, proc_fd, deadline_ms, &processes);
	if (r < 0)
		return r;
	if (processes.count > 1)
		qsort(processes.items, processes.count, sizeof(struct process), compare_pids);
	*ret = processes;
	processes = (struct processes){};
	return 0;
}

const struct process *processes_find(const struct processes *processes, pid_t pid)
{
	const struct process key = {.pid = pid};

	if (processes->count == 0)
		return NULL;
	return bsearch(&key, processes->items, processes->count, sizeof(key), compare_pids);
}

int proc_each_socket(int process_fd, size_t *left, int (*take)(void *data, uint64_t inode),
		     void *data)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd =
		openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct dirent *dirent;
	int r = 0;

	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return -errno;
	fd = -EBADF;
	while (r == 0 && *left > 0 && (dirent = readdir(dir))) {
		char target[64];
		ssize_t size;
		uint64_t inode;

		if (dirent->d_name[0] == '.')
			continue;
		(*left)--;
		size = readlinkat(dirfd(dir), dirent->d_name, target, sizeof(target) - 1);
		if (size <= 0)
			continue;
		target[size] = '\0';
		inode = proc_parse_socket(target);
		if (inode)
			r = take(data, inode);
	}
	return r;
}
