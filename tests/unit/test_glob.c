/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct row {
	const char *glob;
	const char *path;
};

static const struct row matching[] = {
	{"/", "/"},
	{"/etc/passwd", "/etc/passwd"},
	{"/*", "/etc"},
	{"/etc/*", "/etc/x"},
	{"/etc/*.conf", "/etc/.conf"},
	{"/etc/a*", "/etc/a"},
	{"/a*b*c", "/abc"},
	{"/a*b*c", "/aXbXbXc"},
	{"/a**c", "/a/b/c"},
	{"/a**c", "/ac"},
	{"/a***c", "/a/b/c"},
	{"/etc/**", "/etc/x"},
	{"/etc/**", "/etc/x/y/z"},
	{"/**", "/x"},
	{"/**/id_*", "/home/u/.ssh/id_rsa"},
	{"/**x*y", "/x/a/xay"},
	{"/**a*b/**c*d", "/a/ab/a/cb/cd"},
	{"/etc/?", "/etc/x"},
	{"/e?c", "/e\377c"},
	{"/[abc]", "/b"},
	{"/[a-c]x", "/bx"},
	{"/[!a-c]", "/d"},
	{"/[^a-c]", "/d"},
	{"/[]]", "/]"},
	{"/[]a]", "/a"},
	{"/[!]]", "/a"},
	{"/[a-]", "/-"},
	{"/[\\]a]", "/]"},
	{"/[\\055]", "/-"},
	{"/\\*", "/*"},
	{"/\\?\\[\\\\", "/?[\\"},
	{"/a\\040b", "/a b"},
	{"/\\303\\244", "/\303\244"},
	{"/\\377", "/\377"},
	{"/\\8", "/8"},
	{"/[x", "/[x"},
	{"service.*", "service.unexpected"},
	{"*", "service.unexpected"},
};

static const struct row differing[] = {
	{"/", "/x"},
	{"/x", "/"},
	{"/**", "/"},
	{"/*", "/"},
	{"**", "/"},
	{"/etc/passwd", "/etc/passwd-"},
	{"/etc/passwd", "/etc/passw"},
	{"/etc/*", "/etc"},
	{"/etc/*", "/etc/x/y"},
	{"/etc/**", "/etc"},
	{"/etc/**", "/etcx"},
	{"/etc?x", "/etc/x"},
	{"/etc[/]x", "/etc/x"},
	{"/etc[!a]x", "/etc/x"},
	{"/etc[.-0]x", "/etc/x"},
	{"/a*c", "/a/c"},
	{"/a*b*c", "/aXbX/c"},
	{"/*/c", "/a/b/c"},
	{"/**/x", "/x"},
	{"/[a-c]", "/d"},
	{"/[!a-c]", "/b"},
	{"/[c-a]", "/b"},
	{"/[]", "/"},
	{"/\\*", "/x"},
	{"/A", "/a"},
	{"/a\\040b", "/a0b"},
	{"", "/"},
	{"/x", ""},
	{"service.*", "services.unexpected"},
};

static void matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(matching); i++)
		if (!glob_match(matching[i].glob, matching[i].path))
			fail_msg("\"%s\" should match \"%s\"", matching[i].glob, matching[i].path);
}

static void differs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(differing); i++)
		if (glob_match(differing[i].glob, differing[i].path))
			fail_msg("\"%s\" should not match \"%s\"", differing[i].glob,
				 differing[i].path);
}

/* By definition, letter by letter and slowly: the reference that the automaton is held to. */
static bool slow_match(const char *glob, const char *path)
{
	size_t stars = strspn(glob, "*");

	if (stars > 0) {
		for (;; path++) {
			if (slow_match(glob + stars, path))
				return true;
			if (*path == '\0' || (stars == 1 && *path == '/'))
				return false;
		}
	}
	if (*glob == '\0' || *path == '\0')
		return *glob == *path;
	if (*glob == '?' ? *path == '/' : *glob != *path)
		return false;
	return slow_match(glob + 1, path + 1);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 16;
}

static void random_text(uint32_t *seed, const char *alphabet, size_t max, char *ret)
{
	size_t length = next_random(seed) % max;

	for (size_t i = 0; i < length; i++)
		ret[i] = alphabet[next_random(seed) % strlen(alphabet)];
	ret[length] = '\0';
}

static void agrees_with_the_definition(void **state)
{
	uint32_t seed = 20261123;
	size_t hits = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char glob[12] = "/", path[14] = "/a";

		random_text(&seed, "ab/?**", 10, glob + 1);
		random_text(&seed, "ab/", 11, path + 2);
		if (glob_match(glob, path) != slow_match(glob, path))
			fail_msg("\"%s\" and \"%s\": expected %d", glob, path,
				 slow_match(glob, path));
		hits += slow_match(glob, path);
	}
	assert_true(hits > 1000);
}

/* A pattern that takes a backtracking matcher longer than the test may last. */
static void hostile_path_takes_no_time(void **state)
{
	char glob[512] = "/", path[4096];
	char *at = glob + 1;
	struct timespec begin, end;

	(void)state;
	for (int i = 0; i < 60; i++)
		at = stpcpy(at, "**a*a");
	*at++ = 'b';
	*at = '\0';
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin), 0);
	assert_false(glob_match(glob, path));
	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end), 0);
	assert_true(end.tv_sec - begin.tv_sec < 5);
}

static void too_long_a_pattern_matches_nothing(void **state)
{
	char glob[4200];

	(void)state;
	memset(glob, '*', sizeof(glob));
	glob[0] = '/';
	glob[4096] = '\0';
	assert_true(glob_match(glob, "/x"));
	glob[4096] = '*';
	glob[4097] = '\0';
	assert_false(glob_match(glob, "/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(differs),
		cmocka_unit_test(agrees_with_the_definition),
		cmocka_unit_test(hostile_path_takes_no_time),
		cmocka_unit_test(too_long_a_pattern_matches_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
