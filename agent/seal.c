/* SPDX-License-Identifier: Apache-2.0 */
#include "seal.h"

#include "catalog.h"
#include "check/describe.h"
#include "clock.h"
#include "file.h"
#include "measure/fixed.h"
#include "measure/measure.h"
#include "measure/reserved.h"
#include "measure/root.h"
#include "mtree.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define STATE_DIRECTORY	  "/var/lib/goldseal"
#define INSTANCE_KEY_NAME "instance.key"

struct sealing {
	const struct seal_options *options;
	struct manifest *manifest;
	struct sealed *result;
	struct reserved reserved;
	struct measure *measure;
	struct fixed fixed;
	struct hasher *hasher; /* of the body */
	struct buffer line;
};

void sealed_done(struct sealed *sealed)
{
	if (sealed->body)
		(void)fclose(sealed->body);
	findings_done(&sealed->findings);
	coverage_done(&sealed->coverage);
	*sealed = (struct sealed){};
}

static int write_text(struct sealing *sealing, const char *text, size_t size, struct error *error)
{
	if (fwrite(text, 1, size, sealing->result->body) != size)
		return file_error_set(error, -errno, P_tmpdir,
				      "write the manifest's temporary file in");
	return hasher_update(sealing->hasher, text, size);
}

static int write_entry(struct sealing *sealing, const struct entry *entry, struct error *error)
{
	int r;

	sealing->line.size = 0;
	r = mtree_format(entry, false, &sealing->line);
	if (r < 0)
		return r;
	sealing->manifest->entries++;
	return write_text(sealing, sealing->line.data, sealing->line.size, error);
}

static int note_xattrs(struct sealing *sealing, const struct entry *entry)
{
	_cleanup_json_ json_t *values = NULL;

	for (int i = 0; i < _XATTR_MAX; i++) {
		const struct entry_xattr_value *value = &entry->xattrs[i];
		_cleanup_free_ char *text = NULL;

		if (!value->data)
			continue;
		text = base64_encode(value->data, value->size);
		if (!values)
			values = json_object();
		if (!text || !values ||
		    json_object_set_new(values, entry_xattr_name((enum entry_xattr)i),
					json_string(text)) < 0)
			return -ENOMEM;
	}
	if (values && json_object_set(sealing->manifest->xattrs, entry->path, values) < 0)
		return -ENOMEM;
	return 0;
}

static int note_append(struct sealing *sealing, const struct measured *measured)
{
	char hex[DIGEST_HEX_SIZE];
	json_t *value;

	if (measured->class != PATH_APPEND || !measured->has_prefix)
		return 0;
	digest_to_hex(&measured->prefix, hex);
	value = json_pack("{s:I, s:s}", "size", (json_int_t)measured->size, "sha256", hex);
	if (!value || json_object_set_new(sealing->manifest->appends, measured->entry.path, value))
		return -ENOMEM;
	return 0;
}

static int take_finding(struct sealing *sealing, const char *code, const char *path,
			const char *title)
{
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	r = finding_start(&finding, code);
	if (r < 0)
		return r;
	finding.path = strdup(path);
	finding.title = strdup(title);
	if (!finding.path || !finding.title)
		return -ENOMEM;
	return findings_take(&sealing->result->findings, &finding);
}

static int take_problem(struct sealing *sealing, const struct measured *measured)
{
	const struct difference difference = {
		.kind = DIFFERENCE_PROBLEM,
		.path = measured->absolute,
		.problem = measured->problem,
		.error = measured->error,
	};
	_cleanup_(finding_done) struct finding finding = {};
	int r;

	sealing->result->coverage.unreadable++;
	if (measured->problem == PROBLEM_MOUNT) {
		r = coverage_add_mount(&sealing->result->coverage, measured->absolute);
		if (r < 0)
			return r;
	}
	if (sealing->result->findings.count >= FINDINGS_MAX)
		return 0;
	r = describe_problem(&difference, &finding);
	return r < 0 ? r : findings_take(&sealing->result->findings, &finding);
}

/* What must not be baked into an image. */
static int look_for_leftovers(struct sealing *sealing, const struct measured *measured)
{
	/* However many they are, there stays room for what could not be measured. */
	if (measured->class == PATH_GENERATED && measured->entry.type == ENTRY_FILE &&
	    measured->size > 0 && sealing->result->findings.count < FINDINGS_MAX / 2)
		return take_finding(sealing, "generated.baked-in", measured->absolute,
				    "A file that first boot should make is in the image already");
	return 0;
}

/* The state directory is ignored by the usual policy, so its key is looked for by name. */
static int look_for_key(struct sealing *sealing)
{
	_cleanup_close_ int root_fd = root_open(sealing->options->root), fd = -EBADF;
	struct stat st;

	if (root_fd < 0)
		return root_fd;
	fd = root_open_directory(root_fd, STATE_DIRECTORY);
	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ? 0 : fd;
	if (fstatat(fd, INSTANCE_KEY_NAME, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return take_finding(sealing, "keys.instance-key", STATE_DIRECTORY "/" INSTANCE_KEY_NAME,
			    "The private key of an instance is in the image");
}

static int seal_entry(struct sealing *sealing, const struct measured *measured, struct error *error)
{
	int r;

	if (measured->problem != PROBLEM_NONE &&
	    !(measured->problem == PROBLEM_MOUNT && measured->class == PATH_IGNORED))
		return take_problem(sealing, measured);
	r = look_for_leftovers(sealing, measured);
	if (r == 0)
		r = note_xattrs(sealing, &measured->entry);
	if (r == 0)
		r = note_append(sealing, measured);
	if (r == 0 && measured->class == PATH_FIXED)
		r = fixed_add(&sealing->fixed, &measured->entry);
	return r < 0 ? r : write_entry(sealing, &measured->entry, error);
}

/* Writes the manifest's own lines that belong before `path`. */
static int seal_reserved(struct sealing *sealing, const char *path, struct error *error)
{
	const struct entry *entry;
	int r = 0;

	while (r == 0 && (entry = reserved_next(&sealing->reserved, path)))
		r = write_entry(sealing, entry, error);
	return r;
}

static int seal_all(struct sealing *sealing, struct error *error)
{
	_cleanup_measured_ struct measured measured = {};
	int r;

	r = write_text(sealing, MTREE_SIGNATURE, strlen(MTREE_SIGNATURE), error);
	while (r == 0) {
		measured_done(&measured);
		r = measure_next(sealing->measure, &measured, error);
		if (r <= 0)
			break;
		r = 0;
		if (measured.repeated) {
			r = take_problem(sealing, &measured);
			continue;
		}
		r = seal_reserved(sealing, measured.entry.path, error);
		if (r == 0 && !reserved_has(&sealing->reserved, &measured.entry))
			r = seal_entry(sealing, &measured, error);
	}
	return r < 0 ? r : seal_reserved(sealing, NULL, error);
}

static void note_coverage(struct sealing *sealing)
{
	struct coverage *coverage = &sealing->result->coverage;
	struct measure_counts counts;

	measure_count(sealing->measure, &counts);
	sealing->manifest->bytes = counts.bytes;
	coverage->mode = COVERAGE_FULL;
	coverage->tier = COVERAGE_ALL;
	coverage->entries = sealing->manifest->entries;
	coverage->bytes = counts.bytes;
	coverage->hashed = counts.hashed;
	coverage->linked = counts.linked;
}

static int seal_finish(struct sealing *sealing, struct error *error)
{
	struct manifest *manifest = sealing->manifest;
	struct sealed *result = sealing->result;
	int r;

	if (fflush(result->body) != 0)
		return file_error_set(error, -errno, P_tmpdir,
				      "write the manifest's temporary file in");
	rewind(result->body);
	r = hasher_finish(sealing->hasher, &manifest->body_digest);
	if (r == 0)
		r = fixed_finish(&sealing->fixed, &manifest->fixed_digest);
	manifest->fixed_entries = sealing->fixed.entries;
	note_coverage(sealing);
	return r < 0 ? r : coverage_set_check(&result->coverage, "tree", "ran");
}

static int seal_open(struct sealing *sealing, struct error *error)
{
	const struct seal_options *options = sealing->options;
	const struct measure_options measure_options = {
		.root = options->root,
		.policy = options->policy,
		.verity = options->verity,
		.workers = options->workers,
		.progress = options->progress,
	};
	int r;

	sealing->result->body = tmpfile();
	if (!sealing->result->body)
		return file_error_set(error, -errno, P_tmpdir,
				      "make the manifest's temporary file in");
	sealing->manifest->xattrs = json_object();
	sealing->manifest->appends = json_object();
	if (!sealing->manifest->xattrs || !sealing->manifest->appends)
		return -ENOMEM;
	r = coverage_init(&sealing->result->coverage);
	if (r == 0)
		r = measure_name_ignored(options->policy, &sealing->result->coverage);
	if (r == 0)
		r = reserved_init(&sealing->reserved, options->root, options->out, options->policy,
				  error);
	if (r == 0)
		r = fixed_init(&sealing->fixed);
	if (r == 0)
		r = hasher_new(&sealing->hasher);
	if (r == 0)
		r = hasher_begin(sealing->hasher);
	return r < 0 ? r : measure_new(&measure_options, &sealing->measure, error);
}

int seal_root(const struct seal_options *options, struct manifest *manifest, struct sealed *ret,
	      struct error *error)
{
	struct sealing sealing = {.options = options, .manifest = manifest, .result = ret};
	uint64_t start = clock_monotonic_ms();
	int r;

	*ret = (struct sealed){};
	r = seal_open(&sealing, error);
	if (r == 0)
		r = look_for_key(&sealing);
	if (r == 0)
		r = seal_all(&sealing, error);
	if (r == 0)
		r = seal_finish(&sealing, error);
	ret->timing.walk_ms = clock_monotonic_ms() - start;
	measure_free(sealing.measure);
	reserved_done(&sealing.reserved);
	fixed_done(&sealing.fixed);
	hasher_free(sealing.hasher);
	buffer_done(&sealing.line);
	return r;
}

static int copy_stream(FILE *from, FILE *to)
{
	char block[65536];
	size_t size;

	while ((size = fread(block, 1, sizeof(block), from)) > 0)
		if (fwrite(block, 1, size, to) != size)
			return -errno;
	return ferror(from) ? -EIO : 0;
}

static int name_pair(const char *out, char **ret_body, char **ret_json)
{
	if (asprintf(ret_body, "%s/%s", out, MANIFEST_BODY_NAME) < 0) {
		*ret_body = NULL;
		return -ENOMEM;
	}
	if (asprintf(ret_json, "%s/%s", out, MANIFEST_ENVELOPE_NAME) < 0) {
		*ret_json = NULL;
		return -ENOMEM;
	}
	return 0;
}

/* The envelope names the body by its digest: between the two renames the pair is refused. */
int seal_write(const struct sealed *sealed, const char *out, const char *envelope, size_t size,
	       struct error *error)
{
	_cleanup_file_writer_ struct file_writer body_writer = {}, json_writer = {};
	_cleanup_free_ char *body = NULL, *json = NULL;
	int r;

	r = name_pair(out, &body, &json);
	if (r == 0)
		r = file_writer_open(&body_writer, AT_FDCWD, body, 0644, error);
	if (r == 0)
		r = file_writer_open(&json_writer, AT_FDCWD, json, 0644, error);
	if (r < 0)
		return r;
	r = copy_stream(sealed->body, body_writer.stream);
	if (r < 0)
		return file_error_set(error, r, body, "write");
	if (fwrite(envelope, 1, size, json_writer.stream) != size)
		return file_error_set(error, -errno, json, "write");
	return file_writer_commit_pair(&body_writer, &json_writer, error);
}
