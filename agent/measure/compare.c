/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/compare.h"

#include "clock.h"
#include "measure/fixed.h"
#include "measure/unseen.h"
#include "mtree.h"

#include <string.h>

/* The stream of pairs and what came of it so far. */
struct merge {
	const struct compare_options *options;
	struct comparison *result;
	struct mtree_reader *body;
	struct measure *measure;
	struct fixed fixed;
	struct unseen unseen;
	struct measured actual; /* with what is expected of it */
};

static void difference_done(struct difference *difference)
{
	free(difference->path);
	entry_done(&difference->expected);
	entry_done(&difference->actual);
}

void comparison_done(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->count; i++)
		difference_done(&comparison->differences[i]);
	free(comparison->differences);
	free(comparison->late_path);
	coverage_done(&comparison->coverage);
	*comparison = (struct comparison){};
}

/*
 * Whether the list is full for this difference. Minor ones have half of it at most, so that a flood
 * of harmless files cannot hide a grave one.
 */
static bool is_full(struct comparison *comparison, const struct difference *difference,
		    bool (*is_minor)(const struct difference *difference))
{
	size_t limit = comparison->limit ? comparison->limit : DIFFERENCES_MAX;
	size_t minor_limit =
		comparison->minor_limit ? comparison->minor_limit : DIFFERENCES_MINOR_MAX;

	if (comparison->count == limit)
		return true;
	if (!is_minor || !is_minor(difference))
		return false;
	return comparison->minor++ >= minor_limit;
}

int comparison_take(struct comparison *comparison, struct difference *difference,
		    bool (*is_minor)(const struct difference *difference))
{
	if (is_full(comparison, difference, is_minor)) {
		comparison->dropped++;
		difference_done(difference);
		return 0;
	}
	if (comparison->count == comparison->space) {
		size_t space = comparison->space ? comparison->space * 2 : 64;
		struct difference *more =
			reallocarray(comparison->differences, space, sizeof(*more));

		if (!more)
			return -ENOMEM;
		comparison->differences = more;
		comparison->space = space;
	}
	comparison->differences[comparison->count++] = *difference;
	*difference = (struct difference){};
	return 0;
}

static int merge_take(struct merge *merge, struct difference *difference)
{
	return comparison_take(merge->result, difference, merge->options->is_minor);
}

static bool xattr_is_equal(const struct entry_xattr_value *a, const struct entry_xattr_value *b)
{
	if (!a->data || !b->data)
		return !a->data && !b->data;
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

static unsigned compare_xattrs(const struct entry *expected, const struct entry *actual)
{
	unsigned attributes = 0;

	for (int i = 0; i < _XATTR_MAX; i++)
		if (!xattr_is_equal(&expected->xattrs[i], &actual->xattrs[i]))
			attributes |= i == XATTR_CAPABILITY ? ATTRIBUTE_CAPABILITY : ATTRIBUTE_ACL;
	return attributes;
}

unsigned entry_compare(const struct entry *expected, const struct entry *actual)
{
	const unsigned has = expected->has;
	unsigned differ = 0;

	if (expected->type != actual->type)
		return ATTRIBUTE_TYPE;
	/* The manifest's own files state nothing but their type. */
	if (!(has & (ENTRY_HAS_UID | ENTRY_HAS_MODE)))
		return 0;
	if (has & ENTRY_HAS_MODE && expected->mode != actual->mode)
		differ |= ATTRIBUTE_MODE;
	if (has & ENTRY_HAS_UID && expected->uid != actual->uid)
		differ |= ATTRIBUTE_UID;
	if (has & ENTRY_HAS_GID && expected->gid != actual->gid)
		differ |= ATTRIBUTE_GID;
	if (has & ENTRY_HAS_SIZE && expected->size != actual->size)
		differ |= ATTRIBUTE_SIZE;
	if (has & ENTRY_HAS_DEVICE && expected->device != actual->device)
		differ |= ATTRIBUTE_DEVICE;
	if (has & ENTRY_HAS_LINK && (!actual->link || strcmp(expected->link, actual->link) != 0))
		differ |= ATTRIBUTE_LINK;
	if (has & ENTRY_HAS_DIGEST && (!(actual->has & ENTRY_HAS_DIGEST) ||
				       !digest_is_equal(&expected->digest, &actual->digest)))
		differ |= ATTRIBUTE_DIGEST;
	return differ | compare_xattrs(expected, actual);
}

static int report_problem(struct merge *merge)
{
	struct measured *actual = &merge->actual;
	struct difference difference = {
		.kind = DIFFERENCE_PROBLEM,
		.path = strdup(actual->absolute),
		.class = actual->class,
		.problem = actual->problem,
		.error = actual->error,
		.mode = actual->mode,
	};

	if (!difference.path)
		return -ENOMEM;
	merge->result->coverage.unreadable++;
	if (actual->problem == PROBLEM_MOUNT &&
	    coverage_add_mount(&merge->result->coverage, difference.path) < 0) {
		difference_done(&difference);
		return -ENOMEM;
	}
	return merge_take(merge, &difference);
}

/* Remembers where the time ran out. */
static int note_time(struct merge *merge)
{
	struct comparison *comparison = merge->result;

	if (comparison->late_path)
		return 0;
	comparison->late_path = strdup(merge->actual.absolute);
	return comparison->late_path ? 0 : -ENOMEM;
}

/* Another filesystem: what is below was not looked at. Mounts at ignored paths are named with the
 * policy's ignored paths. */
static int note_problem(struct merge *merge)
{
	const struct measured *actual = &merge->actual;

	if (actual->problem == PROBLEM_NONE)
		return 0;
	if (actual->entry.type == ENTRY_DIRECTORY || actual->repeated) {
		int r = unseen_add(&merge->unseen, actual->entry.path);

		if (r < 0)
			return r;
	}
	if (merge->actual.problem == PROBLEM_MOUNT && merge->actual.class == PATH_IGNORED)
		return 0;
	/* Counted, and reported as one. */
	if (merge->actual.problem == PROBLEM_TIME)
		return note_time(merge);
	/* Its content is not compared then, so it may be written all the time. */
	if (merge->actual.problem == PROBLEM_CHANGED && merge->actual.entry.type == ENTRY_FILE &&
	    merge->actual.class == PATH_GENERATED && merge->options->phase == PHASE_BOOT)
		return 0;
	return report_problem(merge);
}

static int report_missing(struct merge *merge)
{
	struct entry *expected = &merge->actual.expected;
	struct difference difference = {.kind = DIFFERENCE_MISSING};
	const struct policy_rule *rule;
	int r;

	if (expected->has & ENTRY_OPTIONAL)
		return 0;
	if (unseen_has(&merge->unseen, expected->path)) {
		merge->result->coverage.unexamined++;
		return 0;
	}
	r = entry_path_to_absolute(expected->path, &difference.path);
	if (r < 0)
		return r;
	rule = policy_match(merge->options->manifest->policy, difference.path);
	difference.class = rule ? rule->class : PATH_FIXED;
	difference.expected = *expected;
	*expected = (struct entry){};
	return merge_take(merge, &difference);
}

/* Whether a new entry is one that the policy lets come into being, with the attributes that it
 * states. */
static bool is_allowed(const struct measured *actual)
{
	const struct policy_rule *rule = actual->rule;

	/* Of fixed entries the content counts, and the manifest has none to compare with. */
	if (!rule || rule->class == PATH_FIXED ||
	    (rule->class != PATH_GENERATED && !rule->optional))
		return false;
	if (actual->entry.type != ENTRY_FILE && actual->entry.type != ENTRY_DIRECTORY)
		return false;
	/* A place for data must not become one for programs. */
	if (actual->entry.type == ENTRY_FILE && (actual->entry.mode & 06111))
		return false;
	return (!rule->has_mode || rule->mode == actual->entry.mode) &&
	       (!rule->has_uid || rule->uid == actual->entry.uid) &&
	       (!rule->has_gid || rule->gid == actual->entry.gid);
}

static int report_unexpected(struct merge *merge)
{
	struct measured *actual = &merge->actual;
	struct difference difference = {
		.kind = DIFFERENCE_UNEXPECTED,
		.class = actual->class,
		.mode = actual->mode,
	};

	if (actual->class == PATH_IGNORED || is_allowed(actual))
		return 0;
	difference.path = TAKE_PTR(actual->absolute);
	difference.actual = actual->entry;
	actual->entry = (struct entry){};
	return merge_take(merge, &difference);
}

static bool beginning_is_sealed(const struct merge *merge)
{
	const json_t *sealed =
		json_object_get(merge->options->manifest->appends, merge->actual.expected.path);
	const struct measured *actual = &merge->actual;
	struct digest digest;
	const char *hex;

	if (!sealed)
		return true;
	hex = json_string_value(json_object_get(sealed, "sha256"));
	if (!hex || digest_from_hex(hex, strlen(hex), &digest) < 0)
		return false;
	return actual->size >= (uint64_t)json_integer_value(json_object_get(sealed, "size")) &&
	       actual->has_prefix && digest_is_equal(&digest, &actual->prefix);
}

static bool is_own_file(const struct entry *expected)
{
	return expected->type == ENTRY_FILE && !(expected->has & (ENTRY_HAS_UID | ENTRY_HAS_MODE));
}

static unsigned compare_pair(const struct merge *merge)
{
	const struct measured *actual = &merge->actual;
	unsigned differ = entry_compare(&merge->actual.expected, &actual->entry);

	if (actual->class == PATH_APPEND && actual->entry.type == ENTRY_FILE &&
	    !beginning_is_sealed(merge))
		differ |= ATTRIBUTE_BEGINNING;
	/* First boot makes generated files anew; before it, what the seal saw must still be there.
	 */
	if (actual->class == PATH_GENERATED && merge->options->phase == PHASE_BOOT)
		differ &= ~(unsigned)(ATTRIBUTE_SIZE | ATTRIBUTE_DIGEST | ATTRIBUTE_LINK);
	/* The manifest's own files are data, also where no manifest is read from. */
	if (is_own_file(&merge->actual.expected) && actual->class != PATH_IGNORED &&
	    (actual->entry.mode & 07111))
		differ |= ATTRIBUTE_MODE;
	/* What is mounted there hides the directory's own attributes. */
	if (actual->problem == PROBLEM_MOUNT)
		differ &= ATTRIBUTE_TYPE;
	/* Content that could not be read is a problem of its own, not a change. */
	else if (actual->problem != PROBLEM_NONE)
		differ &= ~(unsigned)(ATTRIBUTE_DIGEST | ATTRIBUTE_BEGINNING | ATTRIBUTE_LINK |
				      ATTRIBUTE_CAPABILITY | ATTRIBUTE_ACL);
	return differ;
}

static int report_changed(struct merge *merge)
{
	struct measured *actual = &merge->actual;
	struct difference difference = {.kind = DIFFERENCE_CHANGED, .class = actual->class};

	difference.attributes = compare_pair(merge);
	if (!difference.attributes)
		return 0;
	difference.path = TAKE_PTR(actual->absolute);
	difference.mode = actual->mode;
	if (is_own_file(&merge->actual.expected))
		merge->actual.expected.mode = 0644; /* as the seal writes them */
	difference.expected = merge->actual.expected;
	difference.actual = actual->entry;
	merge->actual.expected = (struct entry){};
	actual->entry = (struct entry){};
	return merge_take(merge, &difference);
}

/* Entries that count for the fixed digest; the manifest's own files do not. */
static int note_fixed(struct merge *merge)
{
	const struct measured *actual = &merge->actual;

	merge->result->coverage.entries++;
	if (actual->class != PATH_FIXED || !actual->entry.type)
		return 0;
	if (actual->has_expected && !(actual->expected.has & (ENTRY_HAS_UID | ENTRY_HAS_MODE)))
		return 0;
	return fixed_add(&merge->fixed, &actual->entry);
}

/* One path, of the root or of the manifest or of both. */
static int merge_step(struct merge *merge)
{
	const struct measured *actual = &merge->actual;
	int r;

	if (actual->missing)
		return report_missing(merge);
	r = note_problem(merge);
	if (r < 0 || actual->repeated)
		return r;
	r = note_fixed(merge);
	/* Without a type it was gone before it could be looked at: reported as that. */
	if (r < 0 || !actual->entry.type)
		return r;
	return actual->has_expected ? report_changed(merge) : report_unexpected(merge);
}

/* The bytes that were compared must be the signed ones, also if the file changed after it was
 * opened. */
static int check_body(struct merge *merge, struct error *error)
{
	const struct manifest *manifest = merge->options->manifest;
	struct digest digest;
	uint64_t size;
	int r = mtree_reader_finish(merge->body, &digest, &size);

	if (r < 0)
		return r;
	if (!digest_is_equal(&digest, &manifest->body_digest))
		return error_set(error, -EBADMSG, "%s changed while it was read",
				 MANIFEST_BODY_NAME);
	return 0;
}

static int merge_run(struct merge *merge, struct error *error)
{
	int r;

	while ((r = measure_next(merge->measure, &merge->actual, error)) > 0) {
		r = merge_step(merge);
		measured_done(&merge->actual);
		if (r < 0)
			return r;
	}
	if (r == 0)
		r = check_body(merge, error);
	if (r == 0)
		r = fixed_finish(&merge->fixed, &merge->result->fixed_digest);
	return r;
}

static int merge_open(struct merge *merge, struct error *error)
{
	const struct compare_options *options = merge->options;
	struct measure_options measure_options = {
		.root = options->root,
		.policy = options->manifest->policy,
		.workers = options->workers,
		.progress = options->progress,
		.manifest = options->manifest,
		.full = options->full,
		.critical = options->tier == COVERAGE_CRITICAL,
		.deadline_ms = options->deadline_ms,
		.known = options->known,
		.state = options->state,
		.record = options->record,
	};
	int r;

	r = coverage_init(&merge->result->coverage);
	if (r == 0)
		r = measure_name_ignored(options->manifest->policy, &merge->result->coverage);
	if (r == 0)
		r = fixed_init(&merge->fixed);
	if (r == 0)
		r = manifest_open_body(options->manifest, options->manifest_directory, &merge->body,
				       error);
	measure_options.body = merge->body;
	if (r == 0)
		r = measure_new(&measure_options, &merge->measure, error);
	return r;
}

static int note_coverage(const struct merge *merge)
{
	struct coverage *coverage = &merge->result->coverage;
	struct measure_counts counts;

	measure_count(merge->measure, &counts);
	coverage->tier = merge->options->tier ? merge->options->tier : COVERAGE_ALL;
	coverage->mode = merge->options->state ? COVERAGE_RECHECK : COVERAGE_FULL;
	coverage->bytes = counts.bytes;
	coverage->hashed = counts.hashed;
	coverage->linked = counts.linked;
	coverage->reused = counts.reused;
	coverage->unexamined += counts.unexamined;
	merge->result->late = measure_is_late(merge->measure);
	merge->result->fixed_entries = merge->fixed.entries;
	return counts.vouched ? coverage_set_vouched(coverage, "fs-verity",
						     json_integer((json_int_t)counts.vouched))
			      : 0;
}

int compare_root(const struct compare_options *options, struct comparison *ret, struct error *error)
{
	struct merge merge = {.options = options, .result = ret};
	uint64_t start = clock_monotonic_ms();
	int r;

	*ret = (struct comparison){};
	r = merge_open(&merge, error);
	if (r == 0)
		r = merge_run(&merge, error);
	if (r == 0)
		r = note_coverage(&merge);
	ret->timing.walk_ms = clock_monotonic_ms() - start;
	measured_done(&merge.actual);
	/* It reads from the body. */
	measure_free(merge.measure);
	mtree_reader_free(merge.body);
	fixed_done(&merge.fixed);
	unseen_done(&merge.unseen);
	return r;
}
