/* SPDX-License-Identifier: Apache-2.0 */
#include "statement.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TYPE	"urn:example:1"
#define ABC	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define HEAD	"{\"_type\":\"" STATEMENT_TYPE "\","
#define DIGEST	"\"digest\":{\"sha256\":\"" ABC "\"}"
#define SUBJECT "\"subject\":[{\"name\":\"n\"," DIGEST "}],"
#define TAIL	"\"predicateType\":\"" TYPE "\",\"predicate\":{}}"

static void built_text_is_exact(void **state)
{
	_cleanup_json_ json_t *predicate = json_pack("{s:i, s:s}", "z", 1, "a", "\xc3\xa9");
	_cleanup_free_ char *json = NULL;
	struct digest digest;
	size_t size;

	(void)state;
	assert_int_equal(digest_compute("abc", 3, &digest), 0);
	assert_int_equal(statement_build("n", &digest, NULL, TYPE, predicate, &json, &size, NULL),
			 0);
	assert_string_equal(json, HEAD SUBJECT "\"predicateType\":\"" TYPE
					       "\",\"predicate\":{\"z\":1,\"a\":\"\xc3\xa9\"}}");
	assert_int_equal(size, strlen(json));
	assert_int_equal(predicate->refcount, 1);
}

static void built_text_parses(void **state)
{
	_cleanup_json_ json_t *further = json_pack("[{s:{s:s}}]", "digest", "arn", "arn:aws:x");
	_cleanup_json_ json_t *predicate = json_pack("{s:i}", "schema", 1);
	_cleanup_statement_ struct statement statement = {0};
	_cleanup_free_ char *json = NULL;
	struct digest digest, parsed;
	size_t size;

	(void)state;
	assert_int_equal(digest_compute("abc", 3, &digest), 0);
	assert_int_equal(
		statement_build("n", &digest, further, TYPE, predicate, &json, &size, NULL), 0);
	assert_int_equal(json_array_size(further), 1);
	assert_int_equal(statement_parse(json, size, TYPE, &statement, NULL), 0);
	assert_string_equal(statement.predicate_type, TYPE);
	assert_int_equal(json_array_size(statement.subjects), 2);
	assert_true(json_equal(statement.predicate, predicate));
	assert_int_equal(statement_get_sha256(&statement, 0, &parsed), 0);
	assert_true(digest_is_equal(&parsed, &digest));
	assert_int_equal(statement_get_sha256(&statement, 1, &parsed), -ENOENT);
	assert_int_equal(statement_get_sha256(&statement, 2, &parsed), -ENOENT);
}

static void name_that_is_not_utf8_is_refused(void **state)
{
	_cleanup_json_ json_t *predicate = json_object();
	struct digest digest = {0};
	char *json = NULL;
	size_t size;

	(void)state;
	assert_int_equal(
		statement_build("\xff", &digest, NULL, TYPE, predicate, &json, &size, NULL),
		-EINVAL);
	assert_null(json);
}

static void assert_refused(const char *text, size_t size, const char *reason)
{
	_cleanup_error_ struct error error = {0};
	struct statement statement = {0};

	assert_int_equal(statement_parse(text, size, TYPE, &statement, &error), -EBADMSG);
	assert_null(statement.root);
	if (!strstr(error.message, reason))
		fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
}

static void broken_rules_are_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{"", "statement: not valid JSON"},
		{"[]", "an object is expected"},
		{"{" SUBJECT TAIL, "\"_type\" must be a string"},
		{"{\"_type\":\"https://in-toto.io/Statement/v0.1\"," SUBJECT TAIL, "\"_type\" is"},
		{"{\"_type\":1," SUBJECT TAIL, "\"_type\" must be a string"},
		{HEAD TAIL, "at least one"},
		{HEAD "\"subject\":{}," TAIL, "at least one"},
		{HEAD "\"subject\":[]," TAIL, "at least one"},
		{HEAD "\"subject\":[1]," TAIL, "subject 0 has no digest"},
		{HEAD "\"subject\":[{\"name\":\"n\"}]," TAIL, "subject 0 has no digest"},
		{HEAD "\"subject\":[{" DIGEST "},{\"digest\":{}}]," TAIL, "subject 1 has no"},
		{HEAD "\"subject\":[{\"digest\":{\"sha256\":1}}]," TAIL, "subject 0 has no"},
		{HEAD "\"subject\":[{\"name\":1," DIGEST "}]," TAIL, "name of subject 0"},
		{HEAD SUBJECT "\"predicate\":{}}", "\"predicateType\" must be"},
		{HEAD SUBJECT "\"predicateType\":\"urn:x\",\"predicate\":{}}",
		 "\"urn:x\", expected \"" TYPE "\""},
		{HEAD SUBJECT "\"predicateType\":\"" TYPE "\"}", "\"predicate\" must be"},
		{HEAD SUBJECT "\"predicateType\":\"" TYPE "\",\"predicate\":[]}", "\"predicate\""},
		{HEAD SUBJECT SUBJECT TAIL, "duplicate"},
		{HEAD SUBJECT TAIL "x", "not valid JSON"},
		{HEAD SUBJECT TAIL HEAD SUBJECT TAIL, "not valid JSON"},
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(rows); i++)
		assert_refused(rows[i].text, strlen(rows[i].text), rows[i].reason);
	assert_refused(HEAD SUBJECT TAIL, sizeof(HEAD SUBJECT TAIL), "not valid JSON");
}

/* The predicate itself is at depth 2. */
static char *nest(size_t depth)
{
	struct buffer buffer = {0};

	assert_int_equal(buffer_append_text(&buffer, HEAD SUBJECT "\"predicateType\":\"" TYPE
								  "\",\"predicate\":{\"a\":"),
			 0);
	for (size_t i = 2; i < depth; i++)
		assert_int_equal(buffer_append_text(&buffer, "["), 0);
	for (size_t i = 2; i < depth; i++)
		assert_int_equal(buffer_append_text(&buffer, "]"), 0);
	assert_int_equal(buffer_append_text(&buffer, depth > 2 ? "}}" : "1}}"), 0);
	return buffer.data;
}

static void nesting_ends_at_64(void **state)
{
	_cleanup_free_ char *good = nest(64), *bad = nest(65), *worse = nest(100000);
	_cleanup_statement_ struct statement statement = {0};

	(void)state;
	assert_int_equal(statement_parse(good, strlen(good), TYPE, &statement, NULL), 0);
	assert_refused(bad, strlen(bad), "nested over 64");
	assert_refused(worse, strlen(worse), "nested over 64");
}

static void unknown_members_are_ignored(void **state)
{
	static const char text[] = HEAD "\"new\":[1]," SUBJECT TAIL " \n";
	_cleanup_statement_ struct statement statement = {0};

	(void)state;
	assert_int_equal(statement_parse(text, strlen(text), TYPE, &statement, NULL), 0);
}

static void broken_sha256_is_told(void **state)
{
	static const char text[] = HEAD "\"subject\":[{\"digest\":{\"sha256\":\"BA78\"}}]," TAIL;
	_cleanup_statement_ struct statement statement = {0};
	struct digest digest;

	(void)state;
	assert_int_equal(statement_parse(text, strlen(text), TYPE, &statement, NULL), 0);
	assert_int_equal(statement_get_sha256(&statement, 0, &digest), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_text_is_exact),
		cmocka_unit_test(built_text_parses),
		cmocka_unit_test(name_that_is_not_utf8_is_refused),
		cmocka_unit_test(broken_rules_are_refused),
		cmocka_unit_test(nesting_ends_at_64),
		cmocka_unit_test(unknown_members_are_ignored),
		cmocka_unit_test(broken_sha256_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
