/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One check, run on a tree of which nothing vouches for what was written after judged_seal(). For
 * tests of checks of content.
 */
#pragma once

#include "trial.h"

/* Makes the directories above the file too. */
static _unused_ void judged_file(struct trial *trial, const char *path, const char *text)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *directory = strndup(path, (size_t)(slash - path));
		_cleanup_free_ char *full = tree_path(trial->root, directory);

		if (access(full, F_OK) != 0)
			tree_directory(trial->root, directory);
	}
	tree_file(trial->root, path, text);
}

/* What is there now is vouched for. */
static _unused_ void judged_seal(struct trial *trial)
{
	trial_seal(trial, "");
}

static _unused_ void judge_in(struct trial *trial, enum situation situation,
			      int (*check)(const struct check_context *, struct findings *,
					   struct error *),
			      struct findings *ret)
{
	_cleanup_comparison_ struct comparison comparison = {};
	_cleanup_close_ int root_fd = root_open(trial->root);
	_cleanup_error_ struct error error = {};
	struct check_context context = {
		.situation = situation,
		.root_fd = root_fd,
		.comparison = &comparison,
	};
	int r;

	findings_done(ret);
	if (!trial->manifest) {
		_cleanup_free_ char *root = trial->root;
		_cleanup_free_ char *empty = tree_path(trial->directory, "empty");

		tree_directory(trial->directory, "empty");
		trial->root = empty;
		judged_seal(trial);
		trial->root = TAKE_PTR(root);
	}
	trial_compare(trial, PHASE_IMAGE, &comparison);
	assert_int_equal(suspects_init(&comparison, &context.suspects), 0);
	r = check(&context, ret, &error);
	suspects_done(&context.suspects);
	if (r < 0)
		fail_msg("the check failed: %s", error_text(&error, r));
	findings_sort(ret);
}

static _unused_ void judge(struct trial *trial,
			   int (*check)(const struct check_context *, struct findings *,
					struct error *),
			   struct findings *ret)
{
	judge_in(trial, SITUATION_IMAGE, check, ret);
}

/* The finding with that code at that path; its title or `actual` has the words. */
static _unused_ const struct finding *judged_find(const struct findings *findings, const char *code,
						  const char *path, const char *words)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		if (strcmp(finding->code, code) != 0 || strcmp(finding->path, path) != 0)
			continue;
		if (strstr(finding->title, words) ||
		    (finding->actual && strstr(finding->actual, words)))
			return finding;
	}
	for (size_t i = 0; i < findings->count; i++)
		print_message("there is %s %s: %s (%s)\n", findings->items[i].code,
			      findings->items[i].path, findings->items[i].title,
			      findings->items[i].actual);
	fail_msg("no finding %s at %s says \"%s\"", code, path, words);
	return NULL;
}

static _unused_ bool judged_is_related(const struct finding *finding, const char *path)
{
	for (size_t i = 0; i < finding->n_related; i++)
		if (strcmp(finding->related[i], path) == 0)
			return true;
	return false;
}

static _unused_ void judged_expect_none(const struct findings *findings)
{
	if (findings->count > 0)
		fail_msg("%zu findings, one is %s at %s: %s", findings->count,
			 findings->items[0].code, findings->items[0].path,
			 findings->items[0].title);
}

#define JUDGED_TEST(f) cmocka_unit_test_setup_teardown(f, trial_setup, trial_teardown)
