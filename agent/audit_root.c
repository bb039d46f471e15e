/* SPDX-License-Identifier: Apache-2.0 */
#include "audit_root.h"

#include "check/rights.h"
#include "clock.h"
#include "measure/root.h"
#include "measure/unseen.h"

#include <fcntl.h>
#include <string.h>

/* Of missing paths: so many are looked for behind links, and so much is read of each. */
#define BEHIND_LINKS_MAX 4096
#define BEHIND_LINK_MAX	 (16 * 1024 * 1024)

/* Images of others hold many files that no package owns; each is kept for the content checks. */
#define AUDIT_DIFFERENCES_MAX 60000
#define AUDIT_MINOR_MAX	      50000

struct audit {
	const struct audit_options *options;
	struct comparison *result;
	struct packages_cursor cursor;
	struct expectation expectation;
	struct measure *measure;
	struct unseen unseen;  /* directories that could not be looked into */
	struct unseen ignored; /* directories that the policy leaves out */
	struct measured actual;
	int root_fd;
	size_t n_behind; /* missing paths that were looked for behind links */
};

static int take(struct audit *audit, struct difference *difference)
{
	return comparison_take(audit->result, difference, audit->options->is_minor);
}

static int report_problem(struct audit *audit)
{
	const struct measured *actual = &audit->actual;
	struct difference difference = {
		.kind = DIFFERENCE_PROBLEM,
		.path = strdup(actual->absolute),
		.class = actual->class,
		.problem = actual->problem,
		.error = actual->error,
		.mode = actual->mode,
	};
	int r = 0;

	if (!difference.path)
		return -ENOMEM;
	audit->result->coverage.unreadable++;
	if (actual->problem == PROBLEM_MOUNT)
		r = coverage_add_mount(&audit->result->coverage, difference.path);
	return r < 0 ? r : take(audit, &difference);
}

/* Notes what could not be looked at, and what the policy leaves out with all below it. */
static int note_problem(struct audit *audit)
{
	const struct measured *actual = &audit->actual;
	struct comparison *comparison = audit->result;
	int r = 0;

	if (actual->class == PATH_IGNORED && actual->entry.type == ENTRY_DIRECTORY)
		r = unseen_add(&audit->ignored, actual->entry.path);
	if (r < 0 || actual->problem == PROBLEM_NONE)
		return r;
	if (actual->entry.type == ENTRY_DIRECTORY || actual->repeated)
		r = unseen_add(&audit->unseen, actual->entry.path);
	if (r < 0 || (actual->problem == PROBLEM_MOUNT && actual->class == PATH_IGNORED))
		return r;
	if (actual->problem != PROBLEM_TIME)
		return report_problem(audit);
	/* Counted, and reported as one. */
	if (!comparison->late_path)
		comparison->late_path = strdup(actual->absolute);
	return comparison->late_path ? 0 : -ENOMEM;
}

/* Whether the file behind a link is the package's. */
static int is_package_content(struct audit *audit, const char *path, const struct digest *expected)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	_cleanup_free_ char *data = NULL;
	struct digest digest;
	size_t size;
	int r = root_read(audit->root_fd, path, BEHIND_LINK_MAX, &data, &size);

	if (r != 0)
		return r == -ENOMEM ? r : 0;
	r = hasher_new_of(DIGEST_MD5, &hasher);
	if (r == 0)
		r = hasher_begin(hasher);
	if (r == 0)
		r = hasher_update(hasher, data, size);
	if (r == 0)
		r = hasher_finish(hasher, &digest);
	return r < 0 ? r : digest_is_equal(&digest, expected);
}

/* A directory on the way may be a link that an administrator made, which dpkg follows: whether the
 * path is there all the same, as its package has it. */
static int is_behind_link(struct audit *audit, const char *path, const struct entry *expected)
{
	int fd;

	if (audit->n_behind++ >= BEHIND_LINKS_MAX)
		return 0;
	if (expected->has & ENTRY_HAS_DIGEST)
		return is_package_content(audit, path, &expected->digest);
	fd = root_open_stepwise(audit->root_fd, path, O_PATH | O_CLOEXEC);
	close_p(&fd);
	return fd >= 0;
}

static bool may_be_missing(const struct audit *audit, const char *path)
{
	const struct policy_rule *rule = policy_match(audit->options->policy, path);
	struct package_file file;

	if (rule &&
	    (rule->optional || rule->class == PATH_IGNORED || rule->class == PATH_GENERATED))
		return true;
	/* What a package no longer has was removed, or should have been. */
	if (packages_find(audit->options->packages, path, &file) && file.obsolete)
		return true;
	return packages_is_excluded(audit->options->packages, path);
}

static int report_missing(struct audit *audit)
{
	struct entry *expected = &audit->actual.expected;
	struct difference difference = {.kind = DIFFERENCE_MISSING, .class = PATH_FIXED};
	int r;

	if (unseen_has(&audit->ignored, expected->path))
		return 0;
	if (unseen_has(&audit->unseen, expected->path)) {
		audit->result->coverage.unexamined++;
		return 0;
	}
	r = entry_path_to_absolute(expected->path, &difference.path);
	if (r == 0 && !may_be_missing(audit, difference.path))
		r = is_behind_link(audit, difference.path, expected);
	else if (r == 0)
		r = 1;
	if (r != 0) {
		free(difference.path);
		return r < 0 ? r : 0;
	}
	difference.expected = *expected;
	*expected = (struct entry){};
	return take(audit, &difference);
}

/* A directory that no package owns says nothing by itself, unless its place or its name does. */
static bool is_plain_directory(const struct audit *audit, const struct difference *difference)
{
	return difference->actual.type == ENTRY_DIRECTORY && audit->options->is_minor &&
	       audit->options->is_minor(difference) && strrchr(difference->path, '/')[1] != '.' &&
	       !strchr(difference->path, ' ');
}

static int report_unexpected(struct audit *audit)
{
	struct measured *actual = &audit->actual;
	struct difference difference = {
		.kind = DIFFERENCE_UNEXPECTED,
		.class = actual->class,
		.mode = actual->mode,
		.path = actual->absolute,
		.actual = actual->entry,
	};

	if (actual->class == PATH_IGNORED || is_plain_directory(audit, &difference))
		return 0;
	actual->absolute = NULL;
	actual->entry = (struct entry){};
	return take(audit, &difference);
}

/* A package has checksums of all its files or of none: a path without one was no file in it. */
static bool is_new_file(const struct audit *audit)
{
	const struct measured *actual = &audit->actual;
	struct package_file file;

	if (actual->entry.type != ENTRY_FILE || actual->expected.type == ENTRY_FILE)
		return false;
	return packages_find(audit->options->packages, actual->absolute, &file) && file.complete &&
	       !file.conffile;
}

static unsigned compare_owned(const struct audit *audit, struct entry *expected)
{
	const struct measured *actual = &audit->actual;
	unsigned differ = 0;

	if (expected->type == ENTRY_FILE && actual->entry.type != ENTRY_FILE)
		return ATTRIBUTE_TYPE;
	if (is_new_file(audit))
		return ATTRIBUTE_TYPE;
	if (expected->has & actual->entry.has & ENTRY_HAS_DIGEST &&
	    !digest_is_equal(&expected->digest, &actual->entry.digest))
		differ |= ATTRIBUTE_DIGEST;
	return differ |
	       rights_compare(audit->options->packages, actual->absolute, &actual->entry, expected);
}

static int report_changed(struct audit *audit)
{
	struct measured *actual = &audit->actual;
	struct difference difference = {
		.kind = DIFFERENCE_CHANGED, .class = actual->class, .mode = actual->mode};

	difference.attributes = compare_owned(audit, &actual->expected);
	if (!difference.attributes)
		return 0;
	difference.path = TAKE_PTR(actual->absolute);
	difference.expected = actual->expected;
	difference.actual = actual->entry;
	actual->expected = (struct entry){};
	actual->entry = (struct entry){};
	return take(audit, &difference);
}

static int step(struct audit *audit)
{
	const struct measured *actual = &audit->actual;
	int r;

	if (actual->missing)
		return report_missing(audit);
	r = note_problem(audit);
	if (r < 0 || actual->repeated)
		return r;
	audit->result->coverage.entries++;
	/* Without a type it was gone before it could be looked at: reported as that. */
	if (!actual->entry.type)
		return 0;
	return actual->has_expected ? report_changed(audit) : report_unexpected(audit);
}

static int run(struct audit *audit, struct error *error)
{
	int r;

	while ((r = measure_next(audit->measure, &audit->actual, error)) > 0) {
		r = step(audit);
		measured_done(&audit->actual);
		if (r < 0)
			return r;
	}
	return r;
}

static int start(struct audit *audit, struct error *error)
{
	const struct audit_options *options = audit->options;
	struct measure_options measure = {
		.root = options->root,
		.policy = options->policy,
		.workers = options->workers,
		.progress = options->progress,
		.deadline_ms = options->deadline_ms,
		.algorithm = DIGEST_MD5,
		.expected_only = true,
	};
	int r = coverage_init(&audit->result->coverage);

	audit->cursor.packages = options->packages;
	audit->expectation = (struct expectation){packages_next, &audit->cursor};
	measure.expectation = options->packages ? &audit->expectation : NULL;
	audit->result->limit = AUDIT_DIFFERENCES_MAX;
	audit->result->minor_limit = AUDIT_MINOR_MAX;
	if (r == 0)
		r = measure_name_ignored(options->policy, &audit->result->coverage);
	audit->root_fd = root_open(options->root);
	if (r == 0 && audit->root_fd < 0)
		return error_set(error, audit->root_fd, "%s: %s", options->root,
				 strerror(-audit->root_fd));
	return r < 0 ? r : measure_new(&measure, &audit->measure, error);
}

static void note_coverage(const struct audit *audit)
{
	struct coverage *coverage = &audit->result->coverage;
	struct measure_counts counts;

	measure_count(audit->measure, &counts);
	coverage->tier = COVERAGE_ALL;
	coverage->mode = COVERAGE_FULL;
	coverage->bytes = counts.bytes;
	coverage->hashed = counts.hashed;
	coverage->linked = counts.linked;
	coverage->unexamined += counts.unexamined;
	audit->result->late = measure_is_late(audit->measure);
}

int audit_root(const struct audit_options *options, struct comparison *ret, struct error *error)
{
	struct audit audit = {.options = options, .result = ret, .root_fd = -EBADF};
	uint64_t start_ms = clock_monotonic_ms();
	int r;

	*ret = (struct comparison){};
	r = start(&audit, error);
	if (r == 0)
		r = run(&audit, error);
	if (r == 0)
		note_coverage(&audit);
	ret->timing.walk_ms = clock_monotonic_ms() - start_ms;
	measured_done(&audit.actual);
	measure_free(audit.measure);
	unseen_done(&audit.unseen);
	unseen_done(&audit.ignored);
	close_p(&audit.root_fd);
	return r;
}
