/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/dm.h"
#include "measure/verity.h"
#include "scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

/*
 * Of the bytes (i * 7 + i / 251) mod 256, as `fsverity digest` of fsverity-utils prints them:
 * around one block, one block of hashes (128 blocks), and two (16,384 blocks).
 */
static const struct {
	size_t size;
	const char *digest;
} known[] = {
	{0, "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95"},
	{1, "b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551"},
	{4095, "841acbc4d3c22ad5f67a748aab2d3e5a4d21de6879a73cb6ec235049dd94dc40"},
	{4096, "2b41866549a2f4f4a80ebbb30aa8d8436ce675229143bf493d8dc6fce99081a0"},
	{4097, "2492558cab5973a8b471d3a517cf3fc8ae04bffa6083e7d443e7839b65d94651"},
	{8192, "19ad5b00837397618aab333afcc2a355332cd641eb2b99fcbd46a1d415d231fd"},
	{524287, "33f59be7fb895461777376f54405cca3a787c5e5051f0f75dbf361c06689a7f2"},
	{524288, "6feaceaea1f345a5da49693b409602e6b1878a9484241670db45aef27aaec575"},
	{524289, "64272326908c4b8fdd9de8dd28615fcb25d5bb0fca2a9949d29305f6ce54ac6c"},
	{528384, "6d134f6a631cbfb622dce8e50772bd8b782b2b59f877e382302d8ddb72e51bf4"},
	{67108864, "fab7c593ca4e9106866aa25fb3222708988357feeccf4f68305b955c4e7c839a"},
	{67108865, "3a7b6b2467edb6f2205d9fb5286730e1244b704f917c049c0968306571f042fd"},
};

static void feed(struct verity_builder *builder, size_t size, size_t step)
{
	uint8_t block[65536];

	assert_true(step <= sizeof(block));
	for (size_t done = 0; done < size;) {
		size_t part = size - done < step ? size - done : step;

		for (size_t i = 0; i < part; i++)
			block[i] = (uint8_t)((done + i) * 7 + (done + i) / 251);
		assert_int_equal(verity_builder_update(builder, block, part), 0);
		done += part;
	}
}

static void test_known(void **state)
{
	static const size_t steps[] = {65536, 4096, 4095, 511};
	_cleanup_(verity_builder_free_p) struct verity_builder *builder = NULL;

	(void)state;
	assert_int_equal(verity_builder_new(&builder), 0);
	for (size_t i = 0; i < ELEMENTS(known); i++) {
		for (size_t k = 0; k < ELEMENTS(steps); k++) {
			char hex[DIGEST_HEX_SIZE];
			struct verity_digest digest;

			verity_builder_begin(builder);
			feed(builder, known[i].size, steps[k]);
			assert_int_equal(verity_builder_finish(builder, &digest), 0);
			digest_to_hex(&digest.descriptor, hex);
			assert_string_equal(hex, known[i].digest);
		}
	}
}

/* What was fed before a new beginning does not count. */
static void test_begin_again(void **state)
{
	_cleanup_(verity_builder_free_p) struct verity_builder *builder = NULL;
	struct verity_digest digest;
	char hex[DIGEST_HEX_SIZE];

	(void)state;
	assert_int_equal(verity_builder_new(&builder), 0);
	verity_builder_begin(builder);
	feed(builder, 1000000, 65536);
	verity_builder_begin(builder);
	assert_int_equal(verity_builder_finish(builder, &digest), 0);
	digest_to_hex(&digest.descriptor, hex);
	assert_string_equal(hex, known[0].digest);
}

static void test_compute_file(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "empty", "", 0600);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int directory = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct verity_digest digest;
	char hex[DIGEST_HEX_SIZE];

	assert_int_equal(verity_compute(fd, &digest), 0);
	digest_to_hex(&digest.descriptor, hex);
	assert_string_equal(hex, known[0].digest);
	assert_int_equal(verity_compute(directory, &digest), -EISDIR);
}

/* Whatever filesystem the tests run on: a file that nobody sealed has none. */
static void test_measure_none(void **state)
{
	_cleanup_free_ char *path = scratch_file(state, "file", "content", 0600);
	const char *const files[] = {path,	    "/proc/self/status", "/sys/kernel/mm/ksm/run",
				     "/etc/passwd", "/dev/null",	 "/dev/shm"};

	for (size_t i = 0; i < ELEMENTS(files); i++) {
		_cleanup_close_ int fd = open(files[i], O_RDONLY | O_CLOEXEC);
		struct verity_digest digest;

		if (fd < 0)
			continue;
		assert_int_equal(verity_measure(fd, &digest), 0);
	}
}

static void test_measure_bad_descriptor(void **state)
{
	struct verity_digest digest;

	(void)state;
	assert_int_equal(verity_measure(-1, &digest), -EBADF);
	assert_false(verity_is_possible(-1));
}

static void test_possible(void **state)
{
	static const char *const never[] = {"/proc", "/sys", "/dev"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(never); i++) {
		_cleanup_close_ int fd = open(never[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_false(verity_is_possible(fd));
	}
}

#define HASH "4392712ba01368efdf14b05c76f9e4df0d53664630b5d48632ed17a137f39076"
#define SALT "1234000000000000000000000000000000000000000000000000000000000000"
#define HEAD "1 254:2 254:3 4096 4096 262144 1 sha256 "

static void test_table(void **state)
{
	_cleanup_dm_verity_ struct dm_verity verity = {};

	(void)state;
	assert_int_equal(dm_verity_parse(HEAD HASH " " SALT, &verity, NULL), 0);
	assert_string_equal(verity.root_hash, HASH);
	assert_string_equal(verity.algorithm, "sha256");
	assert_string_equal(verity.salt, SALT);
	assert_string_equal(verity.data_device, "254:2");
	assert_string_equal(verity.hash_device, "254:3");
	assert_int_equal(verity.version, 1);
	assert_int_equal(verity.data_block_size, 4096);
	assert_int_equal(verity.hash_block_size, 4096);
	assert_int_equal(verity.data_blocks, 262144);
	assert_false(verity.ignores_corruption || verity.checks_once || verity.is_signed ||
		     verity.restarts_or_panics || verity.has_seen_corruption);
	/* The line does not say whether the device can be written; the ioctl's flag does. */
	assert_false(dm_verity_is_enforced(&verity));
	verity.is_read_only = true;
	assert_true(dm_verity_is_enforced(&verity));
}

static void test_table_options(void **state)
{
	static const struct {
		const char *options;
		bool ignores, once, stops, is_signed;
	} rows[] = {
		{" 1 ignore_corruption", .ignores = true},
		{" 2 check_at_most_once ignore_zero_blocks", .once = true},
		{" 1 restart_on_corruption", .stops = true},
		{" 1 panic_on_corruption", .stops = true},
		{" 2 root_hash_sig_key_desc ignore_corruption", .is_signed = true},
		{" 10 use_fec_from_device 254:4 fec_roots 2 fec_blocks 7 fec_start 7 "
		 "try_verify_in_tasklet ignore_corruption",
		 .ignores = true},
		{.options = " 0"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_dm_verity_ struct dm_verity verity = {};
		_cleanup_free_ char *line = NULL;

		assert_true(asprintf(&line, "%s -%s", HEAD HASH, rows[i].options) > 0);
		assert_int_equal(dm_verity_parse(line, &verity, NULL), 0);
		assert_null(verity.salt);
		assert_int_equal(verity.ignores_corruption, rows[i].ignores);
		assert_int_equal(verity.checks_once, rows[i].once);
		assert_int_equal(verity.restarts_or_panics, rows[i].stops);
		assert_int_equal(verity.is_signed, rows[i].is_signed);
		verity.is_read_only = true;
		assert_int_equal(dm_verity_is_enforced(&verity), !rows[i].ignores);
	}
}

static void test_table_hostile(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"1",
		HEAD HASH,
		"2 254:2 254:3 4096 4096 262144 1 sha256 " HASH " -",
		"x 254:2 254:3 4096 4096 262144 1 sha256 " HASH " -",
		"-1 254:2 254:3 4096 4096 262144 1 sha256 " HASH " -",
		"1 254:2 254:3 4095 4096 262144 1 sha256 " HASH " -",
		"1 254:2 254:3 4096 0 262144 1 sha256 " HASH " -",
		"1 254:2 254:3 4096 4294967296 262144 1 sha256 " HASH " -",
		"1 254:2 254:3 4096 4096 99999999999999999999 1 sha256 " HASH " -",
		"1 254:2 254:3 4096 4096 +5 1 sha256 " HASH " -",
		"1 254:2 254:3 4096 4096 5 1x sha256 " HASH " -",
		"1 254:2 254:3 4096 4096 5 1 SHA\x1b[31m " HASH " -",
		HEAD "43927 -",
		HEAD "4392712G -",
		HEAD "- -",
		HEAD HASH " --",
		HEAD HASH " 123",
		HEAD HASH " - ignore_corruption",
		HEAD HASH " - 2 ignore_corruption",
		HEAD HASH " - 0 ignore_corruption",
		HEAD HASH " - 1 ignore_corruption ignore_zero_blocks",
		HEAD HASH " - 1 fec_roots",
		HEAD HASH " - 1 trust_me",
		HEAD HASH " - 4294967297 ignore_corruption",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		_cleanup_error_ struct error error = {};
		struct dm_verity verity = {.version = 7};

		assert_int_equal(dm_verity_parse(lines[i], &verity, &error), -EBADMSG);
		assert_int_equal(verity.version, 7);
		assert_null(verity.root_hash);
		assert_non_null(strstr(error_text(&error, -EBADMSG), "dm-verity"));
		assert_null(strchr(error_text(&error, -EBADMSG), '\x1b'));
	}
}

/* Many words, and long ones. */
static void test_table_large(void **state)
{
	char *line = calloc(1, 100001);
	struct dm_verity verity = {};

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < 100000; i += 2)
		memcpy(line + i, "1 ", 2);
	assert_int_equal(dm_verity_parse(line, &verity, NULL), -EBADMSG);
	memset(line, 'a', 100000);
	memcpy(line, HEAD, sizeof(HEAD) - 1);
	memcpy(line + 100000 - 2, " -", 2);
	assert_int_equal(dm_verity_parse(line, &verity, NULL), -EBADMSG);
	assert_null(verity.root_hash);
	free(line);
}

/* The devices under this machine's own filesystems; nothing here is made for the test. */
static void test_read_none(void **state)
{
	static const char *const places[] = {"/proc", "/sys", "/dev"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(places); i++) {
		struct dm_verity verity;
		struct stat st;

		assert_int_equal(stat(places[i], &st), 0);
		assert_int_equal(major(st.st_dev), 0);
		assert_int_equal(dm_verity_read(st.st_dev, &verity, NULL), 0);
	}
}

/* A block device that is not mapped at all is told from sysfs alone, whoever asks. */
static void test_read_not_mapped(void **state)
{
	struct dm_verity verity;
	struct stat st;
	char path[64];

	(void)state;
	assert_int_equal(stat("/", &st), 0);
	(void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dm", major(st.st_dev),
		       minor(st.st_dev));
	if (major(st.st_dev) == 0 || access(path, F_OK) == 0)
		skip();
	assert_int_equal(dm_verity_read(st.st_dev, &verity, NULL), 0);
}

static void test_read_no_device(void **state)
{
	_cleanup_error_ struct error error = {};
	struct dm_verity verity;
	int r = dm_verity_read(makedev(4000, 1048575), &verity, &error);

	(void)state;
	assert_int_equal(r, -ENOENT);
	assert_non_null(strstr(error_text(&error, r), "/sys/dev/block/4000:1048575"));
}

static void test_filesystem_names(void **state)
{
	_cleanup_close_ int dev = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(dev >= 0 && proc >= 0);
	assert_string_equal(dm_name_filesystem(dev), "tmpfs"); /* devtmpfs has its number */
	assert_null(dm_name_filesystem(proc));
	assert_null(dm_name_filesystem(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_begin_again),
		cmocka_unit_test_setup_teardown(test_compute_file, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_measure_none, scratch_setup, scratch_teardown),
		cmocka_unit_test(test_measure_bad_descriptor),
		cmocka_unit_test(test_possible),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_table_options),
		cmocka_unit_test(test_table_hostile),
		cmocka_unit_test(test_table_large),
		cmocka_unit_test(test_read_none),
		cmocka_unit_test(test_read_not_mapped),
		cmocka_unit_test(test_read_no_device),
		cmocka_unit_test(test_filesystem_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
