/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"
#include "mtree.h"
#include "scratch.h"
#include "statement.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define HEX    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POLICY "mutable /etc/machine-id optional\nignored /proc\n"

struct fixture {
	void *directory;
	struct key *key;
	struct trust *trust;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	_cleanup_free_ char *pem = NULL;
	struct key *public;

	if (!fixture || scratch_setup(&fixture->directory) != 0 ||
	    key_generate(KEY_P256, &fixture->key, NULL) < 0 ||
	    key_public_pem(fixture->key, &pem, NULL) < 0 ||
	    key_parse_public(pem, strlen(pem), "test", &public, NULL) < 0 ||
	    trust_new(&fixture->trust) < 0 || trust_add(fixture->trust, public) < 0)
		return -1;
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	int r = scratch_teardown(&fixture->directory);

	key_free(fixture->key);
	trust_free(fixture->trust);
	free(fixture);
	return r;
}

static struct manifest *make_manifest(void)
{
	struct manifest *manifest = calloc(1, sizeof(*manifest));

	assert_non_null(manifest);
	manifest->image_name = strdup("web");
	manifest->image_version = strdup("2026.11");
	manifest->image_serial = strdup("01930000-0000-7000-8000-000000000001");
	manifest->tool_version = strdup("0.1.0");
	manifest->built_at = 1795465140;
	manifest->expires_at = 1827001140;
	manifest->entries = 34512;
	manifest->bytes = 1288490188;
	manifest->fixed_entries = 34000;
	assert_int_equal(digest_compute("fixed", 5, &manifest->fixed_digest), 0);
	assert_int_equal(digest_compute("body", 4, &manifest->body_digest), 0);
	assert_int_equal(policy_parse(POLICY, strlen(POLICY), "p", &manifest->policy, NULL), 0);
	manifest->xattrs = json_pack("{s:{s:s, s:s}}", "./x", "security.capability", "AQID",
				     "system.posix_acl_access", "");
	manifest->appends = json_pack("{s:{s:i, s:s}}", "./log", "size", 4, "sha256", HEX);
	assert_non_null(manifest->xattrs);
	assert_non_null(manifest->appends);
	return manifest;
}

static void sign(const struct fixture *fixture, const struct manifest *manifest, char **ret,
		 size_t *ret_size)
{
	_cleanup_error_ struct error error = {};
	int r = manifest_sign(manifest, fixture->key, ret, ret_size, &error);

	if (r < 0)
		fail_msg("%s", error_text(&error, r));
}

static void test_round_trip(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(manifest_free_p) struct manifest *made = make_manifest(), *got = NULL;
	_cleanup_free_ char *json = NULL;
	struct digest digest;
	size_t size;

	sign(fixture, made, &json, &size);
	assert_int_equal(json[size - 1], '\n');
	assert_ptr_equal(strchr(json, '\n'), json + size - 1);
	assert_int_equal(manifest_parse(json, size, fixture->trust, &got, NULL), 0);
	assert_string_equal(got->image_name, made->image_name);
	assert_string_equal(got->image_version, made->image_version);
	assert_string_equal(got->image_serial, made->image_serial);
	assert_string_equal(got->tool_version, made->tool_version);
	assert_int_equal(got->built_at, made->built_at);
	assert_int_equal(got->expires_at, made->expires_at);
	assert_int_equal(got->entries, made->entries);
	assert_int_equal(got->bytes, made->bytes);
	assert_int_equal(got->fixed_entries, made->fixed_entries);
	assert_true(digest_is_equal(&got->fixed_digest, &made->fixed_digest));
	assert_true(digest_is_equal(&got->body_digest, &made->body_digest));
	assert_string_equal(policy_get_text(got->policy), POLICY);
	assert_true(json_equal(got->xattrs, made->xattrs));
	assert_true(json_equal(got->appends, made->appends));
	assert_string_equal(got->signer, key_get_id(fixture->key));
	assert_int_equal(digest_compute(json, size, &digest), 0);
	assert_true(digest_is_equal(&got->digest, &digest));
}

/* Reproducible builds often say that it is 1970. */
static void test_epoch(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(manifest_free_p) struct manifest *made = make_manifest(), *got = NULL;
	_cleanup_free_ char *json = NULL;
	size_t size;

	made->built_at = 0;
	made->expires_at = 0;
	sign(fixture, made, &json, &size);
	assert_int_equal(manifest_parse(json, size, fixture->trust, &got, NULL), 0);
	assert_int_equal(got->built_at, 0);
	assert_int_equal(got->expires_at, 0);
	assert_false(manifest_is_expired(got, INT64_MAX));
}

static void test_expiry(void **state)
{
	struct manifest manifest = {.expires_at = 1000};

	(void)state;
	assert_false(manifest_is_expired(&manifest, 999));
	assert_true(manifest_is_expired(&manifest, 1000));
	assert_true(manifest_is_expired(&manifest, 1001));
}

/* The predicate as JSON, for changing it at will. */
static json_t *make_predicate(const struct fixture *fixture)
{
	_cleanup_(manifest_free_p) struct manifest *made = make_manifest();
	_cleanup_statement_ struct statement statement = {};
	_cleanup_dsse_ struct dsse dsse = {};
	_cleanup_free_ char *json = NULL;
	size_t size;

	sign(fixture, made, &json, &size);
	assert_int_equal(dsse_parse(json, size, &dsse, NULL), 0);
	assert_int_equal(statement_parse(dsse.payload, dsse.payload_size, MANIFEST_PREDICATE_TYPE,
					 &statement, NULL),
			 0);
	return json_incref(statement.predicate);
}

static int parse_predicate(const struct fixture *fixture, const char *subject, const char *type,
			   json_t *predicate, struct error *error)
{
	_cleanup_(manifest_free_p) struct manifest *got = NULL;
	_cleanup_free_ char *payload = NULL, *json = NULL;
	struct digest digest = {};
	size_t size;

	assert_int_equal(
		statement_build(subject, &digest, NULL, type, predicate, &payload, &size, NULL), 0);
	assert_int_equal(
		dsse_sign(DSSE_PAYLOAD_TYPE_INTOTO, payload, size, fixture->key, &json, NULL), 0);
	return manifest_parse(json, strlen(json), fixture->trust, &got, error);
}

/* One member at a time: gone, of another type, or with a value that is none. */
static void test_bad_members(void **state)
{
	static const struct {
		const char *object; /* NULL: of the predicate itself */
		const char *member;
		const char *value; /* NULL: taken away */
	} rows[] = {
		{NULL, "schema", NULL},
		{NULL, "schema", "2"},
		{NULL, "schema", "0"},
		{NULL, "schema", "4294967297"},
		{NULL, "schema", "\"1\""},
		{NULL, "image", NULL},
		{NULL, "image", "\"web\""},
		{"image", "name", NULL},
		{"image", "name", "1"},
		{"image", "version", "null"},
		{"image", "serial", NULL},
		{"image", "more", "1"},
		{NULL, "built_at", NULL},
		{NULL, "built_at", "null"},
		{NULL, "built_at", "0"},
		{NULL, "built_at", "\"yesterday\""},
		{NULL, "built_at", "\"2026-11-23T20:19:00+00:00\""},
		{NULL, "expires_at", NULL},
		{NULL, "expires_at", "0"},
		{NULL, "expires_at", "\"\""},
		{NULL, "expires_at", "\"1970-01-01T00:00:00Z\""},
		{NULL, "tool", NULL},
		{"tool", "version", NULL},
		{"tool", "more", "1"},
		{NULL, "entries", NULL},
		{NULL, "entries", "-1"},
		{NULL, "entries", "1.5"},
		{NULL, "entries", "\"1\""},
		{NULL, "bytes", "-1"},
		{NULL, "bytes", NULL},
		{NULL, "fixed", NULL},
		{"fixed", "entries", "-1"},
		{"fixed", "sha256", "\"00\""},
		{"fixed", "sha256", "null"},
		{"fixed", "more", "1"},
		{NULL, "policy", NULL},
		{NULL, "policy", "\"fxed /x\""},
		{NULL, "policy", "\"fixed /a\\u0000b\""},
		{NULL, "policy", "[]"},
		{NULL, "xattrs", NULL},
		{NULL, "xattrs", "[]"},
		{NULL, "xattrs", "{\"./x\":1}"},
		{NULL, "xattrs", "{\"./x\":{\"user.x\":\"\"}}"},
		{NULL, "xattrs", "{\"./x\":{\"security.capability\":1}}"},
		{NULL, "append", NULL},
		{NULL, "append", "[]"},
		{NULL, "append", "{\"./x\":{\"size\":1}}"},
		{NULL, "append", "{\"./x\":{\"size\":-1,\"sha256\":\"" HEX "\"}}"},
		{NULL, "append", "{\"./x\":{\"size\":1,\"sha256\":\"00\"}}"},
		{NULL, "append", "{\"./x\":{\"size\":1,\"sha256\":\"" HEX "\",\"more\":1}}"},
		{NULL, "more", "1"},
	};
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ELEMENTS(rows); i++) {
		_cleanup_json_ json_t *predicate = make_predicate(fixture);
		_cleanup_error_ struct error error = {};
		json_t *object =
			rows[i].object ? json_object_get(predicate, rows[i].object) : predicate;
		int r;

		if (rows[i].value)
			json_object_set_new(
				object, rows[i].member,
				json_loads(rows[i].value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL));
		else
			json_object_del(object, rows[i].member);
		r = parse_predicate(fixture, MANIFEST_SUBJECT_NAME, MANIFEST_PREDICATE_TYPE,
				    predicate, &error);
		if (r != -EBADMSG && r != -EINVAL)
			fail_msg("%s=%s gives %d", rows[i].member,
				 rows[i].value ? rows[i].value : "(none)", r);
		assert_non_null(error.message);
	}
}

static void test_wrong_statement(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_json_ json_t *predicate = make_predicate(fixture);

	assert_int_equal(parse_predicate(fixture, MANIFEST_SUBJECT_NAME, MANIFEST_PREDICATE_TYPE,
					 predicate, NULL),
			 0);
	assert_int_equal(
		parse_predicate(fixture, "other", MANIFEST_PREDICATE_TYPE, predicate, NULL),
		-EBADMSG);
	assert_int_equal(parse_predicate(fixture, MANIFEST_SUBJECT_NAME, "urn:goldseal:evidence:1",
					 predicate, NULL),
			 -EBADMSG);
}

/* Nothing of an unverified envelope is looked at: any flipped byte of the payload is refused. */
static void test_signature(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(manifest_free_p) struct manifest *made = make_manifest(), *got = NULL;
	_cleanup_(trust_free_p) struct trust *nobody = NULL;
	_cleanup_(key_free_p) struct key *other = NULL;
	_cleanup_free_ char *json = NULL, *foreign = NULL;
	size_t size, foreign_size;
	char *payload;

	sign(fixture, made, &json, &size);
	payload = strstr(json, "\"payload\":\"");
	assert_non_null(payload);
	payload[40] = payload[40] == 'A' ? 'B' : 'A';
	assert_int_equal(manifest_parse(json, size, fixture->trust, &got, NULL), -EBADMSG);

	assert_int_equal(key_generate(KEY_ED25519, &other, NULL), 0);
	assert_int_equal(manifest_sign(made, other, &foreign, &foreign_size, NULL), 0);
	assert_int_equal(manifest_parse(foreign, foreign_size, fixture->trust, &got, NULL),
			 -ENOKEY);
	assert_int_equal(trust_new(&nobody), 0);
	assert_int_equal(manifest_parse(foreign, foreign_size, nobody, &got, NULL), -ENOKEY);
	assert_int_equal(trust_revoke(fixture->trust, key_get_id(fixture->key)), 0);
	payload[40] = payload[40] == 'A' ? 'B' : 'A';
	assert_true(manifest_parse(json, size, fixture->trust, &got, NULL) < 0);
	assert_null(got);
}

static void test_not_utf8(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(manifest_free_p) struct manifest *made = make_manifest();
	_cleanup_error_ struct error error = {};
	char *json = NULL;
	size_t size;

	made->image_name[0] = '\377';
	assert_int_equal(manifest_sign(made, fixture->key, &json, &size, &error), -EINVAL);
	assert_null(json);
	assert_non_null(error.message);
}

static void test_xattrs(void **state _unused_)
{
	_cleanup_(manifest_free_p) struct manifest *manifest = make_manifest();
	_cleanup_entry_ struct entry entry = {.path = strdup("./x")};
	_cleanup_entry_ struct entry none = {.path = strdup("./y")};
	_cleanup_entry_ struct entry bad = {.path = strdup("./bad")};

	assert_int_equal(manifest_get_xattrs(manifest, &entry, NULL), 0);
	assert_int_equal(entry.xattrs[XATTR_CAPABILITY].size, 3);
	assert_memory_equal(entry.xattrs[XATTR_CAPABILITY].data, "\1\2\3", 3);
	/* There, and empty. */
	assert_non_null(entry.xattrs[XATTR_ACL_ACCESS].data);
	assert_int_equal(entry.xattrs[XATTR_ACL_ACCESS].size, 0);
	assert_null(entry.xattrs[XATTR_ACL_DEFAULT].data);
	assert_int_equal(manifest_get_xattrs(manifest, &none, NULL), 0);
	for (int i = 0; i < _XATTR_MAX; i++)
		assert_null(none.xattrs[i].data);
	json_object_set_new(manifest->xattrs, "./bad",
			    json_pack("{s:s}", "security.capability", "A"));
	assert_true(manifest_get_xattrs(manifest, &bad, NULL) < 0);
}

static void test_body(void **state)
{
	static const char text[] = MTREE_SIGNATURE ". type=dir mode=0755 uid=0 gid=0\n";
	const struct fixture *fixture = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = make_manifest();
	_cleanup_(mtree_reader_free_p) struct mtree_reader *reader = NULL;
	_cleanup_entry_ struct entry entry = {};
	_cleanup_error_ struct error error = {};

	assert_int_equal(digest_compute(text, strlen(text), &manifest->body_digest), 0);
	assert_int_equal(manifest_open_body(manifest, fixture->directory, &reader, &error),
			 -ENOENT);
	tree_file(fixture->directory, MANIFEST_BODY_NAME, text);
	assert_int_equal(manifest_open_body(manifest, fixture->directory, &reader, NULL), 0);
	assert_int_equal(mtree_reader_next(reader, &entry, NULL), 1);
	assert_string_equal(entry.path, ".");
}

static void test_other_body(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = make_manifest();
	_cleanup_error_ struct error error = {};
	struct mtree_reader *reader = NULL;

	tree_file(fixture->directory, MANIFEST_BODY_NAME, MTREE_SIGNATURE);
	assert_int_equal(manifest_open_body(manifest, fixture->directory, &reader, &error),
			 -EBADMSG);
	assert_non_null(strstr(error.message, MANIFEST_BODY_NAME));
	tree_remove(fixture->directory, MANIFEST_BODY_NAME);
	tree_file(fixture->directory, "elsewhere", "body");
	tree_link(fixture->directory, MANIFEST_BODY_NAME, "elsewhere");
	assert_int_equal(manifest_open_body(manifest, fixture->directory, &reader, NULL), -ELOOP);
	tree_remove(fixture->directory, MANIFEST_BODY_NAME);
	assert_true(tree_node(fixture->directory, MANIFEST_BODY_NAME, S_IFIFO | 0644, 0));
	assert_int_equal(manifest_open_body(manifest, fixture->directory, &reader, NULL), -EINVAL);
	assert_null(reader);
}

static void test_load(void **state)
{
	const struct fixture *fixture = *state;
	_cleanup_(manifest_free_p) struct manifest *made = make_manifest(), *got = NULL;
	_cleanup_free_ char *json = NULL;
	_cleanup_error_ struct error error = {};
	size_t size;

	assert_int_equal(manifest_load(fixture->directory, fixture->trust, &got, &error), -ENOENT);
	assert_non_null(strstr(error.message, MANIFEST_ENVELOPE_NAME));
	sign(fixture, made, &json, &size);
	tree_bytes(fixture->directory, MANIFEST_ENVELOPE_NAME, json, size);
	assert_int_equal(manifest_load(fixture->directory, fixture->trust, &got, NULL), 0);
	manifest_free(got);
	got = NULL;
	tree_bytes(fixture->directory, MANIFEST_ENVELOPE_NAME, json, size - 20);
	assert_int_equal(manifest_load(fixture->directory, fixture->trust, &got, &error), -EBADMSG);
	assert_non_null(strstr(error.message, MANIFEST_ENVELOPE_NAME));
	assert_null(got);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_epoch),
		TEST(test_expiry),
		TEST(test_bad_members),
		TEST(test_wrong_statement),
		TEST(test_signature),
		TEST(test_not_utf8),
		TEST(test_xattrs),
		TEST(test_body),
		TEST(test_other_body),
		TEST(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
