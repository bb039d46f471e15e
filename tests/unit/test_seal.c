/* SPDX-License-Identifier: Apache-2.0 */
#include "mtree.h"
#include "trial.h"

#include <sys/stat.h>

static int measure_policy(struct trial *trial, const char *policy, struct manifest *manifest,
			  struct error *error)
{
	assert_int_equal(policy_parse(policy, strlen(policy), "p", &manifest->policy, NULL), 0);
	return trial_measure(trial, manifest->policy, manifest, error);
}

static char *read_body(const struct sealed *sealed)
{
	char *text = calloc(1, 65536);

	assert_non_null(text);
	assert_true(fread(text, 1, 65535, sealed->body) > 0);
	return text;
}

static void test_body(void **state)
{
	struct trial *trial = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));
	_cleanup_free_ char *body = NULL;
	struct digest digest;

	tree_mode(trial->root, "", 0755);
	tree_directory(trial->root, "usr");
	tree_directory(trial->root, "usr/lib");
	tree_file(trial->root, "a b", "abc");
	tree_mode(trial->root, "a b", 04711);
	tree_file(trial->root, "g", "");
	tree_file(trial->root, "log", "12");
	tree_file(trial->root, "m", "x");
	tree_directory(trial->root, "run");
	tree_file(trial->root, "run/x", "x");
	tree_link(trial->root, "z", "a b");
	assert_int_equal(measure_policy(trial,
					"generated /g\nappend /log\nmutable /m optional\n"
					"ignored /run\n",
					manifest, NULL),
			 0);
	body = read_body(&trial->sealed);
	assert_string_equal(
		body, "#mtree v2.0\n"
		      ". type=dir mode=0755 uid=0 gid=0\n"
		      "./a\\040b type=file mode=04711 uid=0 gid=0 size=3 sha256digest="
		      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n"
		      "./g type=file mode=0644 uid=0 gid=0 size=0 sha256digest="
		      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 optional\n"
		      "./log type=file mode=0644 uid=0 gid=0\n"
		      "./m type=file mode=0644 uid=0 gid=0 optional\n"
		      "./run type=dir mode=0755 uid=0 gid=0 ignore\n"
		      "./usr type=dir mode=0755 uid=0 gid=0\n"
		      "./usr/lib type=dir mode=0755 uid=0 gid=0\n"
		      "./usr/lib/goldseal type=dir optional\n"
		      "./usr/lib/goldseal/manifest.json type=file optional\n"
		      "./usr/lib/goldseal/manifest.mtree type=file optional\n"
		      "./z type=link uid=0 gid=0 link=a\\040b\n");
	assert_int_equal(manifest->entries, 12);
	assert_int_equal(manifest->bytes, 5);
	assert_int_equal(manifest->fixed_entries, 5);
	assert_int_equal(digest_compute(body, strlen(body), &digest), 0);
	assert_true(digest_is_equal(&digest, &manifest->body_digest));
	assert_int_equal(json_object_size(manifest->appends), 1);
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(manifest->appends, "./log"), "size")),
			 2);
}

/* The fixed digest is that of the lines of class fixed, xattr words included. */
static void test_fixed_digest(void **state)
{
	static const char lines[] = ". type=dir mode=0755 uid=0 gid=0\n"
				    "./f type=file mode=0644 uid=0 gid=0 size=0 sha256digest="
				    "e3b0c44298fc1c149afbf4c8996fb924"
				    "27ae41e4649b934ca495991b7852b855";
	static const char word[] = " xattr.security.capability=AQAAAgAEAAAAAAAAAAAAAAAAAAA=";
	struct trial *trial = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));
	char text[512];
	struct digest digest;
	bool capability;

	tree_mode(trial->root, "", 0755);
	tree_file(trial->root, "f", "");
	tree_file(trial->root, "m", "x");
	capability = tree_capability(trial->root, "f", 0x400);
	assert_int_equal(measure_policy(trial, "mutable /m\n", manifest, NULL), 0);
	(void)snprintf(text, sizeof(text), "%s%s\n", lines, capability ? word : "");
	assert_int_equal(digest_compute(text, strlen(text), &digest), 0);
	assert_true(digest_is_equal(&digest, &manifest->fixed_digest));
	assert_int_equal(json_object_size(manifest->xattrs), capability ? 1 : 0);
}

/* The same tree gives the same bytes. */
static void test_deterministic(void **state)
{
	struct trial *trial = *state;
	struct digest first;

	for (int i = 0; i < 50; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "f%d", i * 7919 % 1000);
		tree_file(trial->root, name, name);
	}
	trial_seal(trial, "");
	first = trial->manifest->body_digest;
	trial_seal(trial, "");
	assert_true(digest_is_equal(&first, &trial->manifest->body_digest));
}

static const struct finding *find_code(const struct findings *findings, const char *code)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->items[i].code, code) == 0)
			return &findings->items[i];
	return NULL;
}

static void test_leftovers(void **state)
{
	struct trial *trial = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));
	const struct finding *finding;

	tree_directory(trial->root, "var");
	tree_directory(trial->root, "var/lib");
	tree_directory(trial->root, "var/lib/goldseal");
	tree_file(trial->root, "var/lib/goldseal/instance.key", "key");
	tree_file(trial->root, "hostkey", "key");
	tree_file(trial->root, "empty", "");
	assert_int_equal(
		measure_policy(trial, "generated /hostkey\ngenerated /empty\n", manifest, NULL), 0);
	assert_int_equal(trial->sealed.findings.count, 2);
	finding = find_code(&trial->sealed.findings, "keys.instance-key");
	assert_non_null(finding);
	assert_string_equal(finding->path, "/var/lib/goldseal/instance.key");
	finding = find_code(&trial->sealed.findings, "generated.baked-in");
	assert_non_null(finding);
	assert_string_equal(finding->path, "/hostkey");
}

/* What lies too deep is a finding of the seal, and no line. */
static void test_problem(void **state)
{
	struct trial *trial = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));
	char path[2 * 1100 + 1] = "";

	for (int i = 0; i < 1100; i++) {
		memcpy(path + strlen(path), i ? "/d" : "d", i ? 3 : 2);
		tree_directory(trial->root, path);
	}
	assert_int_equal(measure_policy(trial, "", manifest, NULL), 0);
	assert_int_equal(trial->sealed.findings.count, 1);
	assert_int_equal(strncmp(trial->sealed.findings.items[0].code, "coverage.", 9), 0);
	assert_int_equal(trial->sealed.coverage.unreadable, 1);
}

static void test_not_a_file(void **state)
{
	struct trial *trial = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));
	_cleanup_error_ struct error error = {};

	tree_directory(trial->root, "usr");
	tree_directory(trial->root, "usr/lib");
	tree_directory(trial->root, "usr/lib/goldseal");
	tree_link(trial->root, "usr/lib/goldseal/manifest.mtree", "/etc/passwd");
	assert_int_equal(measure_policy(trial, "", manifest, &error), -EEXIST);
	assert_non_null(error.message);
}

static void test_no_root(void **state)
{
	struct trial *trial = *state;
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));
	_cleanup_error_ struct error error = {};

	tree_remove(trial->directory, "root");
	assert_int_equal(measure_policy(trial, "", manifest, &error), -ENOENT);
	assert_non_null(strstr(error.message, trial->root));
}

static void test_write_nowhere(void **state)
{
	struct trial *trial = *state;
	_cleanup_error_ struct error error = {};

	trial_seal(trial, "");
	assert_int_equal(seal_write(&trial->sealed, "/nowhere/at/all", "{}", 2, &error), -ENOENT);
	assert_non_null(strstr(error.message, "/nowhere/at/all"));
}

/* Into the very tree that is sealed: the manifest does not measure itself. */
static void test_inside(void **state)
{
	struct trial *trial = *state;

	tree_directory(trial->root, "usr");
	tree_directory(trial->root, "usr/lib");
	tree_directory(trial->root, "usr/lib/goldseal");
	tree_file(trial->root, "usr/lib/goldseal/manifest.json", "an older one");
	free(trial->out);
	trial->out = tree_path(trial->root, "usr/lib/goldseal");
	trial_seal(trial, "");
	trial_expect_none(trial, PHASE_IMAGE);
	trial_seal(trial, "");
	trial_expect_none(trial, PHASE_IMAGE);
}

/* -- Random trees ------------------------------------------------------------------------------ */

#define NODES_MAX   24
#define CHANGES_MAX 6

struct node {
	char path[160];
	enum entry_type type;
	bool touched;
};

struct change {
	char path[160]; /* with its slash */
	enum difference_kind kind;
	unsigned attributes;
};

struct model {
	const char *root;
	unsigned seed;
	struct node nodes[NODES_MAX];
	size_t n_nodes;
	struct change changes[CHANGES_MAX];
	size_t n_changes;
	bool has_capabilities;
};

static unsigned draw(struct model *model, unsigned below)
{
	return (unsigned)rand_r(&model->seed) % below;
}

/* A new name in one of the directories; false when it is taken. */
static bool draw_path(struct model *model, char path[static 160])
{
	static const char *const names[] = {"a",    "b", "a-b", "a.b", "a b", "\n", "*", "\\",
					    "\377", "~", "a+",	"0",   "A",   "aa", "-", "..."};
	const struct node *parent = &model->nodes[draw(model, (unsigned)model->n_nodes)];
	const char *directory = parent->type == ENTRY_DIRECTORY ? parent->path : "";

	(void)snprintf(path, 160, "%.140s%s%s", directory, directory[0] ? "/" : "",
		       names[draw(model, ELEMENTS(names))]);
	for (size_t i = 0; i < model->n_nodes; i++)
		if (strcmp(model->nodes[i].path, path) == 0)
			return false;
	for (size_t i = 0; i < model->n_changes; i++)
		if (strcmp(model->changes[i].path + 1, path) == 0)
			return false;
	return true;
}

static void grow_tree(struct model *model)
{
	static const enum entry_type types[] = {ENTRY_FILE, ENTRY_FILE,	     ENTRY_DIRECTORY,
						ENTRY_LINK, ENTRY_DIRECTORY, ENTRY_FIFO};
	size_t wanted = 1 + draw(model, NODES_MAX - 1);

	while (model->n_nodes < wanted) {
		struct node *node = &model->nodes[model->n_nodes];
		char path[160] = "first";

		if (model->n_nodes > 0 && !draw_path(model, path))
			continue;
		memcpy(node->path, path, sizeof(path));
		node->type = types[draw(model, ELEMENTS(types))];
		if (node->type == ENTRY_FILE)
			tree_bytes(model->root, node->path, "0123456789", draw(model, 10));
		else if (node->type == ENTRY_DIRECTORY)
			tree_directory(model->root, node->path);
		else if (node->type == ENTRY_LINK)
			tree_link(model->root, node->path, "target");
		else
			assert_true(tree_node(model->root, node->path, S_IFIFO | 0644, 0));
		model->n_nodes++;
	}
}

static void note_change(struct model *model, const char *path, enum difference_kind kind,
			unsigned attributes)
{
	struct change *change = &model->changes[model->n_changes++];
	size_t length = strlen(path);

	assert_true(length + 2 <= sizeof(change->path));
	change->path[0] = '/';
	memmove(change->path + 1, path, length + 1);
	change->kind = kind;
	change->attributes = attributes;
}

static void change_file(struct model *model, const char *path)
{
	switch (draw(model, 4)) {
	case 0:
		tree_append(model->root, path, "x");
		note_change(model, path, DIFFERENCE_CHANGED, ATTRIBUTE_SIZE | ATTRIBUTE_DIGEST);
		return;
	case 1:
		tree_remove(model->root, path);
		note_change(model, path, DIFFERENCE_MISSING, 0);
		return;
	case 2:
		tree_remove(model->root, path);
		tree_link(model->root, path, "/etc/passwd");
		note_change(model, path, DIFFERENCE_CHANGED, ATTRIBUTE_TYPE);
		return;
	default:
		if (model->has_capabilities &&
		    tree_capability(model->root, path, 1U << draw(model, 30)))
			note_change(model, path, DIFFERENCE_CHANGED, ATTRIBUTE_CAPABILITY);
	}
}

static void change_link(struct model *model, const char *path)
{
	tree_remove(model->root, path);
	tree_link(model->root, path, "targeT");
	note_change(model, path, DIFFERENCE_CHANGED, ATTRIBUTE_LINK);
}

/* One attribute that all but links have. */
static void change_owner(struct model *model, const char *path)
{
	switch (draw(model, 3)) {
	case 0:
		tree_mode(model->root, path, 0700 | draw(model, 044));
		note_change(model, path, DIFFERENCE_CHANGED, ATTRIBUTE_MODE);
		return;
	case 1:
		tree_owner(model->root, path, 1 + draw(model, 1000), 0);
		note_change(model, path, DIFFERENCE_CHANGED, ATTRIBUTE_UID);
		return;
	default:
		tree_owner(model->root, path, 0, 1 + draw(model, 1000));
		note_change(model, path, DIFFERENCE_CHANGED, ATTRIBUTE_GID);
	}
}

static void add_entry(struct model *model)
{
	char path[160];

	if (!draw_path(model, path))
		return;
	tree_file(model->root, path, "new");
	note_change(model, path, DIFFERENCE_UNEXPECTED, 0);
}

static void change_tree(struct model *model)
{
	size_t wanted = draw(model, CHANGES_MAX);

	for (size_t i = 0; i < wanted; i++) {
		struct node *node = &model->nodes[draw(model, (unsigned)model->n_nodes)];

		if (draw(model, 4) == 0) {
			add_entry(model);
			continue;
		}
		if (node->touched)
			continue;
		node->touched = true;
		if (node->type == ENTRY_LINK)
			change_link(model, node->path);
		else if (node->type == ENTRY_FILE && draw(model, 2))
			change_file(model, node->path);
		else
			change_owner(model, node->path);
	}
}

static void check_changes(const struct model *model, const struct comparison *comparison,
			  const struct manifest *manifest)
{
	for (size_t i = 0; i < model->n_changes; i++) {
		const struct change *change = &model->changes[i];
		const struct difference *difference = trial_find(comparison, change->path);

		if (!difference)
			fail_msg("the change of %s was not found", change->path);
		assert_int_equal(difference->kind, change->kind);
		if (change->kind == DIFFERENCE_CHANGED &&
		    difference->attributes != change->attributes)
			fail_msg("%s: attributes %#x, expected %#x", change->path,
				 difference->attributes, change->attributes);
	}
	assert_int_equal(comparison->count, model->n_changes);
	assert_int_equal(digest_is_equal(&comparison->fixed_digest, &manifest->fixed_digest),
			 model->n_changes == 0);
}

/* Of a random tree with random changes exactly these are found; without any the digests agree. */
static void test_random(void **state)
{
	struct trial *trial = *state;
	_cleanup_free_ char *base = strdup(trial->root);
	size_t total = 0, unchanged = 0;

	for (unsigned seed = 1; seed <= 300; seed++) {
		_cleanup_comparison_ struct comparison comparison = {};
		struct model model = {.seed = seed};
		char name[16];

		(void)snprintf(name, sizeof(name), "%u", seed);
		tree_directory(base, name);
		free(trial->root);
		trial->root = tree_path(base, name);
		model.root = trial->root;
		tree_file(trial->directory, "probe", "");
		model.has_capabilities = tree_capability(trial->directory, "probe", 1);
		grow_tree(&model);
		trial_seal(trial, "");
		change_tree(&model);
		trial_compare(trial, PHASE_IMAGE, &comparison);
		check_changes(&model, &comparison, trial->manifest);
		total += model.n_changes;
		unchanged += model.n_changes == 0;
	}
	assert_true(total > 300);
	assert_true(unchanged > 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, trial_setup, trial_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_body),      TEST(test_fixed_digest),	TEST(test_deterministic),
		TEST(test_leftovers), TEST(test_problem),	TEST(test_not_a_file),
		TEST(test_no_root),   TEST(test_write_nowhere), TEST(test_inside),
		TEST(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
