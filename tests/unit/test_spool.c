/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/spool.h"
#include "file.h"
#include "scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#define ENVELOPE "{\"payload\":\"x\"}"
#define RECEIPT	 "{\"id\":\"%s\",\"verdict\":\"fail\",\"tier\":\"T0\",\"reasons\":[]}"

static char *make_id(unsigned n)
{
	char *id;

	assert_true(asprintf(&id, "01930000-0000-7000-8000-%012x", n) > 0);
	return id;
}

static void put(struct spool *spool, unsigned n, enum phase phase)
{
	_cleanup_free_ char *id = make_id(n);

	assert_int_equal(spool_put(spool, id, phase, ENVELOPE, NULL), 0);
}

static struct spool *open_spool(void **state)
{
	_cleanup_error_ struct error error = {0};
	struct spool *spool = NULL;
	int r = spool_open(*state, &spool, &error);

	if (r < 0)
		fail_msg("%s", error_text(&error, r));
	return spool;
}

static size_t count_waiting(struct spool *spool)
{
	_cleanup_spool_names_ struct spool_names names = {0};

	assert_int_equal(spool_list(spool, &names, NULL), 0);
	return names.count;
}

static bool exists(void **state, const char *name)
{
	_cleanup_free_ char *path = scratch_path(state, name);
	struct stat st;

	return lstat(path, &st) == 0;
}

static void test_put_and_read(void **state)
{
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);
	_cleanup_spool_names_ struct spool_names names = {0};
	_cleanup_free_ char *envelope = NULL, *id = NULL, *latest = NULL, *path = NULL;
	struct stat st;

	put(spool, 2, PHASE_IMAGE);
	put(spool, 1, PHASE_IMAGE);
	assert_int_equal(spool_list(spool, &names, NULL), 0);
	assert_int_equal(names.count, 2);
	assert_string_equal(names.names[0], "01930000-0000-7000-8000-000000000001.json");
	assert_int_equal(spool_read(spool, names.names[0], &envelope, &id, NULL), 0);
	assert_string_equal(envelope, ENVELOPE);
	assert_string_equal(id, "01930000-0000-7000-8000-000000000001");
	assert_int_equal(spool_read_latest(spool, PHASE_IMAGE, &latest, NULL), 0);
	assert_string_equal(latest, ENVELOPE);
	assert_int_equal(spool_read_latest(spool, PHASE_BOOT, &latest, NULL), -ENOENT);
	path = scratch_path(state, "spool/01930000-0000-7000-8000-000000000001.json");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_put_refuses(void **state)
{
	static const char *const ids[] = {
		"",
		"x",
		"../../01930000-0000-7000-8000-00000000",
		"01930000-0000-7000-8000-00000000000",
		"01930000-0000-7000-8000-0000000000011",
		"01930000-0000-7000-8000-00000000000G",
		"01930000-0000-7000-8000-00000000000A",
		"01930000/0000-7000-8000-000000000001",
	};
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);
	_cleanup_free_ char *id = make_id(1);

	for (size_t i = 0; i < ELEMENTS(ids); i++)
		assert_int_equal(spool_put(spool, ids[i], PHASE_IMAGE, ENVELOPE, NULL), -EINVAL);
	put(spool, 1, PHASE_BOOT);
	assert_int_equal(spool_put(spool, id, PHASE_BOOT, "{}", NULL), -EEXIST);
	assert_int_equal(count_waiting(spool), 1);
}

static void test_full(void **state)
{
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);
	_cleanup_error_ struct error error = {0};
	_cleanup_free_ char *id = make_id(SPOOL_MAX);

	for (unsigned i = 0; i < SPOOL_MAX; i++)
		put(spool, i, PHASE_IMAGE);
	assert_int_equal(spool_put(spool, id, PHASE_IMAGE, ENVELOPE, &error), -ENOSPC);
	assert_non_null(strstr(error_text(&error, 0), "256 reports wait"));
	assert_int_equal(count_waiting(spool), SPOOL_MAX);
}

static void test_broken_files(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"01930000-0000-7000-8000-000000000001.json", ""},
		{"01930000-0000-7000-8000-000000000002.json", "{\"evidence\":{"},
		{"01930000-0000-7000-8000-000000000003.json", "[]"},
		{"01930000-0000-7000-8000-000000000004.json", "{\"evidence\":\"x\"}"},
		{"01930000-0000-7000-8000-000000000005.json", "{\"evidence\":{},\"more\":1}"},
		{"01930000-0000-7000-8000-000000000006.json", "{\"evidence\":{},\"evidence\":{}}"},
		{"01930000-0000-7000-8000-000000000007.json", "{\"evidence\":{}} x"},
		{"note.txt", "{\"evidence\":{}}"},
	};
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_free_ char *relative = NULL, *path = NULL, *broken = NULL, *reason = NULL;
		_cleanup_free_ char *envelope = NULL, *id = NULL;
		_cleanup_error_ struct error error = {0};

		assert_true(asprintf(&relative, "spool/%s", rows[i].name) > 0);
		path = scratch_file(state, relative, rows[i].text, 0600);
		assert_int_equal(spool_read(spool, rows[i].name, &envelope, &id, &error), -EBADMSG);
		assert_null(envelope);
		assert_int_equal(spool_quarantine(spool, rows[i].name, "why", NULL), 0);
		assert_true(asprintf(&broken, "spool/broken/%s", rows[i].name) > 0);
		assert_true(asprintf(&reason, "spool/broken/%s.reason", rows[i].name) > 0);
		assert_true(exists(state, broken));
		assert_true(exists(state, reason));
		assert_int_equal(count_waiting(spool), 0);
	}
}

/* Neither a link nor a pipe may make us read something else or wait for ever. */
static void test_special_files(void **state)
{
	static const char name[] = "01930000-0000-7000-8000-000000000001.json";
	static const char other[] = "01930000-0000-7000-8000-000000000002.json";
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);
	_cleanup_free_ char *link_path = NULL, *pipe_path = NULL, *envelope = NULL, *id = NULL;

	assert_true(asprintf(&link_path, "%s/spool/%s", (char *)*state, name) > 0);
	assert_true(asprintf(&pipe_path, "%s/spool/%s", (char *)*state, other) > 0);
	assert_int_equal(symlink("/etc/passwd", link_path), 0);
	assert_int_equal(mkfifo(pipe_path, 0600), 0);
	assert_int_equal(spool_read(spool, name, &envelope, &id, NULL), -EBADMSG);
	assert_int_equal(spool_read(spool, other, &envelope, &id, NULL), -EBADMSG);
	assert_int_equal(spool_quarantine(spool, name, "a link", NULL), 0);
	assert_int_equal(spool_quarantine(spool, other, "a pipe", NULL), 0);
}

static void test_quarantine_never_replaces(void **state)
{
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);

	for (int i = 0; i < 3; i++) {
		_cleanup_free_ _unused_ char *path = scratch_file(state, "spool/x.json", "", 0600);

		assert_int_equal(spool_quarantine(spool, "x.json", "why", NULL), 0);
	}
	assert_true(exists(state, "spool/broken/x.json"));
	assert_true(exists(state, "spool/broken/x.json.1"));
	assert_true(exists(state, "spool/broken/x.json.2"));
}

static void deliver(struct spool *spool, unsigned n)
{
	_cleanup_receipt_ struct receipt receipt = {0};
	_cleanup_free_ char *id = make_id(n), *text = NULL, *name = NULL;

	assert_true(asprintf(&text, RECEIPT, id) > 0);
	assert_true(asprintf(&name, "%s.json", id) > 0);
	assert_int_equal(receipt_parse(text, strlen(text), id, &receipt, NULL), 0);
	assert_int_equal(spool_mark_delivered(spool, name, &receipt, NULL), 0);
}

static void test_delivered_keeps_the_newest(void **state)
{
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);
	unsigned kept = 0, receipts = 0;

	for (unsigned i = 0; i < SPOOL_DELIVERED_KEEP + 3; i++) {
		put(spool, i, PHASE_IMAGE);
		deliver(spool, i);
	}
	assert_int_equal(count_waiting(spool), 0);
	for (unsigned i = 0; i < SPOOL_DELIVERED_KEEP + 3; i++) {
		_cleanup_free_ char *id = make_id(i), *report = NULL, *receipt = NULL;

		assert_true(asprintf(&report, "delivered/%s.json", id) > 0);
		assert_true(asprintf(&receipt, "delivered/%s.receipt", id) > 0);
		assert_int_equal(exists(state, report), i >= 3);
		assert_int_equal(exists(state, receipt), i >= 3);
		kept += exists(state, report);
		receipts += exists(state, receipt);
	}
	assert_int_equal(kept, SPOOL_DELIVERED_KEEP);
	assert_int_equal(receipts, SPOOL_DELIVERED_KEEP);
}

static void test_lock(void **state)
{
	_cleanup_(spool_free_p) struct spool *one = open_spool(state);
	_cleanup_(spool_free_p) struct spool *two = open_spool(state);

	assert_int_equal(spool_lock(one, NULL), 0);
	assert_int_equal(spool_lock(two, NULL), -EBUSY);
	/* Reports can be stored meanwhile. */
	put(two, 1, PHASE_BOOT);
	spool_free(TAKE_PTR(one));
	assert_int_equal(spool_lock(two, NULL), 0);
}

static void test_lock_sweeps_old_temporaries(void **state)
{
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);
	_cleanup_free_ char *old = scratch_file(state, "spool/.tmp-0001", "", 0600);
	_cleanup_free_ _unused_ char *new = scratch_file(state, "spool/.tmp-0002", "", 0600);
	const struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

	assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
	assert_int_equal(spool_lock(spool, NULL), 0);
	assert_false(exists(state, "spool/.tmp-0001"));
	assert_true(exists(state, "spool/.tmp-0002"));
	assert_int_equal(count_waiting(spool), 0);
}

static void test_foreign_directory(void **state)
{
	_cleanup_error_ struct error error = {0};
	struct spool *spool = NULL;

	assert_int_equal(chmod(*state, 0777), 0);
	assert_int_equal(spool_open(*state, &spool, &error), -EPERM);
	assert_null(spool);
}

static char *large_envelope(void)
{
	size_t size = 256 * 1024;
	char *text = malloc(size);

	assert_non_null(text);
	memset(text, 'a', size);
	memcpy(text, "{\"p\":\"", 6);
	memcpy(text + size - 3, "\"}", 3);
	return text;
}

/* Stores reports until it is killed. */
static void _noreturn_ put_for_ever(const char *path, unsigned from)
{
	_cleanup_free_ char *envelope = large_envelope();
	struct spool *spool = NULL;

	if (spool_open(path, &spool, NULL) < 0)
		_exit(1);
	for (unsigned n = from; n < from + SPOOL_MAX / 2; n++) {
		char *id = make_id(n);

		if (spool_put(spool, id, PHASE_IMAGE, envelope, NULL) < 0)
			_exit(2);
		free(id);
	}
	for (;;)
		pause();
}

static void check_all_whole(struct spool *spool)
{
	_cleanup_spool_names_ struct spool_names names = {0};
	_cleanup_free_ char *expected = large_envelope();

	assert_int_equal(spool_list(spool, &names, NULL), 0);
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *envelope = NULL, *id = NULL;

		assert_int_equal(spool_read(spool, names.names[i], &envelope, &id, NULL), 0);
		assert_string_equal(envelope, expected);
	}
}

static void empty_spool(struct spool *spool, void **state)
{
	_cleanup_spool_names_ struct spool_names names = {0};

	assert_int_equal(spool_list(spool, &names, NULL), 0);
	for (size_t i = 0; i < names.count; i++) {
		_cleanup_free_ char *path = NULL;

		assert_true(asprintf(&path, "%s/spool/%s", (char *)*state, names.names[i]) > 0);
		assert_int_equal(unlink(path), 0);
	}
}

static void test_killed_while_writing(void **state)
{
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);
	size_t stored = 0;

	srandom((unsigned)getpid());
	for (unsigned round = 0; round < 40; round++) {
		struct timespec pause_time = {.tv_nsec = random() % 30000000};
		_cleanup_free_ char *latest = NULL;
		pid_t pid = fork();
		int status, r;

		assert_true(pid >= 0);
		if (pid == 0)
			put_for_ever(*state, round * SPOOL_MAX);
		(void)nanosleep(&pause_time, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		check_all_whole(spool);
		r = spool_read_latest(spool, PHASE_IMAGE, &latest, NULL);
		assert_true(r == 0 || (r == -ENOENT && count_waiting(spool) <= 1));
		stored += count_waiting(spool);
		empty_spool(spool, state);
	}
	/* Else nothing was tested. */
	assert_true(stored > 0);
}

static void put_same(const char *path, int start)
{
	_cleanup_(spool_free_p) struct spool *spool = NULL;
	unsigned won = 0;
	char go;

	if (spool_open(path, &spool, NULL) < 0 || read(start, &go, 1) != 0)
		_exit(255);
	for (unsigned n = 0; n < 100; n++) {
		_cleanup_free_ char *id = make_id(n);
		int r = spool_put(spool, id, PHASE_BOOT, ENVELOPE, NULL);

		if (r < 0 && r != -EEXIST)
			_exit(254);
		won += r == 0;
	}
	_exit((int)won);
}

static void test_two_processes(void **state)
{
	_cleanup_(spool_free_p) struct spool *spool = open_spool(state);
	int start[2], status, won = 0;
	pid_t pids[2];

	assert_int_equal(pipe(start), 0);
	for (size_t i = 0; i < 2; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			(void)close(start[1]);
			put_same(*state, start[0]);
		}
	}
	assert_int_equal(close(start[0]), 0);
	assert_int_equal(close(start[1]), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 254);
		won += WEXITSTATUS(status);
	}
	/* Each report was stored by one of them, and whole. */
	assert_int_equal(won, 100);
	assert_int_equal(count_waiting(spool), 100);
}

#define T(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_put_and_read),
		T(test_put_refuses),
		T(test_full),
		T(test_broken_files),
		T(test_special_files),
		T(test_quarantine_never_replaces),
		T(test_delivered_keeps_the_newest),
		T(test_lock),
		T(test_lock_sweeps_old_temporaries),
		T(test_foreign_directory),
		T(test_killed_while_writing),
		T(test_two_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
