/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include "collected.h"
#include "cursor.h"
#include "incident.h"
#include "publish.h"
#include "scratch.h"
#include "token.h"
#include "views.h"
#include "writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

static char *path_in(void **state, const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", (const char *)*state, name) > 0);
	return path;
}

/* A store of its own, open to write. */
static struct db *make_db(void **state)
{
	_cleanup_free_ char *path = path_in(state, "db");
	_cleanup_error_ struct error error = {0};
	struct db *db = NULL;

	if (store_create(path, &error) < 0 || store_open_single(path, &db, &error) < 0)
		fail_msg("%s", error_text(&error, -EIO));
	return db;
}

static int64_t ask(struct db *db, const char *sql)
{
	_cleanup_query_ struct query query = {0};

	assert_int_equal(db_query_once(db, sql, DB_NO_VALUES, &query, NULL), 0);
	assert_int_equal(query_next(&query, NULL), 1);
	return query_int(&query, 0);
}

static void expect_text(struct db *db, const char *sql, const char *expected)
{
	_cleanup_query_ struct query query = {0};

	assert_int_equal(db_query_once(db, sql, DB_NO_VALUES, &query, NULL), 0);
	assert_int_equal(query_next(&query, NULL), 1);
	assert_string_equal(query_text(&query, 0), expected);
}

static void test_open(void **state)
{
	_cleanup_free_ char *path = path_in(state, "db");
	_cleanup_(db_free_p) struct db *db = make_db(state);
	_cleanup_error_ struct error error = {0};
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(store_create(path, &error), -EEXIST);
	assert_int_equal(ask(db, "PRAGMA page_size"), 16384);
	assert_int_equal(ask(db, "PRAGMA synchronous"), 2);
	assert_int_equal(ask(db, "PRAGMA foreign_keys"), 1);
	expect_text(db, "PRAGMA journal_mode", "wal");
	assert_int_equal(ask(db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
				 "AND name NOT LIKE 'sqlite_%' AND sql NOT LIKE '%) STRICT%'"),
			 0);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void test_open_refused(void **state)
{
	_cleanup_free_ char *path = path_in(state, "db");
	_cleanup_free_ char *link = path_in(state, "link");
	_cleanup_error_ struct error error = {0};
	struct store *store = NULL;

	assert_int_equal(store_open(path, 2, &store, &error), -ENOENT);
	assert_non_null(strstr(error_text(&error, -ENOENT), path));
	write_file(path, "");
	assert_int_equal(store_open(path, 2, &store, &error), -EUCLEAN);
	write_file(path,
		   "This is not a database at all, and longer than a header would have to be. "
		   "It goes on for quite a while so that nobody takes it for a short file.");
	assert_int_equal(store_open(path, 2, &store, &error), -EUCLEAN);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(store_open(link, 2, &store, &error), -EUCLEAN);
	assert_null(store);
}

/* Readers cannot write, whatever SQL they are given. */
static void test_readers(void **state)
{
	_cleanup_free_ char *path = path_in(state, "db");
	struct store *store = NULL;
	struct db *reader;

	db_free(make_db(state));
	assert_int_equal(store_open(path, 2, &store, NULL), 0);
	reader = store_take_reader(store);
	assert_int_equal(ask(reader, "SELECT count(*) FROM instances"), 0);
	assert_int_equal(db_run(reader, "DELETE FROM counters", DB_NO_VALUES, NULL), -EROFS);
	store_give_reader(store, reader);
	assert_int_equal(ask(store_writer(store), "SELECT count(*) FROM counters"), 3);
	store_free(store);
}

static void test_tokens(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	_cleanup_(token_free_text_p) char *text = NULL;
	_cleanup_(token_free_text_p) char *other = NULL;
	struct token token;

	assert_int_equal(token_generate(&text, NULL), 0);
	assert_int_equal(token_generate(&other, NULL), 0);
	assert_string_not_equal(text, other);
	assert_int_equal(strlen(text), 46);
	assert_int_equal(token_find(db, text, &token, NULL), -ENOENT);
	assert_int_equal(token_add(db, text, "me", ROLE_OPERATOR, NULL), 0);
	assert_int_equal(token_add(db, other, "me", ROLE_ADMIN, NULL), -EEXIST);
	assert_int_equal(token_find(db, other, &token, NULL), -ENOENT);
	assert_int_equal(token_find(db, text, &token, NULL), 0);
	assert_int_equal(token.role, ROLE_OPERATOR);
	assert_string_equal(token.name, "me");
	assert_int_equal(ask(db, "SELECT count(*) FROM tokens WHERE instr(hash, 'gs_')"), 0);
	assert_int_equal(token_revoke(db, "me", NULL), 0);
	assert_int_equal(token_revoke(db, "me", NULL), -ENOENT);
	assert_int_equal(token_find(db, text, &token, NULL), -ENOENT);
	assert_false(token_name_is_valid(""));
	assert_false(token_name_is_valid("a b"));
	assert_true(token_name_is_valid("ci@build-1.x_y"));
}

/* -- Ingesting -- */

/* Appraises and ingests `evidence`; what came of it. The nonce is fresh when `nonce` is NULL. */
static enum ingest_outcome ingest(struct db *db, const struct evidence *evidence,
				  const struct key *key, const char *nonce,
				  enum verdict *ret_verdict)
{
	_cleanup_free_ char *fresh = make_nonce(NOW);
	_cleanup_error_ struct error error = {0};
	struct known *known = make_known("");
	struct ingest ingest = {.now = (int64_t)NOW * 1000};
	enum ingest_outcome outcome;

	ingest.delivery = make_delivery(evidence, key, nonce ? nonce : fresh);
	assert_int_equal(appraise_open(&ingest.delivery, &ingest.appraisal, NULL), 0);
	assert_int_equal(appraise_all(&ingest.appraisal, &secret, known, NOW), 0);
	assert_int_equal(ingest_prepare(&ingest), 0);
	if (ingest_run(&ingest, db, &error) < 0)
		fail_msg("%s", error_text(&error, -EIO));
	outcome = ingest.outcome;
	if (ret_verdict)
		*ret_verdict = ingest.verdict;
	ingest_done(&ingest);
	free_known(known);
	return outcome;
}

static void test_ingest(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	_cleanup_(key_free_p) struct key *key = make_key();
	_cleanup_(evidence_free_p) struct evidence *evidence = make_evidence(key);
	_cleanup_free_ char *nonce = make_nonce(NOW);
	enum verdict verdict = VERDICT_NONE;

	assert_int_equal(ingest(db, evidence, key, nonce, &verdict), INGEST_STORED);
	assert_int_equal(verdict, VERDICT_PASS);
	assert_int_equal(ingest(db, evidence, key, NULL, &verdict), INGEST_DUPLICATE);
	assert_int_equal(verdict, VERDICT_PASS);
	assert_int_equal(ingest(db, evidence, key, nonce, &verdict), INGEST_REPLAY);
	assert_int_equal(verdict, VERDICT_FAIL);
	evidence->created_at++;
	assert_int_equal(ingest(db, evidence, key, NULL, &verdict), INGEST_CONFLICT);
	assert_int_equal(ask(db, "SELECT count(*) FROM evidence"), 1);
	assert_int_equal(ask(db, "SELECT verdict FROM instances"), VERDICT_PASS);
	assert_int_equal(ask(db, "SELECT value FROM counters WHERE name = 'evidence'"), 1);
	expect_text(db, "SELECT group_concat(code || count, ' ') FROM incidents",
		    "evidence.id-reuse1 evidence.replay1");
}

static void test_not_fresh(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	_cleanup_(key_free_p) struct key *key = make_key();
	_cleanup_(evidence_free_p) struct evidence *evidence = make_evidence(key);
	_cleanup_(evidence_free_p) struct evidence *later = make_evidence(key);
	enum verdict verdict;

	assert_int_equal(ingest(db, evidence, key, "x", &verdict), INGEST_STORED);
	assert_int_equal(verdict, VERDICT_FAIL);
	assert_int_equal(ask(db, "SELECT verdict FROM instances"), VERDICT_FAIL);
	assert_int_equal(ask(db, "SELECT count(*) FROM bindings"), 0);
	assert_int_equal(ingest(db, evidence, key, NULL, &verdict), INGEST_DUPLICATE);
	assert_int_equal(verdict, VERDICT_PASS);
	assert_int_equal(ask(db, "SELECT verdict FROM instances"), VERDICT_PASS);
	assert_int_equal(ask(db, "SELECT count(*) FROM bindings"), 1);
	/* Of whichever phase: it leaves a healthy instance alone. */
	later->phase = PHASE_BOOT;
	assert_int_equal(ingest(db, later, key, "x", &verdict), INGEST_STORED);
	assert_int_equal(verdict, VERDICT_FAIL);
	assert_int_equal(ask(db, "SELECT verdict FROM instances"), VERDICT_PASS);
}

static void test_key_change(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	_cleanup_(key_free_p) struct key *first = make_key();
	_cleanup_(key_free_p) struct key *second = make_key();
	_cleanup_(evidence_free_p) struct evidence *mine = make_evidence(first);
	enum verdict verdict;

	assert_int_equal(ingest(db, mine, first, NULL, &verdict), INGEST_STORED);
	assert_int_equal(verdict, VERDICT_PASS);
	/* More often than incidents are kept apart. */
	for (int i = 0; i < INCIDENTS_MAX + 10; i++) {
		_cleanup_(evidence_free_p) struct evidence *forged = make_evidence(second);

		assert_int_equal(ingest(db, forged, second, NULL, &verdict), INGEST_STORED);
		assert_int_equal(verdict, VERDICT_FAIL);
	}
	assert_int_equal(ask(db, "SELECT count(*) FROM instances"), 2);
	assert_int_equal(ask(db, "SELECT i.verdict FROM instances AS i JOIN bindings AS b "
				 "ON b.uid = i.uid"),
			 VERDICT_PASS);
	assert_int_equal(ask(db, "SELECT count(*) FROM incidents"), INCIDENTS_MAX + 1);
	assert_int_equal(ask(db, "SELECT sum(count) FROM incidents"), INCIDENTS_MAX + 10);
}

static void test_phases(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	_cleanup_(key_free_p) struct key *key = make_key();
	_cleanup_(evidence_free_p) struct evidence *bad = make_evidence(key);
	_cleanup_(evidence_free_p) struct evidence *boot = make_evidence(key);
	_cleanup_(evidence_free_p) struct evidence *good = make_evidence(key);

	add_finding(bad, "file.changed", SEVERITY_HIGH, "/x");
	boot->phase = PHASE_BOOT;
	assert_int_equal(ingest(db, bad, key, NULL, NULL), INGEST_STORED);
	assert_int_equal(ingest(db, boot, key, NULL, NULL), INGEST_STORED);
	assert_int_equal(ask(db, "SELECT verdict FROM instances"), VERDICT_FAIL);
	assert_int_equal(ask(db, "SELECT count(*) FROM findings"), 1);
	expect_text(db, "SELECT json_extract(reasons, '$[0].code') FROM instances",
		    "evidence.findings");
	assert_int_equal(ingest(db, good, key, NULL, NULL), INGEST_STORED);
	assert_int_equal(ask(db, "SELECT verdict FROM instances"), VERDICT_PASS);
	assert_int_equal(ask(db, "SELECT count(*) FROM findings"), 0);
	expect_text(db, "SELECT reasons FROM instances", "[]");
}

static void test_prune(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	_cleanup_(key_free_p) struct key *key = make_key();
	_cleanup_(evidence_free_p) struct evidence *evidence = make_evidence(key);

	assert_int_equal(ingest(db, evidence, key, NULL, NULL), INGEST_STORED);
	assert_int_equal(ingest_prune_nonces(db, NOW + NONCE_SECONDS - 1, NULL), 0);
	assert_int_equal(ask(db, "SELECT count(*) FROM used_nonces"), 1);
	assert_int_equal(ingest_prune_nonces(db, NOW + NONCE_SECONDS, NULL), 0);
	assert_int_equal(ask(db, "SELECT count(*) FROM used_nonces"), 0);
}

static void test_revoke(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	_cleanup_(key_free_p) struct key *key = make_key();
	_cleanup_(evidence_free_p) struct evidence *evidence = make_evidence(key);
	struct known *known = make_known("");
	struct publication publication = {
		.manifest = known->manifest,
		.json = "{}",
		.size = 2,
		.by = "me",
		.now = 1,
	};
	struct digest unknown = {{0}};

	known->manifest->image_serial = copy("s");
	assert_int_equal(manifest_publish(db, &publication, NULL), 1);
	assert_int_equal(manifest_publish(db, &publication, NULL), 0);
	assert_int_equal(ingest(db, evidence, key, NULL, NULL), INGEST_STORED);
	assert_int_equal(manifest_revoke(db, &unknown, "me", 2, NULL), -ENOENT);
	assert_int_equal(ask(db, "SELECT verdict FROM instances"), VERDICT_PASS);
	assert_int_equal(manifest_revoke(db, &known->digest, "me", 2, NULL), 1);
	assert_int_equal(manifest_revoke(db, &known->digest, "me", 3, NULL), 0);
	assert_int_equal(ask(db, "SELECT verdict FROM instances"), VERDICT_FAIL);
	assert_int_equal(ask(db, "SELECT json_array_length(reasons) FROM instances"), 1);
	assert_int_equal(ask(db, "SELECT verdict FROM evidence"), VERDICT_FAIL);
	assert_int_equal(ask(db, "SELECT revoked_at FROM manifests"), 2);
	free_known(known);
}

/* -- Cursors -- */

static void test_cursor(void **state _unused_)
{
	static const struct cursor cursor = {.major = INT64_MAX, .minor = -1, .uid = {1, 2, 255}};
	_cleanup_free_ char *text = NULL;
	struct cursor found;

	assert_int_equal(cursor_encode('x', &cursor, &text), 0);
	assert_int_equal(cursor_decode('x', text, &found), 0);
	assert_memory_equal(&found, &cursor, sizeof(found));
	assert_int_equal(cursor_decode('y', text, &found), -EINVAL);
	assert_int_equal(cursor_decode('x', "", &found), -EINVAL);
	text[strlen(text) - 1] = '\0';
	assert_int_equal(cursor_decode('x', text, &found), -EINVAL);
}

/* Each row once and in order, for several rows of one time and any size of page. */
static void walk_pages(struct db *db, const char *limit, size_t expected)
{
	_cleanup_free_ char *cursor = NULL;
	_cleanup_json_ json_t *seen = json_object();
	size_t pages = 0;

	do {
		const struct view_filter filter = {.limit = limit, .cursor = cursor};
		_cleanup_json_ json_t *page = NULL;
		const json_t *items;

		assert_int_equal(view_instances(db, &filter, &page, NULL), 0);
		items = json_object_get(page, "items");
		for (size_t i = 0; i < json_array_size(items); i++)
			assert_int_equal(
				json_object_set_new(seen,
						    json_string_value(json_object_get(
							    json_array_get(items, i), "uid")),
						    json_true()),
				0);
		free(cursor);
		cursor = json_is_null(json_object_get(page, "next"))
				 ? NULL
				 : copy(json_string_value(json_object_get(page, "next")));
		pages++;
		assert_true(pages < 100);
	} while (cursor);
	assert_int_equal(json_object_size(seen), expected);
	assert_int_equal(pages,
			 (expected + strtoul(limit, NULL, 10) - 1) / strtoul(limit, NULL, 10));
}

static void test_pages(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);

	for (int i = 0; i < 12; i++) {
		_cleanup_(key_free_p) struct key *key = make_key();
		_cleanup_(evidence_free_p) struct evidence *evidence = make_evidence(key);

		assert_int_equal(ingest(db, evidence, key, NULL, NULL), INGEST_STORED);
	}
	walk_pages(db, "1", 12);
	walk_pages(db, "5", 12);
	walk_pages(db, "12", 12);
	walk_pages(db, "500", 12);
}

/* -- The writer -- */

struct note {
	struct job job;
	int64_t number;
	int run_result;
	int fd; /* is told when it is on disk */
	pthread_mutex_t *mutex;
	pthread_cond_t *done;
	bool ended;
};

static int run_note(struct job *job, struct db *db)
{
	struct note *note = (struct note *)(void *)job;
	int r = db_run(db, "INSERT INTO counters (name, value) VALUES (?1, 0)",
		       DB_VALUES(DB_BLOB(NULL, 0)), NULL);
	char name[32];

	/* A NULL name violates a constraint: a statement that fails must leave the rest usable. */
	assert_int_equal(r, -EEXIST);
	(void)snprintf(name, sizeof(name), "n%lld", (long long)note->number);
	r = db_run(db, "INSERT INTO counters (name, value) VALUES (?1, ?2)",
		   DB_VALUES(DB_TEXT(name), DB_INT(note->number)), NULL);
	return r < 0 ? r : note->run_result;
}

static void note_done(struct job *job)
{
	struct note *note = (struct note *)(void *)job;

	(void)pthread_mutex_lock(note->mutex);
	note->ended = true;
	(void)pthread_cond_broadcast(note->done);
	(void)pthread_mutex_unlock(note->mutex);
}

static void test_writer(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	const struct writer_limits limits = {.jobs = 100, .bytes = 1000};
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t done = PTHREAD_COND_INITIALIZER;
	struct writer *writer = NULL;
	struct writer_figures figures;
	struct note notes[20];

	assert_int_equal(writer_new(db, limits, &writer, NULL), 0);
	for (size_t i = 0; i < ELEMENTS(notes); i++) {
		notes[i] = (struct note){.job = {.run = run_note, .done = note_done, .weight = 1},
					 .number = (int64_t)i,
					 .run_result = i % 2 ? -EBADMSG : 7,
					 .mutex = &mutex,
					 .done = &done};
		assert_int_equal(writer_submit(writer, &notes[i].job), 0);
	}
	notes[0].job.weight = 1;
	writer_stop(writer);
	for (size_t i = 0; i < ELEMENTS(notes); i++) {
		assert_true(notes[i].ended);
		assert_int_equal(notes[i].job.result, i % 2 ? -EBADMSG : 7);
	}
	/* Those that failed took back what was theirs, and nothing else. */
	assert_int_equal(ask(db, "SELECT count(*) FROM counters WHERE name LIKE 'n%'"), 10);
	assert_int_equal(ask(db, "SELECT sum(value % 2) FROM counters WHERE name LIKE 'n%'"), 0);
	writer_get_figures(writer, &figures);
	assert_true(figures.commits >= 1 && figures.commits <= ELEMENTS(notes));
	assert_int_equal(figures.failures, 0);
	assert_int_equal(writer_submit(writer, &notes[0].job), -ESHUTDOWN);
	writer_free(writer);
}

static void test_writer_bounds(void **state)
{
	_cleanup_(db_free_p) struct db *db = make_db(state);
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t done = PTHREAD_COND_INITIALIZER;
	struct writer *writer = NULL;
	struct note note = {.job = {.run = run_note, .done = note_done, .weight = 11},
			    .mutex = &mutex,
			    .done = &done};

	assert_int_equal(
		writer_new(db, (struct writer_limits){.jobs = 1, .bytes = 10}, &writer, NULL), 0);
	assert_int_equal(writer_submit(writer, &note.job), -EAGAIN);
	note.job.weight = 10;
	assert_int_equal(writer_submit(writer, &note.job), 0);
	writer_free(writer);
	assert_true(note.ended);
	assert_int_equal(note.job.result, 0);
}

/* -- Sudden death -- */

static void tell_done(struct job *job)
{
	struct note *note = (struct note *)(void *)job;

	if (note->job.result >= 0 &&
	    write(note->fd, &note->number, sizeof(note->number)) != sizeof(note->number))
		_exit(2);
	free(note);
}

static int run_plain(struct job *job, struct db *db)
{
	const struct note *note = (const struct note *)(const void *)job;
	char name[32];

	(void)snprintf(name, sizeof(name), "n%lld", (long long)note->number);
	return db_run(db, "INSERT INTO counters (name, value) VALUES (?1, ?2)",
		      DB_VALUES(DB_TEXT(name), DB_INT(note->number)), NULL);
}

/* The child: writes as fast as it can until it is killed. */
static _noreturn_ void write_for_ever(const char *path, int fd, int64_t number)
{
	const struct writer_limits limits = {.jobs = 200, .bytes = 1 << 20};
	const struct timespec pause = {.tv_nsec = 200000};
	struct store *store = NULL;
	struct writer *writer = NULL;

	if (store_open(path, 1, &store, NULL) < 0 ||
	    writer_new(store_writer(store), limits, &writer, NULL) < 0)
		_exit(3);
	for (;;) {
		struct note *note = calloc(1, sizeof(*note));

		if (!note)
			_exit(4);
		note->job = (struct job){.run = run_plain, .done = tell_done, .weight = 1};
		note->number = number;
		note->fd = fd;
		if (writer_submit(writer, &note->job) < 0) {
			free(note);
			(void)nanosleep(&pause, NULL);
			continue;
		}
		number++;
	}
}

/* Kills a writing child; the numbers that it acknowledged go into `ret`. */
static size_t kill_while_writing(const char *path, int64_t first, long ms, int64_t *ret,
				 size_t most)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	size_t n = 0;
	int fds[2], status;
	pid_t child;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(fds[0]);
		write_for_ever(path, fds[1], first);
	}
	(void)close(fds[1]);
	/* The first one tells that it is under way. */
	assert_int_equal(read(fds[0], &ret[n], sizeof(*ret)), sizeof(*ret));
	n++;
	(void)nanosleep(&pause, NULL);
	assert_int_equal(kill(child, SIGKILL), 0);
	while (n < most && read(fds[0], &ret[n], sizeof(*ret)) == sizeof(*ret))
		n++;
	(void)close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(n < most);
	return n;
}

static void test_kill(void **state)
{
	enum { MOST = 100000 };
	_cleanup_free_ char *path = path_in(state, "db");
	_cleanup_free_ int64_t *told = calloc(MOST, sizeof(*told));
	size_t total = 0;

	assert_non_null(told);
	db_free(make_db(state));
	for (int round = 0; round < 6; round++) {
		size_t n =
			kill_while_writing(path, round * (int64_t)MOST, 5 + 17 * round, told, MOST);
		_cleanup_(db_free_p) struct db *db = NULL;

		assert_int_equal(store_open_single(path, &db, NULL), 0);
		expect_text(db, "PRAGMA integrity_check", "ok");
		for (size_t i = 0; i < n; i++) {
			_cleanup_query_ struct query query = {0};
			char name[32];

			(void)snprintf(name, sizeof(name), "n%lld", (long long)told[i]);
			assert_int_equal(db_query(db, "SELECT 1 FROM counters WHERE name = ?1",
						  DB_VALUES(DB_TEXT(name)), &query, NULL),
					 0);
			assert_int_equal(query_next(&query, NULL), 1);
		}
		total += n;
		assert_true(ask(db, "SELECT count(*) FROM counters WHERE name LIKE 'n%'") >=
			    (int64_t)total);
	}
	assert_true(total > 6);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, scratch_setup, scratch_teardown)
	const struct CMUnitTest tests[] = {
		TEST(open),   TEST(open_refused),  TEST(readers),    TEST(tokens),
		TEST(ingest), TEST(not_fresh),	   TEST(key_change), TEST(phases),
		TEST(prune),  TEST(revoke),	   TEST(cursor),     TEST(pages),
		TEST(writer), TEST(writer_bounds), TEST(kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
