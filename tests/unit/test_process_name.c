/* SPDX-License-Identifier: Apache-2.0 */
/* What is judged by words alone; tests/e2e/test_live.py starts real processes. */
#include "check/process_name.h"

#include "check/kernel.h"
#include "check/process_load.h"
#include "check/process_miner.h"
#include "check/runtime_units.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void knows_names_of_the_kernel(void **state)
{
	static const char *const kernel[] = {"kworker/0:1-events", "[kworker/u8:2]", "ksoftirqd/0",
					     "kthreadd",	   "[sleep]",	     "kdevtmpfs",
					     "jbd2/vda1-8",	   "scsi_eh_0"};
	static const char *const others[] = {"",	"[",   "[]",	   "bash",	    "kmod",
					     "kubelet", "k3s", "(sd-pam)", "sshd: u [priv]"};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(kernel); i++)
		if (!name_is_kernel_thread(kernel[i]))
			fail_msg("not known: %s", kernel[i]);
	for (size_t i = 0; i < ELEMENTS(others); i++)
		if (name_is_kernel_thread(others[i]))
			fail_msg("taken for one: %s", others[i]);
}

static void finds_services(void **state)
{
	static const struct {
		const char *text;
		const char *service;
	} vectors[] = {
		{"0::/system.slice/ssh.service\n", "ssh.service"},
		{"1:x:/\n0::/system.slice/system-getty.slice/getty@tty1.service\n",
		 "getty@tty1.service"},
		{"0::/system.slice/a.service/payload\n", "a.service"},
		{"0::/user.slice/user-0.slice/session-1.scope\n", NULL},
		{"0::/system.slice/docker-12.scope\n", NULL},
		{"0::/system.slice/.service\n", NULL},
		{"0::/system.slice/\n", NULL},
		{"0::/\n", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(vectors); i++) {
		_cleanup_free_ char *service = cgroup_find_service(vectors[i].text);

		if (!service != !vectors[i].service ||
		    (service && strcmp(service, vectors[i].service) != 0))
			fail_msg("%s: %s", vectors[i].text, service ? service : "none");
	}
}

#define WALLET                                       \
	"44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7" \
	"otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"

static void knows_miners(void **state)
{
	static const char *const miners[] = {
		"/tmp/x -o stratum+tcp://a:1 -u b",
		"./kinsing --donate-level 1",
		"x --coin=monero",
		"x -u " WALLET " -p x",
		"x --algo randomx --pool h:1",
		"XMRig",
	};
	static const char *const others[] = {
		"",
		"/usr/sbin/sshd -D",
		"php-fpm: pool www",
		"/usr/bin/ceph osd pool ls",
		"java -XX:+UseG1GC -jar worker.jar --worker-threads 4",
		"openssl speed scrypt",
		"x -u 4" WALLET "1111111111111111111111111",
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(miners); i++)
		if (!words_find_miner(miners[i]))
			fail_msg("not known: %s", miners[i]);
	for (size_t i = 0; i < ELEMENTS(others); i++)
		if (words_find_miner(others[i]))
			fail_msg("taken for one: %s", others[i]);
}

static void reads_maps(void **state)
{
	static const char line[] =
		"7f1c-7f2d r-xp 00001000 fe:00 1234                  /tmp/a b.so";
	static const char anonymous[] = "7f1c-7f2d rw-p 00000000 00:00 0 ";
	static const char heap[] = "7f1c-7f2d rwxp 00000000 00:00 0       [heap]";
	static const char *const bad[] = {"",
					  " ",
					  "x",
					  "7f1c-7f2d",
					  "7f1c-7f2d r-xp 0 0",
					  "7f1c r-xp 00001000 fe:00 1234 /x"};
	struct mapping mapping;

	(void)state;
	assert_true(mapping_parse(line, strlen(line), &mapping));
	assert_true(mapping.executable);
	assert_int_equal(mapping.range_length, 9);
	assert_int_equal(mapping.path_length, strlen("/tmp/a b.so"));
	assert_memory_equal(mapping.path, "/tmp/a b.so", mapping.path_length);
	assert_true(mapping_parse(anonymous, strlen(anonymous), &mapping));
	assert_false(mapping.executable);
	assert_null(mapping.path);
	assert_true(mapping_parse(heap, strlen(heap), &mapping));
	assert_null(mapping.path);
	for (size_t i = 0; i < ELEMENTS(bad); i++)
		assert_false(mapping_parse(bad[i], strlen(bad[i]), &mapping));
}

static void expect_program(const char *line, const char *program)
{
	_cleanup_free_ char *found = exec_line_find_program(line, strlen(line));

	if (strcmp(found ? found : "none", program) != 0)
		fail_msg("%s: %s", line, found ? found : "none");
}

static void reads_exec_lines(void **state)
{
	(void)state;
	expect_program("ExecStart=/bin/x -a", "/bin/x");
	expect_program("ExecStartPre=-/bin/x", "/bin/x");
	expect_program("ExecStart=@/bin/x y", "/bin/x");
	expect_program("ExecStop = +!/bin/x", "/bin/x");
	expect_program("ExecStart=\"/opt/a b/x\" y", "/opt/a b/x");
	expect_program("ExecStart=\"/opt/a", "/opt/a");
	expect_program("ExecStart=", "none");
	expect_program("ExecStart=x", "none");
	expect_program("Exec", "none");
	expect_program("", "none");
	expect_program("User=/bin/x", "none");
}

static void reads_rules(void **state)
{
	_cleanup_free_ char *line =
		udev_rules_find_run("# RUN\nA==\"b\"\nACTION==\"add\", RUN+=\"/x\"\n");
	_cleanup_free_ char *names =
		udev_rules_find_run("SUBSYSTEM==\"net\", NAME=\"eth0\"\n  # PROGRAM\n");

	(void)state;
	assert_string_equal(line, "ACTION==\"add\", RUN+=\"/x\"");
	assert_null(names);
}

static void reads_module_files(void **state)
{
	static const char index[] = "kernel/fs/ext4/ext4.ko.xz: kernel/lib/crc16.ko.xz\n"
				    "kernel/net/nf-x.ko:\nupdates/dkms/zfs.ko.zst:\n";
	char text[8];

	(void)state;
	assert_true(modules_have(index, "ext4"));
	assert_true(modules_have(index, "nf_x"));
	assert_true(modules_have(index, "zfs"));
	assert_false(modules_have(index, "crc16"));
	assert_false(modules_have(index, "ext"));
	assert_false(modules_have(index, "x"));
	assert_false(modules_have("", "x"));
	assert_string_equal(taint_to_text(0, text), "");
	assert_string_equal(taint_to_text(512, text), "");
	assert_string_equal(taint_to_text(12289, text), "POE");
	assert_string_equal(taint_to_text(~0ULL, text), "PFOE");
}

static void reads_core_patterns(void **state)
{
	_cleanup_free_ char *piped = core_pattern_find_program("|/usr/lib/x %P %u"),
			    *blank = core_pattern_find_program("| /x"),
			    *plain = core_pattern_find_program("core");

	(void)state;
	assert_string_equal(piped, "/usr/lib/x");
	assert_string_equal(blank, "/x");
	assert_null(plain);
}

static void joins_words(void **state)
{
	struct process process = {
		.comm = "x", .arguments = (char *)"a\0b c\0", .arguments_size = 6};
	struct process none = {.comm = "x"};
	_cleanup_free_ char *words = process_words(&process), *name = process_words(&none);

	(void)state;
	assert_string_equal(words, "a b c");
	assert_string_equal(name, "x");
	assert_string_equal(process_argument(&process, 0), "a");
	assert_string_equal(process_argument(&process, 1), "b c");
	assert_null(process_argument(&process, 2));
	assert_null(process_argument(&none, 0));
}

static void knows_places(void **state)
{
	(void)state;
	assert_true(path_is_temporary("/tmp/x"));
	assert_true(path_is_temporary("/dev/shm/x"));
	assert_true(path_is_temporary("/run/user/1000/x"));
	assert_false(path_is_temporary("/usr/tmp/x"));
	assert_false(path_is_temporary("/run/systemd/x"));
	assert_true(path_is_hidden("/usr/.x/y"));
	assert_true(path_is_hidden("/root/.x"));
	assert_false(path_is_hidden("/usr/bin/a.out"));
	assert_true(program_is_interpreter("/usr/bin/python3.11"));
	assert_true(program_is_interpreter("/bin/sh"));
	assert_false(program_is_interpreter("/usr/sbin/sshd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_names_of_the_kernel),
		cmocka_unit_test(finds_services),
		cmocka_unit_test(knows_miners),
		cmocka_unit_test(reads_maps),
		cmocka_unit_test(reads_exec_lines),
		cmocka_unit_test(reads_rules),
		cmocka_unit_test(reads_module_files),
		cmocka_unit_test(reads_core_patterns),
		cmocka_unit_test(joins_words),
		cmocka_unit_test(knows_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
