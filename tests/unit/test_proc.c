/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/proc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

static void reads_stat(void **state)
{
	static const char text[] = "42 (a) b (c)) R 7 42 42 34816 42 4194304 90 0 0 0 11 22 0 0 39 "
				   "19 1 0 123456 2994176 453 18446744073709551615\n";
	static const char negative[] = "1 (x) S 0 0 0 0 -1 2097152 0 0 0 0 0 0 0 0 0 -20 1 0 9 0\n";
	struct process process = {};

	(void)state;
	assert_int_equal(proc_parse_stat(text, strlen(text), &process), 0);
	assert_int_equal(process.stat_pid, 42);
	assert_string_equal(process.comm, "a) b (c)");
	assert_int_equal(process.state, 'R');
	assert_int_equal(process.parent, 7);
	assert_false(process.kernel);
	assert_int_equal(process.ticks, 33);
	assert_int_equal(process.nice, 19);
	assert_int_equal(process.started, 123456);
	assert_int_equal(proc_parse_stat(negative, strlen(negative), &process), 0);
	assert_true(process.kernel);
	assert_int_equal(process.nice, -20);
}

static void refuses_stat(void **state)
{
	static const char *const bad[] = {
		"",
		"42",
		"42 (",
		"42 )(",
		"42 (x)",
		"42 (x) R",
		"42 (x) R 1 2 3",
		"x (x) R 7 42 42 34816 42 4194304 90 0 0 0 11 22 0 0 39 19 1 0 1",
		"42x(x) R 7 42 42 34816 42 4194304 90 0 0 0 11 22 0 0 39 19 1 0 1",
		"99999999999 (x) R 7 42 42 34816 42 4194304 90 0 0 0 11 22 0 0 39 19 1 0 1",
		"42 (x) R 7 42 42 34816 42 4194304 90 0 0 0 11 y 0 0 39 19 1 0 1",
	};
	struct process process = {};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		if (proc_parse_stat(bad[i], strlen(bad[i]), &process) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
}

static void reads_socket_links(void **state)
{
	(void)state;
	assert_int_equal(proc_parse_socket("socket:[4711]"), 4711);
	assert_int_equal(proc_parse_socket("socket:[]"), 0);
	assert_int_equal(proc_parse_socket("socket:[-1]"), 0);
	assert_int_equal(proc_parse_socket("socket:[1"), 0);
	assert_int_equal(proc_parse_socket("socket:[1]x"), 0);
	assert_int_equal(proc_parse_socket("socket:[99999999999999999999]"), 0);
	assert_int_equal(proc_parse_socket("pipe:[1]"), 0);
	assert_int_equal(proc_parse_socket(""), 0);
}

static int count_socket(void *data, uint64_t inode)
{
	size_t *count = data;

	assert_true(inode > 0);
	(*count)++;
	return 0;
}

/* This test finds itself, with its program, its words and its sockets. */
static void lists_processes(void **state)
{
	_cleanup_processes_ struct processes processes = {};
	_cleanup_close_ int proc_fd = proc_open(), dir_fd = -EBADF;
	_cleanup_free_ char *own = NULL;
	const struct process *self;
	size_t left = PROC_DESCRIPTORS_MAX, before = 0, after = 0, none = 0;
	int pair[2];

	(void)state;
	assert_true(proc_fd >= 0);
	assert_int_equal(proc_list(proc_fd, 0, &processes), 0);
	self = processes_find(&processes, getpid());
	assert_non_null(self);
	assert_int_equal(self->parent, getppid());
	assert_int_equal(self->stat_pid, getpid());
	assert_false(self->kernel || self->deleted || self->memory || self->foreign);
	dir_fd = proc_enter(proc_fd, getpid());
	assert_int_equal(proc_read_link(dir_fd, "exe", &own), 0);
	assert_string_equal(self->program, own);
	assert_true(self->arguments_size > 1);
	assert_null(processes_find(&processes, -1));

	assert_int_equal(proc_each_socket(dir_fd, &left, count_socket, &before), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(proc_each_socket(dir_fd, &left, count_socket, &after), 0);
	assert_int_equal(after, before + 2);
	left = 0;
	assert_int_equal(proc_each_socket(dir_fd, &left, count_socket, &none), 0);
	assert_int_equal(none, 0);
	(void)close(pair[0]);
	(void)close(pair[1]);
}

static void keeps_to_limits(void **state)
{
	_cleanup_close_ int proc_fd = proc_open(), dir_fd = proc_enter(proc_fd, getpid());
	_cleanup_processes_ struct processes processes = {};
	_cleanup_free_ char *data = NULL, *all = NULL;
	size_t size = 0;

	(void)state;
	assert_int_equal(proc_read(dir_fd, "status", 5, &data, &size), 1);
	assert_int_equal(size, 5);
	assert_string_equal(data, "Name:");
	assert_int_equal(proc_read(dir_fd, "status", 65536, &all, &size), 0);
	assert_true(size > 500);
	assert_int_equal(proc_read(dir_fd, "none", 5, &data, &size), -ENOENT);
	assert_int_equal(proc_list(proc_fd, 1, &processes), -ETIME);
	assert_int_equal(processes.count, 0);
}

/* One that has ended is gone, and one that waits to be reaped has no program. */
static void survives_the_dead(void **state)
{
	_cleanup_processes_ struct processes processes = {};
	_cleanup_close_ int proc_fd = proc_open();
	const struct process *dead;
	siginfo_t info;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(proc_list(proc_fd, 0, &processes), 0);
	dead = processes_find(&processes, pid);
	assert_non_null(dead);
	assert_int_equal(dead->state, 'Z');
	assert_null(dead->program);
	assert_false(dead->unseen);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(proc_enter(proc_fd, pid), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_stat),	      cmocka_unit_test(refuses_stat),
		cmocka_unit_test(reads_socket_links), cmocka_unit_test(lists_processes),
		cmocka_unit_test(keeps_to_limits),    cmocka_unit_test(survives_the_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
