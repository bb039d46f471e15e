/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree that is sealed with a key of the moment and compared with its manifest. For tests of the
 * agent alone, hence all in the header.
 */
#pragma once

#include "check/check.h"
#include "measure/compare.h"
#include "measure/root.h"
#include "scratch.h"
#include "seal.h"
#include "tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct trial {
	char *directory; /* the scratch directory */
	char *root, *out;
	struct key *key;
	struct trust *trust;
	struct manifest *manifest; /* as loaded after trial_seal() */
	struct sealed sealed;
};

static _unused_ int trial_setup(void **state)
{
	_cleanup_free_ char *pem = NULL;
	struct trial *trial = calloc(1, sizeof(*trial));
	struct key *public;
	void *scratch;

	if (!trial || scratch_setup(&scratch) != 0)
		return -1;
	trial->directory = scratch;
	trial->root = tree_path(trial->directory, "root");
	trial->out = tree_path(trial->directory, "out");
	tree_directory(trial->directory, "root");
	tree_directory(trial->directory, "out");
	if (key_generate(KEY_ED25519, &trial->key, NULL) < 0 ||
	    key_public_pem(trial->key, &pem, NULL) < 0 ||
	    key_parse_public(pem, strlen(pem), "test", &public, NULL) < 0)
		return -1;
	if (trust_new(&trial->trust) < 0 || trust_add(trial->trust, public) < 0)
		return -1;
	*state = trial;
	return 0;
}

static _unused_ void trial_forget(struct trial *trial)
{
	manifest_free(trial->manifest);
	trial->manifest = NULL;
	sealed_done(&trial->sealed);
}

static _unused_ int trial_teardown(void **state)
{
	struct trial *trial = *state;
	void *scratch = trial->directory;

	trial_forget(trial);
	key_free(trial->key);
	trust_free(trial->trust);
	free(trial->root);
	free(trial->out);
	free(trial);
	*state = NULL;
	return scratch_teardown(&scratch);
}

/* Measures into a manifest that is not signed yet. */
static _unused_ int trial_measure(struct trial *trial, const struct policy *policy,
				  struct manifest *manifest, struct error *error)
{
	const struct seal_options options = {
		.root = trial->root, .out = trial->out, .policy = policy, .workers = 2};

	sealed_done(&trial->sealed);
	return seal_root(&options, manifest, &trial->sealed, error);
}

static _unused_ void trial_sign(struct trial *trial, struct manifest *manifest)
{
	_cleanup_free_ char *json = NULL;
	_cleanup_error_ struct error error = {};
	size_t size;
	int r;

	manifest->image_name = strdup("test");
	manifest->image_version = strdup("1");
	manifest->image_serial = strdup("serial");
	manifest->tool_version = strdup("0");
	r = manifest_sign(manifest, trial->key, &json, &size, &error);
	if (r == 0)
		r = seal_write(&trial->sealed, trial->out, json, size, &error);
	if (r == 0)
		r = manifest_load(trial->out, trial->trust, &trial->manifest, &error);
	if (r < 0)
		fail_msg("sealing: %s", error_text(&error, r));
}

/* Seals the root with a policy, and loads the manifest again. */
static _unused_ void trial_seal(struct trial *trial, const char *policy)
{
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));
	_cleanup_error_ struct error error = {};
	int r;

	assert_non_null(manifest);
	trial_forget(trial);
	r = policy_parse(policy, strlen(policy), "policy", &manifest->policy, &error);
	if (r == 0)
		r = trial_measure(trial, manifest->policy, manifest, &error);
	if (r < 0)
		fail_msg("sealing: %s", error_text(&error, r));
	trial_sign(trial, manifest);
}

/* With further options; those that the trial knows itself are filled in. */
static _unused_ void trial_compare_with(struct trial *trial, struct compare_options *options,
					struct comparison *ret)
{
	_cleanup_error_ struct error error = {};
	int r;

	options->root = trial->root;
	options->manifest = trial->manifest;
	options->manifest_directory = trial->out;
	options->workers = 2;
	comparison_done(ret);
	r = compare_root(options, ret, &error);
	if (r < 0)
		fail_msg("comparing: %s", error_text(&error, r));
}

static _unused_ void trial_compare(struct trial *trial, enum phase phase, struct comparison *ret)
{
	struct compare_options options = {.phase = phase};

	trial_compare_with(trial, &options, ret);
}

/* Runs all checks on what the comparison found. */
static _unused_ void trial_check(struct trial *trial, struct comparison *comparison, int64_t now,
				 struct findings *ret)
{
	_cleanup_close_ int root_fd = root_open(trial->root);
	struct check_context context = {
		.situation = SITUATION_IMAGE,
		.root_fd = root_fd,
		.policy = trial->manifest->policy,
		.comparison = comparison,
		.now = now,
	};

	assert_true(root_fd >= 0);
	assert_int_equal(checks_run(&context, &comparison->coverage, ret), 0);
}

static _unused_ const struct difference *trial_find(const struct comparison *comparison,
						    const char *path)
{
	for (size_t i = 0; i < comparison->count; i++)
		if (strcmp(comparison->differences[i].path, path) == 0)
			return &comparison->differences[i];
	return NULL;
}

/* Compares and requires that nothing differs, the fixed digest included. */
static _unused_ void trial_expect_none(struct trial *trial, enum phase phase)
{
	_cleanup_comparison_ struct comparison comparison = {};

	trial_compare(trial, phase, &comparison);
	if (comparison.count > 0)
		fail_msg("%s differs (kind %d, attributes %#x, problem %d)",
			 comparison.differences[0].path, comparison.differences[0].kind,
			 comparison.differences[0].attributes, comparison.differences[0].problem);
}

/* Compares and requires exactly one difference. */
static _unused_ void trial_expect(struct trial *trial, enum phase phase, const char *path,
				  enum difference_kind kind, unsigned attributes)
{
	_cleanup_comparison_ struct comparison comparison = {};
	const struct difference *difference;

	trial_compare(trial, phase, &comparison);
	difference = trial_find(&comparison, path);
	if (!difference)
		fail_msg("%s does not differ", path);
	if (comparison.count != 1)
		fail_msg("%zu differences, one is %s", comparison.count,
			 comparison.differences[difference == comparison.differences].path);
	assert_int_equal(difference->kind, kind);
	if (kind == DIFFERENCE_CHANGED && difference->attributes != attributes)
		fail_msg("%s: attributes %#x, expected %#x", path, difference->attributes,
			 attributes);
}
