/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest.h"

#include "file.h"
#include "mtree.h"
#include "statement.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->image_name);
	free(manifest->image_version);
	free(manifest->image_serial);
	free(manifest->tool_version);
	free(manifest->signer);
	policy_free(manifest->policy);
	json_decref(manifest->xattrs);
	json_decref(manifest->appends);
	json_decref(manifest->further_subjects);
	free(manifest);
}

bool manifest_is_expired(const struct manifest *manifest, int64_t now)
{
	return manifest->expires_at != 0 && now >= manifest->expires_at;
}

static json_t *time_to_json(int64_t seconds)
{
	char text[21];

	return time_format(seconds, text) < 0 ? NULL : json_string(text);
}

static json_t *predicate_to_json(const struct manifest *manifest)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(&manifest->fixed_digest, hex);
	return json_pack("{s:i, s:{s:s, s:s, s:s}, s:o, s:o, s:{s:s, s:s}, s:I, s:I, "
			 "s:{s:I, s:s}, s:s, s:O, s:O}",
			 "schema", 1, "image", "name", manifest->image_name, "version",
			 manifest->image_version, "serial", manifest->image_serial, "built_at",
			 time_to_json(manifest->built_at), "expires_at",
			 manifest->expires_at ? time_to_json(manifest->expires_at) : json_null(),
			 "tool", "name", "goldseal", "version", manifest->tool_version, "entries",
			 (json_int_t)manifest->entries, "bytes", (json_int_t)manifest->bytes,
			 "fixed", "entries", (json_int_t)manifest->fixed_entries, "sha256", hex,
			 "policy", policy_get_text(manifest->policy), "xattrs", manifest->xattrs,
			 "append", manifest->appends);
}

int manifest_sign(const struct manifest *manifest, const struct key *key, char **ret_json,
		  size_t *ret_size, struct error *error)
{
	_cleanup_json_ json_t *predicate = predicate_to_json(manifest);
	_cleanup_free_ char *statement = NULL, *envelope = NULL;
	size_t size;
	char *line;
	int r;

	if (!predicate)
		return error_set(error, -EINVAL, "the manifest's members do not fit JSON");
	r = statement_build(MANIFEST_SUBJECT_NAME, &manifest->body_digest,
			    manifest->further_subjects, MANIFEST_PREDICATE_TYPE, predicate,
			    &statement, &size, error);
	if (r < 0)
		return r;
	r = dsse_sign(DSSE_PAYLOAD_TYPE_INTOTO, statement, size, key, &envelope, error);
	if (r < 0)
		return r;
	if (asprintf(&line, "%s\n", envelope) < 0)
		return -ENOMEM;
	*ret_size = strlen(line);
	*ret_json = line;
	return 0;
}

/* The members of the predicate, borrowed from the statement. */
struct members {
	json_int_t schema;
	const char *image_name, *image_version, *image_serial;
	const char *built_at;
	json_t *expires_at;
	const char *tool_name, *tool_version;
	json_int_t entries, bytes, fixed_entries;
	const char *fixed_sha256;
	const char *policy;
	size_t policy_size;
	json_t *xattrs, *appends;
};

static int unpack_members(json_t *predicate, struct members *ret, struct error *error)
{
	json_error_t reason;

	if (json_unpack_ex(predicate, &reason, 0,
			   "{s:I, s:{s:s, s:s, s:s !}, s:s, s:o, s:{s:s, s:s !}, s:I, s:I, "
			   "s:{s:I, s:s !}, s:s%, s:o, s:o !}",
			   "schema", &ret->schema, "image", "name", &ret->image_name, "version",
			   &ret->image_version, "serial", &ret->image_serial, "built_at",
			   &ret->built_at, "expires_at", &ret->expires_at, "tool", "name",
			   &ret->tool_name, "version", &ret->tool_version, "entries", &ret->entries,
			   "bytes", &ret->bytes, "fixed", "entries", &ret->fixed_entries, "sha256",
			   &ret->fixed_sha256, "policy", &ret->policy, &ret->policy_size, "xattrs",
			   &ret->xattrs, "append", &ret->appends) != 0)
		return error_set(error, -EBADMSG, "manifest predicate: %s", reason.text);
	if (ret->schema != 1)
		return error_set(error, -EBADMSG,
				 "manifest schema %" JSON_INTEGER_FORMAT
				 " is not supported (expected 1): update goldseal",
				 ret->schema);
	if (ret->entries < 0 || ret->bytes < 0 || ret->fixed_entries < 0)
		return error_set(error, -EBADMSG, "manifest predicate: a negative count");
	return 0;
}

static int check_xattr_values(const char *path, json_t *values, struct error *error)
{
	const char *name;
	json_t *value;

	json_object_foreach(values, name, value)
	{
		if (entry_xattr_from_name(name) == _XATTR_MAX || !json_is_string(value))
			return error_set(error, -EBADMSG, "manifest xattrs of %s: '%s' is unknown",
					 path, name);
	}
	return 0;
}

static int check_xattrs(json_t *xattrs, struct error *error)
{
	const char *path;
	json_t *values;
	int r;

	if (!json_is_object(xattrs))
		return error_set(error, -EBADMSG, "manifest xattrs: expected an object");
	json_object_foreach(xattrs, path, values)
	{
		if (!json_is_object(values))
			return error_set(error, -EBADMSG, "manifest xattrs: expected objects");
		r = check_xattr_values(path, values, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_appends(json_t *appends, struct error *error)
{
	struct digest digest;
	const char *path, *hex;
	json_t *value;
	json_int_t size;

	if (!json_is_object(appends))
		return error_set(error, -EBADMSG, "manifest append: expected an object");
	json_object_foreach(appends, path, value)
	{
		if (json_unpack(value, "{s:I, s:s !}", "size", &size, "sha256", &hex) != 0 ||
		    size < 0 || digest_from_hex(hex, strlen(hex), &digest) < 0)
			return error_set(error, -EBADMSG, "manifest append: bad value of %s", path);
	}
	return 0;
}

static int take_times(struct manifest *manifest, const struct members *members, struct error *error)
{
	if (time_parse(members->built_at, &manifest->built_at) < 0)
		return error_set(error, -EBADMSG, "manifest built_at is not RFC 3339 in UTC");
	if (json_is_null(members->expires_at))
		return 0;
	if (!json_is_string(members->expires_at) ||
	    time_parse(json_string_value(members->expires_at), &manifest->expires_at) < 0)
		return error_set(error, -EBADMSG, "manifest expires_at is not RFC 3339 in UTC");
	/* In the struct it would mean "never". */
	if (manifest->expires_at == 0)
		return error_set(error, -EBADMSG, "manifest expires_at is the epoch");
	return 0;
}

static int take_members(struct manifest *manifest, const struct members *members,
			struct error *error)
{
	int r;

	r = check_xattrs(members->xattrs, error);
	if (r == 0)
		r = check_appends(members->appends, error);
	if (r == 0)
		r = take_times(manifest, members, error);
	if (r == 0)
		r = policy_parse(members->policy, members->policy_size, "manifest policy",
				 &manifest->policy, error);
	if (r < 0)
		return r;
	if (digest_from_hex(members->fixed_sha256, strlen(members->fixed_sha256),
			    &manifest->fixed_digest) < 0)
		return error_set(error, -EBADMSG, "manifest fixed.sha256 is not a SHA-256");

	manifest->image_name = strdup(members->image_name);
	manifest->image_version = strdup(members->image_version);
	manifest->image_serial = strdup(members->image_serial);
	manifest->tool_version = strdup(members->tool_version);
	if (!manifest->image_name || !manifest->image_version || !manifest->image_serial ||
	    !manifest->tool_version)
		return -ENOMEM;
	manifest->entries = (uint64_t)members->entries;
	manifest->bytes = (uint64_t)members->bytes;
	manifest->fixed_entries = (uint64_t)members->fixed_entries;
	manifest->xattrs = json_incref(members->xattrs);
	manifest->appends = json_incref(members->appends);
	return 0;
}

static int take_statement(struct manifest *manifest, const struct dsse *dsse, struct error *error)
{
	_cleanup_statement_ struct statement statement = {};
	struct members members = {};
	const char *name;
	int r;

	r = statement_parse(dsse->payload, dsse->payload_size, MANIFEST_PREDICATE_TYPE, &statement,
			    error);
	if (r < 0)
		return r;
	name = json_string_value(json_object_get(json_array_get(statement.subjects, 0), "name"));
	if (!name || strcmp(name, MANIFEST_SUBJECT_NAME) != 0)
		return error_set(error, -EBADMSG, "the statement's subject is not %s",
				 MANIFEST_SUBJECT_NAME);
	r = statement_get_sha256(&statement, 0, &manifest->body_digest);
	if (r < 0)
		return error_set(error, r, "the statement's subject has no sha256");
	r = unpack_members(statement.predicate, &members, error);
	if (r < 0)
		return r;
	return take_members(manifest, &members, error);
}

int manifest_parse(const char *json, size_t size, const struct trust *trust, struct manifest **ret,
		   struct error *error)
{
	_cleanup_(manifest_free_p) struct manifest *manifest = calloc(1, sizeof(*manifest));
	_cleanup_dsse_ struct dsse dsse = {};
	int r;

	if (!manifest)
		return -ENOMEM;
	r = dsse_verify(json, size, DSSE_PAYLOAD_TYPE_INTOTO, trust, &dsse, error);
	if (r < 0)
		return r;
	r = digest_compute(json, size, &manifest->digest);
	if (r < 0)
		return r;
	manifest->signer = TAKE_PTR(dsse.key_id);
	r = take_statement(manifest, &dsse, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(manifest);
	return 0;
}

int manifest_load(const char *directory, const struct trust *trust, struct manifest **ret,
		  struct error *error)
{
	_cleanup_free_ char *path = NULL, *json = NULL;
	size_t size;
	int r;

	if (asprintf(&path, "%s/%s", directory, MANIFEST_ENVELOPE_NAME) < 0)
		return -ENOMEM;
	r = file_read(AT_FDCWD, path, DSSE_ENVELOPE_MAX, false, &json, &size, error);
	if (r < 0)
		return r;
	r = manifest_parse(json, size, trust, ret, error);
	return r < 0 ? error_prefix(error, r, "%s", path) : 0;
}

static int hash_stream(FILE *stream, struct digest *ret)
{
	_cleanup_(hasher_free_p) struct hasher *hasher = NULL;
	char block[65536];
	size_t size;
	int r;

	r = hasher_new(&hasher);
	if (r == 0)
		r = hasher_begin(hasher);
	while (r == 0 && (size = fread(block, 1, sizeof(block), stream)) > 0)
		r = hasher_update(hasher, block, size);
	if (r == 0 && ferror(stream))
		r = -EIO;
	return r < 0 ? r : hasher_finish(hasher, ret);
}

static int open_regular(const char *path, FILE **ret, struct error *error)
{
	_cleanup_close_ int fd = -EBADF;
	struct stat st;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(error, -errno, "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return error_set(error, -EINVAL, "%s: not a regular file", path);
	*ret = fdopen(fd, "re");
	if (!*ret)
		return -errno;
	(void)TAKE_FD(fd);
	return 0;
}

int manifest_open_body(const struct manifest *manifest, const char *directory,
		       struct mtree_reader **ret, struct error *error)
{
	_cleanup_fclose_ FILE *stream = NULL;
	_cleanup_free_ char *path = NULL;
	struct digest digest;
	int r;

	if (asprintf(&path, "%s/%s", directory, MANIFEST_BODY_NAME) < 0)
		return -ENOMEM;
	r = open_regular(path, &stream, error);
	if (r < 0)
		return r;
	r = hash_stream(stream, &digest);
	if (r < 0)
		return error_set(error, r, "%s: cannot be read", path);
	if (!digest_is_equal(&digest, &manifest->body_digest))
		return error_set(error, -EBADMSG,
				 "%s: not the body that %s signs; restore both from the build",
				 path, MANIFEST_ENVELOPE_NAME);
	rewind(stream);
	r = mtree_reader_new(stream, path, ret);
	if (r < 0)
		return r;
	(void)TAKE_PTR(stream);
	return 0;
}

int manifest_get_xattrs(const struct manifest *manifest, struct entry *entry, struct error *error)
{
	json_t *values = json_object_get(manifest->xattrs, entry->path), *value;
	const char *name;

	json_object_foreach(values, name, value)
	{
		struct entry_xattr_value *xattr = &entry->xattrs[entry_xattr_from_name(name)];
		int r = base64_decode(json_string_value(value), json_string_length(value),
				      &xattr->data, &xattr->size);

		if (r < 0)
			return error_set(error, r, "manifest xattrs of %s: bad base64",
					 entry->path);
	}
	return 0;
}
