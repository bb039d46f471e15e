/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include "member.h"
#include "statement.h"
#include "text.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#define UUID_SIZE     16
#define UUID_TEXT_MAX 37 /* with the NUL */

static const char *const phase_names[_PHASE_MAX] = {
	[PHASE_IMAGE] = "image",
	[PHASE_BOOT] = "boot",
};

const char *phase_to_string(enum phase phase)
{
	if ((int)phase <= 0 || phase >= _PHASE_MAX)
		return NULL;
	return phase_names[phase];
}

enum phase phase_from_string(const char *text)
{
	for (int phase = PHASE_IMAGE; text && phase < _PHASE_MAX; phase++)
		if (strcmp(phase_names[phase], text) == 0)
			return (enum phase)phase;
	return _PHASE_INVALID;
}

int evidence_make_id(char **ret)
{
	uint8_t uuid[UUID_SIZE];
	char hex[2 * UUID_SIZE + 1];
	struct timespec now;
	uint64_t ms;
	char *id;

	if (clock_gettime(CLOCK_REALTIME, &now) < 0)
		return -errno;
	/* Up to 256 bytes come whole or not at all. */
	if (getrandom(uuid, sizeof(uuid), 0) != (ssize_t)sizeof(uuid))
		return -EIO;

	/* RFC 9562 section 5.7: 48 bits of milliseconds, version 7, variant binary 10. */
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	for (size_t i = 0; i < 6; i++)
		uuid[i] = (uint8_t)(ms >> (40 - 8 * i));
	uuid[6] = (uint8_t)(0x70 | (uuid[6] & 0x0f));
	uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f));

	hex_encode(uuid, sizeof(uuid), hex);
	if (asprintf(&id, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20) <
	    0)
		return -ENOMEM;
	*ret = id;
	return 0;
}

/* The form that evidence_make_id() writes. */
static bool id_is_valid(const char *id)
{
	static const char form[] = "xxxxxxxx-xxxx-7xxx-vxxx-xxxxxxxxxxxx";

	if (strlen(id) != UUID_TEXT_MAX - 1)
		return false;
	for (size_t i = 0; form[i]; i++) {
		const char *allowed = form[i] == 'x'   ? "0123456789abcdef"
				      : form[i] == 'v' ? "89ab"
				      : form[i] == '7' ? "7"
						       : "-";

		if (!strchr(allowed, id[i]))
			return false;
	}
	return true;
}

static int read_id(const json_t *value, void *field, struct error *error)
{
	const char *id = json_string_value(value);

	if (!id || !id_is_valid(id))
		return error_set(error, -EBADMSG, "expected a UUIDv7 in lower case");
	*(char **)field = strdup(id);
	return *(char **)field ? 0 : -ENOMEM;
}

static int write_id(const void *field, json_t **ret, struct error *error)
{
	const char *id = *(const char *const *)field;

	if (!id || !id_is_valid(id))
		return error_set(error, -EINVAL, "is not a UUIDv7");
	*ret = json_string(id);
	return 0;
}

/* One schema is known; it has no field. */
static int read_schema(const json_t *value, void *field _unused_, struct error *error)
{
	if (!json_is_integer(value) || json_integer_value(value) != EVIDENCE_SCHEMA)
		return error_set(error, -EBADMSG, "expected %d", EVIDENCE_SCHEMA);
	return 0;
}

static int write_schema(const void *field _unused_, json_t **ret, struct error *error _unused_)
{
	*ret = json_integer(EVIDENCE_SCHEMA);
	return 0;
}

static int read_phase(const json_t *value, void *field, struct error *error)
{
	enum phase phase = phase_from_string(json_string_value(value));

	if ((int)phase < 0)
		return error_set(error, -EBADMSG, "expected image or boot");
	*(enum phase *)field = phase;
	return 0;
}

static int write_phase(const void *field, json_t **ret, struct error *error)
{
	const char *text = phase_to_string(*(const enum phase *)field);

	if (!text)
		return error_set(error, -EINVAL, "is not set");
	*ret = json_string(text);
	return 0;
}

static int read_verdict(const json_t *value, void *field, struct error *error)
{
	enum verdict verdict = verdict_from_string(json_string_value(value));

	if ((int)verdict < 0)
		return error_set(error, -EBADMSG, "expected none, pass, warn or fail");
	*(enum verdict *)field = verdict;
	return 0;
}

static int write_verdict(const void *field, json_t **ret, struct error *error)
{
	const char *text = verdict_to_string(*(const enum verdict *)field);

	if (!text)
		return error_set(error, -EINVAL, "is not a verdict");
	*ret = json_string(text);
	return 0;
}

static int read_findings(const json_t *value, void *field, struct error *error)
{
	return findings_from_json(value, field, error);
}

static int write_findings(const void *field, json_t **ret, struct error *error)
{
	const struct findings *findings = field;

	if (findings->count > FINDINGS_MAX)
		return error_set(error, -E2BIG, "%zu findings, more than %d", findings->count,
				 FINDINGS_MAX);
	*ret = findings_to_json(findings);
	if (!*ret)
		return error_set(error, -EINVAL, "a finding has no code of the right form");
	return 0;
}

static int read_coverage(const json_t *value, void *field, struct error *error)
{
	return coverage_from_json(value, field, error);
}

static int write_coverage(const void *field, json_t **ret, struct error *error)
{
	*ret = coverage_to_json(field);
	if (!*ret)
		return error_set(error, -EINVAL, "is not initialised");
	return 0;
}

static int read_boot(const json_t *value, void *field, struct error *error)
{
	if (!json_is_array(value))
		return error_set(error, -EBADMSG, "expected an array");
	*(json_t **)field = json_deep_copy(value);
	return *(json_t **)field ? 0 : -ENOMEM;
}

static int write_boot(const void *field, json_t **ret, struct error *error)
{
	const json_t *boot = *(json_t *const *)field;

	if (boot && !json_is_array(boot))
		return error_set(error, -EINVAL, "is not an array");
	*ret = boot ? json_deep_copy(boot) : json_array();
	return 0;
}

#define FIELD(json_name, member_type, member)               \
	{                                                   \
		.name = (json_name), .type = (member_type), \
		.offset = offsetof(struct evidence, member) \
	}
#define NULLABLE(json_name, member)                                         \
	{                                                                   \
		.name = (json_name), .type = MEMBER_NAME, .nullable = true, \
		.offset = offsetof(struct evidence, member)                 \
	}
#define CUSTOM(json_name, member, noun)                                           \
	{                                                                         \
		.name = (json_name), .type = MEMBER_CUSTOM,                       \
		.offset = offsetof(struct evidence, member), .read = read_##noun, \
		.write = write_##noun                                             \
	}
#define WHOLE(json_name, noun)                                                   \
	{                                                                        \
		.name = (json_name), .type = MEMBER_CUSTOM, .read = read_##noun, \
		.write = write_##noun                                            \
	}
#define OBJECT(json_name, nested)                                             \
	{                                                                     \
		.name = (json_name), .type = MEMBER_OBJECT, .rows = (nested), \
		.n_rows = ELEMENTS(nested)                                    \
	}

static const struct member agent_rows[] = {
	FIELD("version", MEMBER_NAME, agent_version),
	FIELD("sha256", MEMBER_DIGEST, agent_digest),
};

static const struct member instance_rows[] = {
	FIELD("id", MEMBER_NAME, instance_id),
	FIELD("source", MEMBER_NAME, instance_source),
	FIELD("key_id", MEMBER_NAME, instance_key_id),
	NULLABLE("cloud", cloud),
	NULLABLE("region", region),
	NULLABLE("image_id", image_id),
};

static const struct member image_rows[] = {
	FIELD("name", MEMBER_TEXT, image_name),
	FIELD("version", MEMBER_TEXT, image_version),
};

static const struct member manifest_rows[] = {
	FIELD("sha256", MEMBER_DIGEST, manifest_digest),
	FIELD("signer", MEMBER_NAME, manifest_signer),
	OBJECT("image", image_rows),
};

static const struct member fixed_rows[] = {
	FIELD("entries", MEMBER_UINT64, fixed_entries),
	FIELD("sha256", MEMBER_DIGEST, fixed_digest),
};

static const struct member timing_rows[] = {
	FIELD("walk_ms", MEMBER_UINT64, timing.walk_ms),
	FIELD("total_ms", MEMBER_UINT64, timing.total_ms),
};

static const struct member clock_rows[] = {
	FIELD("boottime_ms", MEMBER_UINT64, boottime_ms),
	FIELD("synchronized", MEMBER_BOOL, clock_synchronized),
};

/* Evidence without a manifest is evidence of that. */
static int read_manifest(const json_t *value, void *field, struct error *error)
{
	struct evidence *evidence = field;

	evidence->has_manifest = !json_is_null(value);
	if (!evidence->has_manifest)
		return 0;
	return members_read(manifest_rows, ELEMENTS(manifest_rows), value, evidence, error);
}

static int write_manifest(const void *field, json_t **ret, struct error *error)
{
	const struct evidence *evidence = field;

	if (!evidence->has_manifest) {
		*ret = json_null();
		return 0;
	}
	return members_write(manifest_rows, ELEMENTS(manifest_rows), evidence, ret, error);
}

/* The predicate, in the order of docs/formats.md. */
static const struct member evidence_rows[] = {
	WHOLE("schema", schema),
	CUSTOM("id", id, id),
	CUSTOM("phase", phase, phase),
	FIELD("created_at", MEMBER_TIME, created_at),
	OBJECT("agent", agent_rows),
	OBJECT("instance", instance_rows),
	NULLABLE("machine_id", machine_id),
	NULLABLE("boot_id", boot_id),
	WHOLE("manifest", manifest),
	OBJECT("fixed", fixed_rows),
	CUSTOM("verdict", verdict, verdict),
	CUSTOM("findings", findings, findings),
	CUSTOM("coverage", coverage, coverage),
	OBJECT("timing", timing_rows),
	CUSTOM("boot", boot, boot),
	OBJECT("clocks", clock_rows),
};

int evidence_sign(const struct evidence *evidence, const struct key *key, char **ret_json,
		  struct error *error)
{
	_cleanup_json_ json_t *predicate = NULL;
	_cleanup_free_ char *payload = NULL, *json = NULL;
	size_t size;
	int r;

	r = members_write(evidence_rows, ELEMENTS(evidence_rows), evidence, &predicate, error);
	if (r < 0)
		return error_prefix(error, r, "evidence");
	r = statement_build(evidence->instance_id, &evidence->fixed_digest, NULL,
			    EVIDENCE_PREDICATE_TYPE, predicate, &payload, &size, error);
	if (r < 0)
		return r;
	r = dsse_sign(DSSE_PAYLOAD_TYPE_INTOTO, payload, size, key, &json, error);
	if (r < 0)
		return r;
	if (strlen(json) > EVIDENCE_SIZE_MAX)
		return error_set(error, -EFBIG,
				 "evidence: %zu bytes signed, more than the %d that a collector "
				 "takes; leave out the least grave findings and say so in one",
				 strlen(json), EVIDENCE_SIZE_MAX);

	*ret_json = TAKE_PTR(json);
	return 0;
}

/* The subject says again what the predicate says, for tools that read statements alone. */
static int check_subject(const struct statement *statement, const struct evidence *evidence,
			 struct error *error)
{
	const json_t *subject = json_array_get(statement->subjects, 0);
	const char *name = json_string_value(json_object_get(subject, "name"));
	struct digest digest;

	if (json_array_size(statement->subjects) != 1)
		return error_set(error, -EBADMSG, "evidence: expected one subject, found %zu",
				 json_array_size(statement->subjects));
	if (!name || strcmp(name, evidence->instance_id) != 0)
		return error_set(error, -EBADMSG,
				 "evidence: the subject's name is not member \"instance\" \"id\"");
	if (statement_get_sha256(statement, 0, &digest) < 0 ||
	    !digest_is_equal(&digest, &evidence->fixed_digest))
		return error_set(
			error, -EBADMSG,
			"evidence: the subject's sha256 is not member \"fixed\" \"sha256\"");
	return 0;
}

int evidence_parse(const void *payload, size_t size, struct evidence **ret, struct error *error)
{
	_cleanup_(evidence_free_p) struct evidence *evidence = NULL;
	_cleanup_statement_ struct statement statement = {0};
	int r;

	if (size > EVIDENCE_SIZE_MAX)
		return error_set(error, -EBADMSG, "evidence: %zu bytes, more than %d", size,
				 EVIDENCE_SIZE_MAX);
	r = statement_parse(payload, size, EVIDENCE_PREDICATE_TYPE, &statement, error);
	if (r < 0)
		return r;
	evidence = calloc(1, sizeof(*evidence));
	if (!evidence)
		return -ENOMEM;

	r = members_read(evidence_rows, ELEMENTS(evidence_rows), statement.predicate, evidence,
			 error);
	if (r < 0)
		return error_prefix(error, r, "evidence");
	r = check_subject(&statement, evidence, error);
	if (r < 0)
		return r;

	*ret = TAKE_PTR(evidence);
	return 0;
}

void evidence_free(struct evidence *evidence)
{
	if (!evidence)
		return;

	free(evidence->id);
	free(evidence->agent_version);
	free(evidence->instance_id);
	free(evidence->instance_source);
	free(evidence->instance_key_id);
	free(evidence->cloud);
	free(evidence->region);
	free(evidence->image_id);
	free(evidence->machine_id);
	free(evidence->boot_id);
	free(evidence->manifest_signer);
	free(evidence->image_name);
	free(evidence->image_version);
	findings_done(&evidence->findings);
	coverage_done(&evidence->coverage);
	json_decref(evidence->boot);
	free(evidence);
}
