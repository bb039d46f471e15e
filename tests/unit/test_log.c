/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Standard error goes to a file while a message is written; then it comes back. */
struct capture {
	int saved;
	FILE *file;
};

static void capture_start(struct capture *capture)
{
	capture->file = tmpfile();
	assert_non_null(capture->file);
	(void)fflush(stderr);
	capture->saved = dup(STDERR_FILENO);
	assert_true(capture->saved >= 0);
	assert_true(dup2(fileno(capture->file), STDERR_FILENO) >= 0);
}

static void capture_end(struct capture *capture, char *ret_text, size_t size)
{
	size_t n;

	(void)fflush(stderr);
	assert_true(dup2(capture->saved, STDERR_FILENO) >= 0);
	assert_int_equal(close(capture->saved), 0);
	rewind(capture->file);
	n = fread(ret_text, 1, size - 1, capture->file);
	ret_text[n] = '\0';
	assert_int_equal(fclose(capture->file), 0);
}

static void lines_name_program_and_level(void **state)
{
	struct capture capture;
	char text[512];
	int r;

	(void)state;
	capture_start(&capture);
	log_open("prog", LOG_LEVEL_INFO);
	r = log_error_errno(-ENOENT, "open %s: %m", "x");
	log_warning("careful");
	log_info("plain");
	log_debug("hidden");
	capture_end(&capture, text, sizeof(text));
	assert_int_equal(r, -ENOENT);
	assert_string_equal(text, "prog: error: open x: No such file or directory\n"
				  "prog: warning: careful\n"
				  "prog: plain\n");
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
	struct capture capture;
	char text[512];

	(void)state;
	capture_start(&capture);
	log_open("prog", LOG_LEVEL_ERROR);
	log_error("%s", "a\033[31m\nb");
	capture_end(&capture, text, sizeof(text));
	assert_string_equal(text, "prog: error: a\\033[31m\\012b\n");
}

static void journal_gets_the_level_as_prefix(void **state)
{
	struct capture capture;
	char text[512], stream[64];
	struct stat st;

	(void)state;
	capture_start(&capture);
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		       (unsigned long long)st.st_ino);
	assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
	log_open("prog", LOG_LEVEL_DEBUG);
	log_warning("w");
	log_debug("d");
	/* A redirected standard error is not the journal, though the variable is still there. */
	assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
	log_open("prog", LOG_LEVEL_DEBUG);
	log_warning("w");
	capture_end(&capture, text, sizeof(text));
	assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
	assert_string_equal(text, "<4>warning: w\n<7>debug: d\nprog: warning: w\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_name_program_and_level),
		cmocka_unit_test(control_characters_do_not_reach_the_terminal),
		cmocka_unit_test(journal_gets_the_level_as_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
