/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog.h"
#include "check/window.h"
#include "clock.h"
#include "trial.h"

#include <fcntl.h>

#define COMMAND "./a -o stratum+tcp://pool.invalid:4444 -u x\n"

static void check(struct trial *trial, const char *rules, uint64_t deadline_ms,
		  struct findings *ret)
{
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_close_ int root_fd = root_open(trial->root);
	struct check_context context = {
		.situation = SITUATION_IMAGE,
		.root_fd = root_fd,
		.policy = trial->manifest->policy,
		.comparison = &comparison,
		.rules = rules,
		.deadline_ms = deadline_ms,
	};

	assert_true(root_fd >= 0);
	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(checks_run(&context, &comparison.coverage, ret), 0);
}

static size_t count_code(const struct findings *findings, const char *code)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += strcmp(findings->items[i].code, code) == 0;
	return count;
}

static void a_miner_is_one_finding(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	tree_file(trial->root, "sealed.sh", COMMAND);
	trial_seal(trial, "");
	tree_file(trial->root, "a.sh", COMMAND);
	check(trial, NULL, 0, &findings);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].code, "miner.pool");
	assert_string_equal(findings.items[0].path, "/a.sh");
	assert_int_equal(findings.items[0].severity, SEVERITY_CRITICAL);
	assert_string_equal(findings.items[0].attack[0], "T1496");
	assert_non_null(strstr(findings.items[0].title, "a.sh holds a mining pool's address"));
	assert_string_equal(findings.items[0].actual, "rules: miner_pool_command");
}

static void users_rules_are_asked(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ char *rules = tree_path(trial->directory, "rules.d");

	trial_seal(trial, "");
	tree_directory(trial->directory, "rules.d");
	tree_file(trial->directory, "rules.d/a.yar",
		  "rule mine { meta: description = \"a needle\" severity = \"medium\" "
		  "strings: $a = \"needle\" condition: $a }\n");
	tree_file(trial->directory, "rules.d/b.yar", "rule {\n");
	tree_file(trial->root, "hay", "a needle\n");
	check(trial, rules, 0, &findings);
	assert_int_equal(findings.count, 2);
	assert_int_equal(count_code(&findings, "coverage.rules"), 1);
	assert_int_equal(count_code(&findings, "file.rule"), 1);
}

static void no_time_is_told(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};

	trial_seal(trial, "");
	tree_file(trial->root, "a.sh", COMMAND);
	check(trial, NULL, 1, &findings);
	assert_int_equal(count_code(&findings, "miner.pool"), 0);
	assert_true(count_code(&findings, "coverage.deadline") > 0);
}

/* Headers that promise what the file does not have, and noise: no crash, no finding of a miner. */
static void hostile_programs_do_no_harm(void **state)
{
	static const uint8_t fills[] = {0x00, 0xff, 0x41, 0x2f};
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ uint8_t *bytes = malloc(WINDOW_BLOCK);
	unsigned seed = 3;

	assert_non_null(bytes);
	trial_seal(trial, "");
	for (size_t i = 0; i < ELEMENTS(fills); i++) {
		char name[] = "tmp0";

		memset(bytes, fills[i], WINDOW_BLOCK);
		memcpy(bytes, "\177ELF\2\1\1", 7);
		name[3] = (char)('0' + i);
		tree_bytes(trial->root, name, bytes, i % 2 ? WINDOW_BLOCK : 52 + i);
	}
	for (size_t i = 0; i < WINDOW_BLOCK; i++) {
		seed = seed * 1103515245 + 12345;
		bytes[i] = (uint8_t)(seed >> 16);
	}
	tree_bytes(trial->root, "noise", bytes, WINDOW_BLOCK);
	check(trial, NULL, 0, &findings);
	for (size_t i = 0; i < findings.count; i++)
		assert_string_equal(findings.items[i].code, "file.unexpected");
	assert_int_equal(findings.count, ELEMENTS(fills) + 1);
}

/* Behind a hole is looked too; the 64 GiB are test_window's, as measuring reads holes. */
static void holes_hide_nothing(void **state)
{
	struct trial *trial = *state;
	_cleanup_findings_ struct findings findings = {};
	_cleanup_free_ char *path = tree_path(trial->root, "sparse");
	_cleanup_close_ int fd = -EBADF;

	trial_seal(trial, "check secrets off\n");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(pwrite(fd, COMMAND, strlen(COMMAND), 0), strlen(COMMAND));
	assert_int_equal(pwrite(fd, "_l=c3RyYXR1bSt0Y3A6Ly9wb29s\n", 28, 256 << 20), 28);
	assert_int_equal(ftruncate(fd, (256 << 20) + 4096), 0);
	check(trial, NULL, 0, &findings);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.items[0].code, "miner.encoded-pool");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_miner_is_one_finding, trial_setup,
						trial_teardown),
		cmocka_unit_test_setup_teardown(users_rules_are_asked, trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(no_time_is_told, trial_setup, trial_teardown),
		cmocka_unit_test_setup_teardown(hostile_programs_do_no_harm, trial_setup,
						trial_teardown),
		cmocka_unit_test_setup_teardown(holes_hide_nothing, trial_setup, trial_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
