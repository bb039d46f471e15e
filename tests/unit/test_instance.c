/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/host.h"
#include "platform/instance.h"
#include "scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#define AWS                                                                                \
	"{\"v1\":{\"instance_id\":\"i-0abc\",\"cloud_name\":\"aws\",\"region\":\"eu-1\"}," \
	"\"ds\":{\"meta_data\":{\"ami-id\":\"ami-7\"}},\"other\":[1,2]}"

static int parse(const char *text, struct instance *ret, struct error *error)
{
	return instance_parse_cloud_init(text, strlen(text), ret, error);
}

static void test_cloud_init(void **state _unused_)
{
	_cleanup_instance_ struct instance instance = {0};

	assert_int_equal(parse(AWS, &instance, NULL), 0);
	assert_string_equal(instance.id, "i-0abc");
	assert_string_equal(instance.source, "cloud-init");
	assert_string_equal(instance.cloud, "aws");
	assert_string_equal(instance.region, "eu-1");
	assert_string_equal(instance.image_id, "ami-7");
}

static void test_cloud_init_without_extras(void **state _unused_)
{
	_cleanup_instance_ struct instance instance = {0};

	assert_int_equal(parse("{\"v1\":{\"instance_id\":\"x\",\"region\":null},\"ds\":\"hidden\"}",
			       &instance, NULL),
			 0);
	assert_string_equal(instance.id, "x");
	assert_null(instance.cloud);
	assert_null(instance.region);
	assert_null(instance.image_id);
}

static void test_cloud_init_codes(void **state _unused_)
{
	static const struct {
		const char *text;
		int r;
	} rows[] = {
		{"{}", -ENXIO},
		{"{\"v1\":{}}", -ENXIO},
		{"{\"v1\":{\"instance_id\":null}}", -ENXIO},
		{"{\"v1\":{\"instance_id\":\"iid-datasource-none\"}}", -ENXIO},
		{"{\"v1\":{\"instance_id\":\"iid-datasource\"}}", -ENXIO},
		{"{\"v1\":{\"instance_id\":\"nocloud\"}}", -ENXIO},
		{"", -EBADMSG},
		{"[]", -EBADMSG},
		{"{\"v1\":[]}", -EBADMSG},
		{"{\"v1\":{\"instance_id\":7}}", -EBADMSG},
		{"{\"v1\":{\"instance_id\":\"\"}}", -EBADMSG},
		{"{\"v1\":{\"instance_id\":\"a b\"}}", -EBADMSG},
		{"{\"v1\":{\"instance_id\":\"a\\nb\"}}", -EBADMSG},
		{"{\"v1\":{\"instance_id\":\"a\",\"instance_id\":\"b\"}}", -EBADMSG},
		{"{\"v1\":{\"instance_id\":\"a\",\"cloud_name\":[]}}", -EBADMSG},
		{"{\"v1\":{\"instance_id\":\"a\",\"region\":1}}", -EBADMSG},
		{"{\"v1\":{\"instance_id\":\"a\"},\"ds\":{\"meta_data\":{\"ami-id\":{}}}}",
		 -EBADMSG},
		{"{\"v1\":{\"instance_id\":\"a\"}", -EBADMSG},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_instance_ struct instance instance = {0};
		int r = parse(rows[i].text, &instance, NULL);

		if (r != rows[i].r)
			fail_msg("%s: %d", rows[i].text, r);
		assert_null(instance.id);
	}
}

static void test_id_length(void **state _unused_)
{
	char id[INSTANCE_ID_MAX + 2];

	memset(id, 'x', sizeof(id));
	id[INSTANCE_ID_MAX + 1] = 0;
	assert_false(instance_id_is_valid(id));
	id[INSTANCE_ID_MAX] = 0;
	assert_true(instance_id_is_valid(id));
	assert_false(instance_id_is_valid(""));
}

static void test_order_of_sources(void **state)
{
	_cleanup_free_ char *file = scratch_file(state, "instance-data.json", AWS, 0644);
	struct instance_sources sources = {
		.option = "from-option",
		.configured = "from-config",
		.root = "/",
		.cloud_init_file = file,
	};
	static const char *const expected[] = {"option", "config", "cloud-init"};
	static const char *const ids[] = {"from-option", "from-config", "i-0abc"};

	for (size_t i = 0; i < ELEMENTS(expected); i++) {
		_cleanup_instance_ struct instance instance = {0};

		assert_int_equal(instance_identify(&sources, &instance, NULL), 0);
		assert_string_equal(instance.source, expected[i]);
		assert_string_equal(instance.id, ids[i]);
		if (i == 0)
			sources.option = NULL;
		else
			sources.configured = NULL;
	}
}

/* Neither this machine's id nor its cloud's belongs to an image that is only mounted here. */
static void test_other_root(void **state)
{
	_cleanup_free_ char *file = scratch_file(state, "instance-data.json", AWS, 0644);
	const struct instance_sources sources = {.root = "/mnt", .cloud_init_file = file};
	_cleanup_instance_ struct instance instance = {0};
	_cleanup_error_ struct error error = {0};

	assert_int_equal(instance_identify(&sources, &instance, &error), -ENXIO);
	assert_non_null(strstr(error_text(&error, 0), "--instance-id"));
}

static void test_broken_cloud_init_is_not_passed_over(void **state)
{
	_cleanup_free_ char *file = scratch_file(state, "instance-data.json", "{", 0644);
	const struct instance_sources sources = {.root = "/", .cloud_init_file = file};
	_cleanup_instance_ struct instance instance = {0};
	_cleanup_error_ struct error error = {0};

	assert_int_equal(instance_identify(&sources, &instance, &error), -EBADMSG);
	assert_non_null(strstr(error_text(&error, 0), "instance-data.json"));
}

static void test_machine_id(void **state)
{
	_cleanup_free_ char *file = scratch_path(state, "missing");
	const struct instance_sources sources = {.root = "/", .cloud_init_file = file};
	_cleanup_instance_ struct instance instance = {0};
	_cleanup_free_ char *id = NULL;
	int r = host_get_machine_id(&id);

	if (r < 0) {
		assert_int_equal(instance_identify(&sources, &instance, NULL), -ENXIO);
		return;
	}
	assert_int_equal(instance_identify(&sources, &instance, NULL), 0);
	assert_string_equal(instance.source, "machine-id");
	assert_string_equal(instance.id, id);
	assert_int_equal(strlen(id), 32);
}

static void test_bad_option(void **state _unused_)
{
	const struct instance_sources sources = {.option = "a b", .root = "/"};
	_cleanup_instance_ struct instance instance = {0};

	assert_int_equal(instance_identify(&sources, &instance, NULL), -EINVAL);
}

static void test_key(void **state)
{
	_cleanup_(key_free_p) struct key *one = NULL, *two = NULL, *none = NULL;
	_cleanup_free_ char *directory = scratch_path(state, "a/b");
	_cleanup_free_ char *path = scratch_path(state, "a/b/instance.key");
	struct stat st;

	assert_int_equal(instance_key_load(directory, &none, NULL), -ENOENT);
	assert_int_equal(instance_key_open(directory, &one, NULL), 0);
	assert_int_equal(instance_key_open(directory, &two, NULL), 0);
	assert_string_equal(key_get_id(one), key_get_id(two));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void test_broken_key_is_kept(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "instance.key", "not a key\n", 0600);
	_cleanup_(key_free_p) struct key *key = NULL;
	struct stat before, after;
	int r;

	assert_int_equal(stat(path, &before), 0);
	r = instance_key_open(*state, &key, NULL);
	assert_true(r < 0);
	assert_null(key);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_size, 10);
}

static void test_open_key_is_refused(void **state)
{
	_cleanup_(key_free_p) struct key *one = NULL, *two = NULL;
	_cleanup_free_ char *path = scratch_path(state, "instance.key");

	assert_int_equal(instance_key_open(*state, &one, NULL), 0);
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(instance_key_open(*state, &two, NULL), -EPERM);
}

/* Opens the key when `start` closes, and tells its id. */
static void _noreturn_ race(const char *directory, int start, int out)
{
	struct key *key = NULL;
	char go;

	if (read(start, &go, 1) != 0 || instance_key_open(directory, &key, NULL) < 0)
		_exit(1);
	_exit(write(out, key_get_id(key), DIGEST_HEX_SIZE - 1) == DIGEST_HEX_SIZE - 1 ? 0 : 1);
}

static void test_race_for_the_key(void **state)
{
	enum { RACERS = 4 };
	int start[2], out[2], status;
	char ids[RACERS][DIGEST_HEX_SIZE - 1];
	pid_t pids[RACERS];

	assert_int_equal(pipe(start), 0);
	assert_int_equal(pipe(out), 0);
	for (size_t i = 0; i < RACERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			(void)close(start[1]);
			race(*state, start[0], out[1]);
		}
	}
	assert_int_equal(close(start[1]), 0);
	for (size_t i = 0; i < RACERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(read(out[0], ids, sizeof(ids)), sizeof(ids));
	for (size_t i = 1; i < RACERS; i++)
		assert_memory_equal(ids[0], ids[i], sizeof(ids[0]));
	assert_int_equal(scratch_count(state), 1);
	(void)close(start[0]);
	(void)close(out[0]);
	(void)close(out[1]);
}

static void test_host(void **state _unused_)
{
	_cleanup_host_ struct host one = {0}, two = {0};

	assert_int_equal(host_read(&one, NULL), 0);
	assert_int_equal(host_read(&two, NULL), 0);
	assert_true(one.boottime_ms > 0 && two.boottime_ms >= one.boottime_ms);
	assert_true(digest_is_equal(&one.agent_digest, &two.agent_digest));
}

#define T(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cloud_init),
		cmocka_unit_test(test_cloud_init_without_extras),
		cmocka_unit_test(test_cloud_init_codes),
		cmocka_unit_test(test_id_length),
		T(test_order_of_sources),
		T(test_other_root),
		T(test_broken_cloud_init_is_not_passed_over),
		T(test_machine_id),
		cmocka_unit_test(test_bad_option),
		T(test_key),
		T(test_broken_key_is_kept),
		T(test_open_key_is_refused),
		T(test_race_for_the_key),
		cmocka_unit_test(test_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
