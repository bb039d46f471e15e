/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "config.h"
#include "deliver/spool.h"
#include "file.h"
#include "log.h"
#include "platform/instance.h"
#include "report.h"
#include "text.h"

#include <fcntl.h>
#include <string.h>

#define UNCHECKED "not checked: no instance key at hand, so anyone may have written this"

/* Evidence that is shown, and what is known of its signature. */
struct shown {
	struct evidence *evidence;
	const char *signature;
};

static void shown_done(struct shown *shown)
{
	evidence_free(shown->evidence);
}

/*
 * A spool file and a collector's answer hold the envelope as a member; a plain envelope is one
 * itself.
 */
static int find_envelope(const char *text, size_t size, char **ret, struct error *error)
{
	static const char *const members[] = {"evidence", "envelope"};
	_cleanup_json_ json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(root))
		return error_set(error, -EBADMSG, "expected evidence in JSON");
	for (size_t i = 0; i < ELEMENTS(members); i++) {
		json_t *envelope = json_object_get(root, members[i]);

		if (json_is_object(envelope)) {
			*ret = json_dumps(envelope, JSON_COMPACT);
			return *ret ? 0 : error_set(error, -ENOMEM, "out of memory");
		}
	}
	*ret = strndup(text, size);
	return *ret ? 0 : error_set(error, -ENOMEM, "out of memory");
}

/* Without a key the envelope is only taken apart, and the report says so. */
static int open_envelope(const char *envelope, const struct key *key, struct dsse *ret,
			 struct error *error)
{
	int r;

	if (key)
		return dsse_verify_key(envelope, strlen(envelope), DSSE_PAYLOAD_TYPE_INTOTO, key,
				       ret, error);
	r = dsse_parse(envelope, strlen(envelope), ret, error);
	if (r < 0)
		return r;
	if (strcmp(ret->payload_type, DSSE_PAYLOAD_TYPE_INTOTO) != 0)
		return error_set(error, -EBADMSG, "its payload type is not evidence's");
	return 0;
}

static int show(const char *text, size_t size, const struct key *key, struct shown *ret,
		struct error *error)
{
	_cleanup_dsse_ struct dsse dsse = {0};
	_cleanup_free_ char *envelope = NULL;
	int r;

	r = find_envelope(text, size, &envelope, error);
	if (r < 0)
		return r;
	r = open_envelope(envelope, key, &dsse, error);
	if (r < 0)
		return r;
	r = evidence_parse(dsse.payload, dsse.payload_size, &ret->evidence, error);
	if (r < 0)
		return r;
	ret->signature = key ? "checked with this instance's key" : UNCHECKED;
	return 0;
}

static int show_file(const char *path, const struct key *key, struct shown *ret,
		     struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = file_read(AT_FDCWD, path, SPOOL_FILE_MAX, true, &text, &size, error);
	if (r < 0)
		return r;
	r = show(text, size, key, ret, error);
	return r < 0 ? error_prefix(error, r, "%s", path) : 0;
}

/* Keeps the newer one in `ret`. */
static int show_latest_of(struct spool *spool, enum phase phase, const struct key *key,
			  struct shown *ret, struct error *error)
{
	_cleanup_(shown_done) struct shown found = {0};
	_cleanup_free_ char *text = NULL;
	int r;

	r = spool_read_latest(spool, phase, &text, error);
	if (r < 0)
		return r;
	r = show(text, strlen(text), key, &found, error);
	if (r < 0)
		return error_prefix(error, r, "the latest evidence of phase %s",
				    phase_to_string(phase));
	if (!ret->evidence || ret->evidence->created_at <= found.evidence->created_at) {
		struct shown older = *ret;

		*ret = found;
		found = older;
	}
	return 0;
}

/* `wanted` is a phase, or 0 for the newer of both. */
static int show_latest(const struct config *config, enum phase wanted, const struct key *key,
		       struct shown *ret, struct error *error)
{
	_cleanup_(spool_free_p) struct spool *spool = NULL;
	int r;

	if (access(config->state_directory, F_OK) < 0)
		return error_set(error, -errno, "%s: %s; has `goldseal attest` run here?",
				 config->state_directory, strerror(errno));
	r = spool_open(config->state_directory, &spool, error);
	if (r < 0)
		return r;
	for (int phase = 1; phase < _PHASE_MAX; phase++) {
		if (wanted && (enum phase)phase != wanted)
			continue;
		r = show_latest_of(spool, (enum phase)phase, key, ret, error);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	if (!ret->evidence)
		return error_set(error, -ENOENT,
				 "%s: no evidence here yet; has `goldseal attest` run?",
				 config->state_directory);
	return 0;
}

/* No key is no error here; one that cannot be used is. */
static int find_key(const struct config *config, struct key **ret, struct error *error)
{
	int r;

	r = instance_key_load(config->state_directory, ret, error);
	if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
		return 0;
	return r;
}

static int find(const struct agent_options *given, enum phase phase, struct shown *ret,
		struct error *error)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_(key_free_p) struct key *key = NULL;
	int r;

	r = config_load(given->config, &config, error);
	if (r < 0)
		return r;
	r = find_key(config, &key, error);
	if (r < 0)
		return r;
	if (given->evidence)
		return show_file(given->evidence, key, ret, error);
	return show_latest(config, phase, key, ret, error);
}

int cmd_report(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	const struct agent_options *given = options;
	_cleanup_(shown_done) struct shown shown = {0};
	_cleanup_error_ struct error error = {0};
	enum phase phase = given->phase ? phase_from_string(given->phase) : 0;
	struct report_style style;
	struct report report;
	int r;

	r = report_style_init(given->format, given->quiet, &style, &error);
	if (r == 0 && (int)phase < 0)
		r = error_set(&error, -EINVAL, "--phase %s: expected image or boot", given->phase);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	r = find(given, phase, &shown, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	report_from_evidence(shown.evidence, &report);
	report.signature = shown.signature;
	if (style.format == REPORT_JSON && shown.signature[0] == 'n')
		log_warning("the evidence's signature was %s", shown.signature);
	r = report_write(&report, &style, stdout);
	if (r < 0) {
		(void)log_error_errno(r, "cannot write the report: %m");
		return EXIT_UNCHECKED;
	}
	return (int)report_exit_code(report.verdict);
}
