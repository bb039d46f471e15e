/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"
#include "scratch.h"

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static int read_path(const char *path, size_t limit, bool follow, struct error *error)
{
	char *data = NULL;
	size_t size = 0;
	int r = file_read(AT_FDCWD, path, limit, follow, &data, &size, error);

	if (r < 0)
		assert_null(data);
	free(data);
	return r;
}

static void assert_content(const char *path, const char *expected)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, false, &data, &size, NULL), 0);
	assert_int_equal(size, strlen(expected));
	assert_string_equal(data, expected);
}

static void read_stays_within_the_limit(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "f", "12345", 0644);
	_cleanup_free_ char *empty = scratch_file(state, "empty", "", 0644);
	_cleanup_error_ struct error error = {0};

	assert_content(path, "12345");
	assert_content(empty, "");
	assert_int_equal(read_path(path, 5, false, &error), 0);
	assert_null(error.message);
	assert_int_equal(read_path(path, 4, false, &error), -EFBIG);
	assert_non_null(strstr(error.message, path));
	assert_non_null(strstr(error.message, "4 bytes"));
	assert_int_equal(read_path(path, SIZE_MAX, false, NULL), 0);
	assert_int_equal(read_path(empty, 0, false, NULL), 0);
}

/* Its size is 0 for fstat, as for all of procfs. */
static void read_of_procfs(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 0;

	(void)state;
	assert_int_equal(file_read(AT_FDCWD, "/proc/self/status", 65536, true, &data, &size, NULL),
			 0);
	assert_int_equal(strlen(data), size);
	assert_memory_equal(data, "Name:", 5);
	assert_int_equal(read_path("/proc/self/status", 16, true, NULL), -EFBIG);
}

static void read_of_a_large_file(void **state)
{
	_cleanup_free_ char *path = scratch_path(state, "large");
	_cleanup_free_ char *text = malloc(100001), *data = NULL;
	size_t size = 0;

	memset(text, 'x', 100000);
	text[100000] = '\0';
	assert_int_equal(file_write(AT_FDCWD, path, text, 100000, 0600, NULL), 0);
	assert_int_equal(file_read(AT_FDCWD, path, 100000, false, &data, &size, NULL), 0);
	assert_int_equal(size, 100000);
	assert_string_equal(data, text);
}

static void read_refuses_what_is_not_a_regular_file(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "f", "x", 0644);
	_cleanup_free_ char *link = scratch_path(state, "link"),
			    *fifo = scratch_path(state, "fifo");
	_cleanup_free_ char *missing = scratch_path(state, "missing\n");
	_cleanup_error_ struct error error = {0};

	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(read_path(link, 10, false, &error), -ELOOP);
	assert_int_equal(read_path(link, 10, true, &error), 0);
	assert_int_equal(read_path(fifo, 10, false, &error), -EINVAL);
	assert_non_null(strstr(error.message, "not a regular file"));
	assert_int_equal(read_path(*state, 10, false, &error), -EISDIR);
	assert_int_equal(read_path(missing, 10, false, &error), -ENOENT);
	assert_non_null(strstr(error.message, "missing\\012: cannot open"));
}

static void secret_must_be_closed_to_others(void **state)
{
	static const mode_t lax[] = {0640, 0604, 0620, 0602, 0610, 0644, 0666};
	_cleanup_free_ char *path = scratch_file(state, "f", "secret", 0600);
	_cleanup_error_ struct error error = {0};
	char *data = NULL;
	size_t size;

	assert_int_equal(file_read_secret(path, 100, &data, &size, &error), 0);
	assert_string_equal(data, "secret");
	free(data);
	data = NULL;
	for (size_t i = 0; i < ELEMENTS(lax); i++) {
		assert_int_equal(chmod(path, lax[i]), 0);
		assert_int_equal(file_read_secret(path, 100, &data, &size, &error), -EPERM);
		assert_null(data);
	}
	assert_non_null(strstr(error.message, "chmod 600"));
}

static void write_sets_content_and_mode(void **state)
{
	_cleanup_free_ char *path = scratch_path(state, "f");
	mode_t mask = umask(0077);
	struct stat st;

	assert_int_equal(file_write(AT_FDCWD, path, "one", 3, 0644, NULL), 0);
	(void)umask(mask);
	assert_content(path, "one");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(file_write(AT_FDCWD, path, "two!", 4, 0600, NULL), 0);
	assert_content(path, "two!");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(scratch_count(state), 1);
}

static void write_relative_to_a_directory(void **state)
{
	_cleanup_close_ int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *path = scratch_path(state, "sub/f");

	assert_true(fd >= 0);
	assert_int_equal(mkdirat(fd, "sub", 0700), 0);
	assert_int_equal(file_write(fd, "sub/f", "x", 1, 0600, NULL), 0);
	assert_content(path, "x");
}

static void abort_leaves_nothing(void **state)
{
	_cleanup_free_ char *path = scratch_path(state, "f");
	struct file_writer writer = {0};

	file_writer_abort(&writer);
	assert_int_equal(file_writer_open(&writer, AT_FDCWD, path, 0600, NULL), 0);
	assert_int_equal(scratch_count(state), 1);
	assert_true(fputs("half", writer.stream) >= 0);
	file_writer_abort(&writer);
	assert_int_equal(scratch_count(state), 0);
	file_writer_abort(&writer);
}

static void abort_keeps_the_old_file(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "f", "old", 0644);

	{
		_cleanup_file_writer_ struct file_writer writer = {0};

		assert_int_equal(file_writer_open(&writer, AT_FDCWD, path, 0600, NULL), 0);
		assert_true(fputs("new", writer.stream) >= 0);
		assert_int_equal(fflush(writer.stream), 0);
		assert_content(path, "old");
	}
	assert_content(path, "old");
	assert_int_equal(scratch_count(state), 1);
}

/* As after a power cut: the process that writes is gone without any cleanup. */
static void killed_writer_keeps_the_old_file(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "f", "old", 0644);
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct file_writer writer = {0};

		if (file_writer_open(&writer, AT_FDCWD, path, 0600, NULL) < 0 ||
		    fputs("new", writer.stream) < 0 || fflush(writer.stream) != 0)
			_exit(1);
		(void)raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	assert_content(path, "old");
	assert_int_equal(scratch_count(state), 2);
}

static void commit_new_never_replaces(void **state)
{
	_cleanup_free_ char *path = scratch_path(state, "f");
	_cleanup_error_ struct error error = {0};
	struct file_writer writer = {0};

	assert_int_equal(file_writer_open(&writer, AT_FDCWD, path, 0600, NULL), 0);
	assert_true(fputs("one", writer.stream) >= 0);
	assert_int_equal(file_writer_commit_new(&writer, &error), 0);
	assert_int_equal(file_writer_open(&writer, AT_FDCWD, path, 0600, NULL), 0);
	assert_true(fputs("two", writer.stream) >= 0);
	assert_int_equal(file_writer_commit_new(&writer, &error), -EEXIST);
	assert_non_null(strstr(error.message, path));
	assert_content(path, "one");
	assert_int_equal(scratch_count(state), 1);
}

static void write_refuses_impossible_places(void **state)
{
	_cleanup_free_ char *path = scratch_path(state, "missing/f");
	_cleanup_free_ char *directory = scratch_path(state, "d"),
			    *slash = scratch_path(state, "d/");
	_cleanup_error_ struct error error = {0};

	assert_int_equal(file_write(AT_FDCWD, path, "x", 1, 0600, &error), -ENOENT);
	assert_non_null(strstr(error.message, path));
	assert_int_equal(mkdir(directory, 0700), 0);
	assert_int_equal(file_write(AT_FDCWD, slash, "x", 1, 0600, &error), -EISDIR);
	assert_int_equal(file_write(AT_FDCWD, directory, "x", 1, 0600, &error), -EISDIR);
	assert_int_equal(scratch_count(state), 1);
}

/* A write that stops half way, by a limit that needs no root. */
static void failed_write_changes_nothing(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "f", "old", 0644);
	_cleanup_free_ char *text = calloc(1, 65536);
	_cleanup_error_ struct error error = {0};
	struct rlimit before, small;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	int r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 8192;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = file_write(AT_FDCWD, path, text, 65536, 0600, &error);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, handler);
	assert_int_equal(r, -EFBIG);
	assert_non_null(strstr(error.message, path));
	assert_content(path, "old");
	assert_int_equal(scratch_count(state), 1);
}

enum outcome { OUTCOME_RIGHT, OUTCOME_WRONG, OUTCOME_SKIPPED };

/* In a mount namespace of its own: 0 when the mount is there. */
static bool mount_small(const char *directory)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", directory, "tmpfs", 0, "size=64k") == 0;
}

static enum outcome fill_disk(const char *directory)
{
	_cleanup_free_ char *path = NULL, *text = calloc(1, 1 << 20);
	_cleanup_error_ struct error error = {0};
	int r;

	if (!mount_small(directory))
		return OUTCOME_SKIPPED;
	if (!text || asprintf(&path, "%s/f", directory) < 0)
		return OUTCOME_WRONG;
	if (file_write(AT_FDCWD, path, "old", 3, 0600, NULL) != 0)
		return OUTCOME_WRONG;
	r = file_write(AT_FDCWD, path, text, 1 << 20, 0600, &error);
	if (r != -ENOSPC || !strstr(error_text(&error, r), "free space"))
		return OUTCOME_WRONG;
	assert_content(path, "old");
	if (mount(NULL, directory, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0)
		return OUTCOME_WRONG;
	r = file_write(AT_FDCWD, path, "x", 1, 0600, &error);
	if (r != -EROFS || !strstr(error_text(&error, r), "mount it read-write"))
		return OUTCOME_WRONG;
	assert_content(path, "old");
	return OUTCOME_RIGHT;
}

static void full_and_read_only_disks_are_told(void **state)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit((int)fill_disk(*state));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == OUTCOME_SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), OUTCOME_RIGHT);
}

static void directories_are_made_with_parents(void **state)
{
	_cleanup_free_ char *path = scratch_path(state, "a/b//c/");
	_cleanup_free_ char *file = scratch_file(state, "f", "x", 0644);
	_cleanup_free_ char *below = scratch_path(state, "f/g");
	_cleanup_error_ struct error error = {0};
	struct stat st;

	assert_int_equal(directory_make(path, 0700, &error), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(directory_make(path, 0755, &error), 0);
	assert_int_equal(directory_make("/", 0755, &error), 0);
	assert_int_equal(directory_make(file, 0755, &error), -ENOTDIR);
	assert_int_equal(directory_make(below, 0755, &error), -ENOTDIR);
	assert_non_null(strstr(error.message, file));
}

static void sweep_takes_dead_temporaries_alone(void **state)
{
	_cleanup_free_ char *dead = scratch_file(state, ".tmp-0123456789abcdef", "x", 0600);
	_cleanup_free_ char *other = scratch_file(state, ".tmp-0123456789abcdeg", "x", 0600);
	_cleanup_free_ char *longer = scratch_file(state, ".tmp-0123456789abcdef0", "x", 0600);
	_cleanup_free_ char *directory = scratch_path(state, ".");
	_cleanup_free_ char *path = scratch_path(state, "final");
	_cleanup_file_writer_ struct file_writer writer = {0};
	_cleanup_error_ struct error error = {0};

	assert_int_equal(file_writer_open(&writer, AT_FDCWD, path, 0600, &error), 0);
	assert_int_equal(file_sweep(directory, &error), 0);
	assert_int_equal(access(dead, F_OK), -1);
	assert_int_equal(access(other, F_OK), 0);
	assert_int_equal(access(longer, F_OK), 0);
	assert_int_equal(file_writer_commit(&writer, &error), 0);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(file_sweep(path, &error), -ENOTDIR);
}

#define SCRATCH_TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCRATCH_TEST(read_stays_within_the_limit),
		SCRATCH_TEST(read_of_procfs),
		SCRATCH_TEST(read_of_a_large_file),
		SCRATCH_TEST(read_refuses_what_is_not_a_regular_file),
		SCRATCH_TEST(secret_must_be_closed_to_others),
		SCRATCH_TEST(write_sets_content_and_mode),
		SCRATCH_TEST(write_relative_to_a_directory),
		SCRATCH_TEST(abort_leaves_nothing),
		SCRATCH_TEST(abort_keeps_the_old_file),
		SCRATCH_TEST(killed_writer_keeps_the_old_file),
		SCRATCH_TEST(commit_new_never_replaces),
		SCRATCH_TEST(write_refuses_impossible_places),
		SCRATCH_TEST(failed_write_changes_nothing),
		SCRATCH_TEST(full_and_read_only_disks_are_told),
		SCRATCH_TEST(directories_are_made_with_parents),
		SCRATCH_TEST(sweep_takes_dead_temporaries_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
