/* SPDX-License-Identifier: Apache-2.0 */
#include "check/literals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = {"he", "she", "his", "hers", "a-b", "://"};

/* "WORD@END ..." of all that was found. */
static void expect(const char *text, size_t size, const char *expected)
{
	_cleanup_(literals_free_p) struct literals *literals = NULL;
	struct literals_search search = {};
	char found[512] = "";
	size_t word, end;

	assert_int_equal(literals_new(words, ELEMENTS(words), &literals), 0);
	while (literals_next(literals, &search, (const uint8_t *)text, size, &word, &end) == 1) {
		size_t used = strlen(found);

		assert_true(end <= size);
		assert_true((size_t)snprintf(found + used, sizeof(found) - used, "%s@%zu ",
					     words[word], end) < sizeof(found) - used);
	}
	assert_string_equal(found, expected);
}

#define EXPECT(text, expected) expect(text, sizeof(text) - 1, expected)

static void words_are_found(void **state)
{
	(void)state;
	EXPECT("", "");
	EXPECT("ushers", "she@4 he@4 hers@6 ");
	EXPECT("USHERS", "she@4 he@4 hers@6 ");
	EXPECT("hhe", "he@3 ");
	EXPECT("a-a-b", "a-b@5 ");
	EXPECT("http://x", "://@7 ");
	EXPECT("h\0e \377his", "his@8 ");
	EXPECT("sh", "");
}

/* The automaton finds what a plain search finds, in text of few letters, where words overlap. */
static void agrees_with_a_plain_search(void **state)
{
	static const char *const few[] = {"a", "ab", "aab", "bab", "bb", "abba"};
	_cleanup_(literals_free_p) struct literals *literals = NULL;
	struct literals_search search = {};
	size_t expected = 0, found = 0, word, end;
	char text[4096];
	unsigned seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = seed >> 16 & 1 ? 'a' : 'b';
	}
	for (size_t at = 0; at < sizeof(text); at++)
		for (size_t i = 0; i < ELEMENTS(few); i++)
			expected += strlen(few[i]) <= sizeof(text) - at &&
				    memcmp(text + at, few[i], strlen(few[i])) == 0;
	assert_int_equal(literals_new(few, ELEMENTS(few), &literals), 0);
	while (literals_next(literals, &search, (const uint8_t *)text, sizeof(text), &word, &end) ==
	       1) {
		assert_memory_equal(text + end - strlen(few[word]), few[word], strlen(few[word]));
		found++;
	}
	assert_int_equal(found, expected);
}

static void bad_words_are_refused(void **state)
{
	static const char *const empty[] = {"a", ""}, *const twice[] = {"a", "b", "a"};
	static const char *const long_one[] = {"123456789012345678901234567890123"};
	struct literals *literals;

	(void)state;
	assert_int_equal(literals_new(empty, 2, &literals), -EINVAL);
	assert_int_equal(literals_new(twice, 3, &literals), -EINVAL);
	assert_int_equal(literals_new(long_one, 1, &literals), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_found),
		cmocka_unit_test(agrees_with_a_plain_search),
		cmocka_unit_test(bad_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
