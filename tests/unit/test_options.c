/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#define N_ARGUMENTS_MAX 48

struct values {
	bool quiet, all;
	const char *root;
	struct option_list tags;
};

enum { VERB_MAKE, VERB_SHOW };
#define FOR(verb) (UINT64_C(1) << (verb))

static const struct option_row rows[] = {
	{.name = "root",
	 .letter = 'r',
	 .argument = "DIRECTORY",
	 .help = "The directory that is measured; a sentence that is long enough to need at least "
		 "two lines of help, and one that ends with a full stop.",
	 .offset = offsetof(struct values, root),
	 .verbs = FOR(VERB_MAKE)},
	{.name = "quiet",
	 .letter = 'q',
	 .help = "Say nothing.",
	 .offset = offsetof(struct values, quiet),
	 .verbs = OPTION_ALL_VERBS},
	{.name = "all",
	 .letter = 'a',
	 .help = "All of it.",
	 .offset = offsetof(struct values, all),
	 .verbs = FOR(VERB_SHOW)},
	{.name = "a-tag-with-a-name-of-much-length",
	 .letter = 't',
	 .argument = "TAG",
	 .help = "A tag.",
	 .offset = offsetof(struct values, tags),
	 .verbs = OPTION_ALL_VERBS,
	 .repeats = true},
};

/* What the verbs saw goes to standard output, where the tests read it. */
static void print_values(const char *verb, const struct values *values)
{
	printf("%s quiet=%d all=%d root=%s tags=", verb, values->quiet, values->all,
	       values->root ? values->root : "-");
	for (size_t i = 0; i < values->tags.count; i++)
		printf("%s%s", i ? "," : "", values->tags.items[i]);
}

static int run_make(void *options, int n, char **arguments)
{
	print_values("make", options);
	for (int i = 0; i < n; i++)
		printf(" [%s]", arguments[i]);
	printf("\n");
	return EXIT_FINDINGS;
}

static int run_show(void *options, int n, char **arguments)
{
	(void)n;
	(void)arguments;
	print_values("show", options);
	printf("\n");
	return EXIT_PASS;
}

static const struct verb verbs[] = {
	[VERB_MAKE] = {.name = "make",
		       .arguments = "OLD [NEW]",
		       .min_arguments = 1,
		       .max_arguments = 2,
		       .help = "Make one thing from another.",
		       .details =
			       "A paragraph that is far too long for one line, and which has to "
			       "be broken into several of them\nwhere it has a line break itself."
			       "\n\nAnother one.\n\n  kept   as it is\n",
		       .run = run_make},
	[VERB_SHOW] = {.name = "show", .arguments = "", .help = "Show it.", .run = run_show},
};

/* How a run ended and what it printed. */
struct outcome {
	int code;
	char out[8192], err[2048];
};

static void read_back(FILE *file, char *ret_text, size_t size)
{
	size_t n;

	rewind(file);
	n = fread(ret_text, 1, size - 1, file);
	ret_text[n] = '\0';
	assert_true(n < size - 1);
	assert_int_equal(fclose(file), 0);
}

static int child(int argc, char **argv)
{
	struct values values = {0};
	const struct command_line command_line = {
		.program = "prog",
		.purpose = "Does things.",
		.version = "1.2.3",
		.verbs = verbs,
		.n_verbs = ELEMENTS(verbs),
		.options = rows,
		.n_options = ELEMENTS(rows),
		.values = &values,
	};

	return command_line_run(&command_line, argc, argv);
}

/* Runs in a process of its own, for the program's streams are what is tested. */
static int run_with(int argc, char **argv, int out, int err)
{
	int status;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
			_exit(99);
		status = child(argc, argv);
		(void)fflush(stderr);
		_exit(status);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Splits `line` at its blanks; "_" stands for an empty word. */
static struct outcome run(const char *line)
{
	_cleanup_free_ char *text = strdup(line);
	char *argv[N_ARGUMENTS_MAX + 1] = {(char *)"prog"}, *rest = text, *word;
	FILE *out = tmpfile(), *err = tmpfile();
	struct outcome outcome;
	int argc = 1;

	assert_true(text && out && err);
	while ((word = strsep(&rest, " ")) && argc < N_ARGUMENTS_MAX)
		if (*word)
			argv[argc++] = strcmp(word, "_") == 0 ? word + 1 : word;
	outcome.code = run_with(argc, argv, fileno(out), fileno(err));
	read_back(out, outcome.out, sizeof(outcome.out));
	read_back(err, outcome.err, sizeof(outcome.err));
	return outcome;
}

static void options_are_read_in_every_form(void **state)
{
	static const struct {
		const char *line, *expected;
	} table[] = {
		{"make x", "make quiet=0 all=0 root=- tags= [x]\n"},
		{"make x y", "make quiet=0 all=0 root=- tags= [x] [y]\n"},
		{"make --root=/a x", "make quiet=0 all=0 root=/a tags= [x]\n"},
		{"make --root /a x", "make quiet=0 all=0 root=/a tags= [x]\n"},
		{"make -r /a x", "make quiet=0 all=0 root=/a tags= [x]\n"},
		{"make -r/a x", "make quiet=0 all=0 root=/a tags= [x]\n"},
		{"make -qr /a x", "make quiet=1 all=0 root=/a tags= [x]\n"},
		{"--root /a -q make x", "make quiet=1 all=0 root=/a tags= [x]\n"},
		{"make x --root /a", "make quiet=0 all=0 root=/a tags= [x]\n"},
		{"make --root /a --root /b x", "make quiet=0 all=0 root=/b tags= [x]\n"},
		{"make --root= x", "make quiet=0 all=0 root= tags= [x]\n"},
		{"make --root _ x", "make quiet=0 all=0 root= tags= [x]\n"},
		{"make --root -q x", "make quiet=0 all=0 root=-q tags= [x]\n"},
		{"make --root=a=b x", "make quiet=0 all=0 root=a=b tags= [x]\n"},
		{"make - x", "make quiet=0 all=0 root=- tags= [-] [x]\n"},
		{"make -- -q --root", "make quiet=0 all=0 root=- tags= [-q] [--root]\n"},
		{"-- make --", "make quiet=0 all=0 root=- tags= [--]\n"},
		{"make _", "make quiet=0 all=0 root=- tags= []\n"},
		{"make -t 1 -t2 x --a-tag-with-a-name-of-much-length=3",
		 "make quiet=0 all=0 root=- tags=1,2,3 [x]\n"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct outcome outcome = run(table[i].line);

		assert_string_equal(outcome.out, table[i].expected);
		assert_string_equal(outcome.err, "");
		assert_int_equal(outcome.code, EXIT_FINDINGS);
	}
	assert_int_equal(run("show -a").code, EXIT_PASS);
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *line, *first, *second;
	} table[] = {
		{"", "a verb is expected", "'prog --help'"},
		{"mke", "unknown verb 'mke'", "'prog --help'"},
		{"mke --help", "unknown verb 'mke'", "'prog --help'"},
		{"_", "unknown verb ''", "'prog --help'"},
		{"make\033[31m", "unknown verb 'make\\033[31m'", "'prog --help'"},
		{"make --rot x", "unknown option '--rot'", "'prog --help'"},
		{"make --rot=5 x", "unknown option '--rot'", "'prog --help'"},
		{"make --roo x", "unknown option '--roo'", "'prog --help'"},
		{"make --= x", "unknown option '--'", "'prog --help'"},
		{"make -z x", "unknown option '-z'", "'prog --help'"},
		{"make -qz x", "unknown option '-z'", "'prog --help'"},
		{"make --all x", "'make' does not take the option --all", "'prog make --help'"},
		{"show --root /", "'show' does not take the option --root", "'prog show --help'"},
		{"--root / show", "'show' does not take the option --root", "'prog show --help'"},
		{"make x --root", "--root needs a value: --root DIRECTORY", "--help"},
		{"make x -r", "--root needs a value", "--help"},
		{"make --quiet=1 x", "--quiet takes no value", "--help"},
		{"make --help=1", "--help takes no value", "--help"},
		{"make", "'make' needs more arguments: prog make OLD [NEW]", "--help"},
		{"make x y z", "does not take the argument 'z'", "'prog make --help'"},
		{"show x", "'show' does not take the argument 'x'", "'prog show --help'"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(table); i++) {
		struct outcome outcome = run(table[i].line);

		assert_int_equal(outcome.code, EXIT_USAGE);
		assert_string_equal(outcome.out, "");
		assert_memory_equal(outcome.err, "prog: ", 6);
		if (!strstr(outcome.err, table[i].first) || !strstr(outcome.err, table[i].second))
			fail_msg("\"%s\": \"%s\"", table[i].line, outcome.err);
	}
}

static void list_has_an_end(void **state)
{
	char line[512] = "make x";
	struct outcome outcome;

	(void)state;
	for (int i = 0; i < OPTION_LIST_MAX; i++)
		memcpy(line + strlen(line), " -t1", 5);
	assert_int_equal(run(line).code, EXIT_FINDINGS);
	memcpy(line + strlen(line), " -t1", 5);
	outcome = run(line);
	assert_int_equal(outcome.code, EXIT_USAGE);
	assert_non_null(strstr(outcome.err, "at most 32 times"));
}

static void assert_narrow(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		size_t length = strlen(line);

		if (length > 80)
			fail_msg("%zu columns: %s", length, line);
		if (length > 0 && line[length - 1] == ' ')
			fail_msg("blank at the end: '%s'", line);
	}
}

static void help_is_printed_from_the_tables(void **state)
{
	struct outcome outcome = run("--help");

	(void)state;
	assert_int_equal(outcome.code, EXIT_PASS);
	assert_string_equal(outcome.err, "");
	assert_narrow(outcome.out);
	assert_non_null(strstr(outcome.out, "Usage: prog VERB [OPTION...]"));
	assert_non_null(strstr(outcome.out, "\n  make  Make one thing from another.\n"));
	assert_non_null(strstr(outcome.out, "\n  show  Show it.\n"));
	assert_non_null(strstr(outcome.out, "\n  -q, --quiet               Say nothing.\n"));
	assert_null(strstr(outcome.out, "--root"));
	assert_int_equal(run("-h").code, EXIT_PASS);
	assert_int_equal(run("--help --quiet").code, EXIT_PASS);
}

static void help_of_a_verb(void **state)
{
	struct outcome outcome = run("make --help"), early = run("-h make");

	(void)state;
	assert_int_equal(outcome.code, EXIT_PASS);
	assert_string_equal(outcome.err, "");
	assert_string_equal(outcome.out, early.out);
	assert_narrow(outcome.out);
	assert_memory_equal(outcome.out, "Usage: prog make [OPTION...] OLD [NEW]\n", 39);
	assert_non_null(strstr(outcome.out, "\n  kept   as it is\n"));
	assert_non_null(strstr(outcome.out, "\nAnother one.\n"));
	assert_non_null(strstr(outcome.out, "\n  -r, --root=DIRECTORY      The directory"));
	assert_non_null(strstr(outcome.out, "-length=TAG\n                            A tag.\n"));
	assert_null(strstr(outcome.out, "--all"));
	outcome = run("show --help");
	assert_narrow(outcome.out);
	assert_non_null(strstr(outcome.out, "--all"));
	assert_null(strstr(outcome.out, "--root"));
}

static void version_is_printed(void **state)
{
	struct outcome outcome = run("--version");

	(void)state;
	assert_int_equal(outcome.code, EXIT_PASS);
	assert_string_equal(outcome.out, "prog 1.2.3\n");
	assert_string_equal(run("make -V").out, "prog 1.2.3\n");
}

static void lost_output_is_not_success(void **state)
{
	static char *const lines[][3] = {
		{(char *)"prog", (char *)"--help"},
		{(char *)"prog", (char *)"--version"},
		{(char *)"prog", (char *)"show"},
	};
	_cleanup_close_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(full >= 0);
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		char text[512];
		FILE *err = tmpfile();

		assert_int_equal(run_with(2, (char **)lines[i], full, fileno(err)), EXIT_UNCHECKED);
		read_back(err, text, sizeof(text));
		assert_non_null(strstr(text, "cannot write standard output"));
	}
}

static void flag_is_found_before_the_end_of_options(void **state _unused_)
{
	char *with[] = {(char *)"p", (char *)"verb", (char *)"--debug", NULL};
	char *after[] = {(char *)"p", (char *)"--", (char *)"--debug", NULL};
	char *other[] = {(char *)"p", (char *)"--debugger", (char *)"debug", (char *)"--", NULL};

	assert_true(command_line_has_flag(3, with, "debug"));
	assert_false(command_line_has_flag(3, after, "debug"));
	assert_false(command_line_has_flag(4, other, "debug"));
	assert_false(command_line_has_flag(0, with, "debug"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flag_is_found_before_the_end_of_options),
		cmocka_unit_test(options_are_read_in_every_form),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(list_has_an_end),
		cmocka_unit_test(help_is_printed_from_the_tables),
		cmocka_unit_test(help_of_a_verb),
		cmocka_unit_test(version_is_printed),
		cmocka_unit_test(lost_output_is_not_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
