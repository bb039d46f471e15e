/* SPDX-License-Identifier: Apache-2.0 */
/* cloud-init's own state, and what cloud-config declares by path. */
#include "check/explanation_private.h"

#include "digest.h"
#include "text.h"

#include <string.h>
#include <sys/stat.h>

#define INSTANCES	"/var/lib/cloud/instances/"
#define MENTIONED_LINES 64
#define LOOKED_MAX	64 /* files whose lines are looked for in all that was declared */

int explain_state(struct explainer *explainer, const struct difference *difference _unused_,
		  const char *text _unused_, struct explanation *ret)
{
	if (!provenance_get_instance(explainer->provenance))
		return 0;
	return explain_as(ret, SEVERITY_INFO, "cloud-init's record of the first boot");
}

int explain_instance_link(struct explainer *explainer, const struct difference *difference,
			  const char *text _unused_, struct explanation *ret)
{
	const char *instance = provenance_get_instance(explainer->provenance);
	_cleanup_free_ char *target = link_resolve(difference->path, difference->actual.link);

	if (!instance || !target || strncmp(target, INSTANCES, strlen(INSTANCES)) != 0 ||
	    strcmp(target + strlen(INSTANCES), instance) != 0)
		return 0;
	return explain_as(ret, SEVERITY_INFO, "cloud-init's record of the first boot");
}

/* Of this instance, with the very content of user-data or vendor-data. */
int explain_script(struct explainer *explainer, const struct difference *difference,
		   const char *text _unused_, struct explanation *ret)
{
	const char *instance = provenance_get_instance(explainer->provenance);
	const char *path = difference->path + strlen(INSTANCES);
	_cleanup_free_ char *data = NULL;
	size_t size;

	if (!instance || strncmp(path, instance, strlen(instance)) != 0 ||
	    path[strlen(instance)] != '/')
		return 0;
	data = explainer_read(explainer, difference->path, &size);
	if (!data)
		return 0;
	if (!provenance_has_part(explainer->provenance, data, size))
		return explain_remark(ret, "no part of user-data or vendor-data is this script");
	return explain_as(ret, SEVERITY_INFO, "a script of user-data or vendor-data");
}

/* Appended text is taken off again: what is left must be what was sealed, or nothing. */
static bool is_appended(const struct explainer *explainer, const struct difference *difference,
			const char *data, size_t size)
{
	size_t length = 0;
	const char *added = provenance_appended(explainer->provenance, difference->path, &length);
	struct digest digest;

	if (!added || length > size || memcmp(data + size - length, added, length) != 0)
		return false;
	if (difference->kind == DIFFERENCE_UNEXPECTED)
		return size == length;
	return difference->expected.has & ENTRY_HAS_DIGEST &&
	       digest_compute(data, size - length, &digest) == 0 &&
	       digest_is_equal(&digest, &difference->expected.digest);
}

static bool has_declared_mode(const struct explainer *explainer,
			      const struct difference *difference)
{
	const struct entry *actual = &difference->actual;

	/* Unless the entry says otherwise, a changed file keeps its mode. */
	return actual->mode == provenance_file_mode(explainer->provenance, difference->path) ||
	       (difference->kind == DIFFERENCE_CHANGED &&
		!(difference->attributes & ATTRIBUTE_MODE));
}

int explain_file(struct explainer *explainer, const struct difference *difference, const char *text,
		 struct explanation *ret)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	if (difference->actual.type != ENTRY_FILE ||
	    difference->actual.xattrs[XATTR_CAPABILITY].data ||
	    !provenance_names_file(explainer->provenance, difference->path))
		return 0;
	data = explainer_read(explainer, difference->path, &size);
	if (!data)
		return 0;
	if (!provenance_declares_file(explainer->provenance, difference->path, data, size) &&
	    !is_appended(explainer, difference, data, size))
		return explain_remark(ret, "%s declares this path with another content", text);
	if (!has_declared_mode(explainer, difference))
		return explain_remark(ret, "%s declares it with another mode", text);
	return explain_as(ret, SEVERITY_INFO, "%s of user-data, with this content", text);
}

int explain_feature(struct explainer *explainer, const struct difference *difference,
		    const char *text, struct explanation *ret)
{
	const struct entry *actual = &difference->actual;

	if (!provenance_declares_key_of(explainer->provenance, text) || actual->mode & 07002 ||
	    (actual->type == ENTRY_FILE && actual->mode & 0111))
		return 0;
	return explain_as(ret, SEVERITY_INFO, "%s of user-data", text);
}

/* Whether the line stands in anything that was declared. */
static bool is_declared_text(const struct explainer *explainer, const char *line)
{
	const json_t *texts[] = {provenance_commands(explainer->provenance),
				 provenance_strings(explainer->provenance)};
	const json_t *text;
	size_t i;

	for (size_t k = 0; k < ELEMENTS(texts); k++) {
		json_array_foreach(texts[k], i, text)
		{
			if (strstr(json_string_value(text), line))
				return true;
		}
	}
	return false;
}

/* A small file whose every line a command has in it: echo LINE > FILE. */
static bool is_declared_throughout(const struct explainer *explainer, const char *path)
{
	size_t size;
	_cleanup_free_ char *data = explainer_read(explainer, path, &size);
	char *rest = data, *line;
	size_t lines = 0;

	if (!data || strlen(data) != size)
		return false;
	while ((line = strsep(&rest, "\n")))
		if (++lines > MENTIONED_LINES || !is_declared_text(explainer, line))
			return false;
	return true;
}

/* What a declared command names. */
int explain_mentioned(struct explainer *explainer, const struct difference *difference,
		      const char *text _unused_, struct explanation *ret)
{
	const struct entry *actual = &difference->actual;

	if (strlen(difference->path) < 4 ||
	    provenance_names_file(explainer->provenance, difference->path) ||
	    !provenance_runs_with(explainer->provenance, difference->path))
		return 0;
	if (difference->kind == DIFFERENCE_CHANGED)
		return explain_weakly(ret, "a command of user-data names it; what the command made "
					   "of it cannot be told");
	if (actual->type != ENTRY_FILE || (explainer->looked++ < LOOKED_MAX &&
					   is_declared_throughout(explainer, difference->path)))
		return explain_as(ret, SEVERITY_INFO, "a command of user-data makes it");
	return explain_weakly(ret, "a command of user-data names it; its content cannot be told");
}

/* The agent itself must be installed and not be a finding of its own. */
int explain_agent(struct explainer *explainer, const struct difference *difference,
		  const char *text, struct explanation *ret)
{
	const struct entry *actual = &difference->actual;

	if (!explainer_exists(explainer, text) || !explainer_trusts(explainer, text) ||
	    actual->mode & 07002)
		return 0;
	return explain_as(ret, SEVERITY_LOW, "state of the cloud provider's agent %s", text);
}

int explain_command_state(struct explainer *explainer, const struct difference *difference _unused_,
			  const char *text, struct explanation *ret)
{
	if (!provenance_runs_with(explainer->provenance, text))
		return 0;
	return explain_weakly(ret, "a command of user-data runs %s", text);
}

/* Data that a daemon writes for itself. */
int explain_data(struct explainer *explainer _unused_, const struct difference *difference,
		 const char *text, struct explanation *ret)
{
	const struct entry *actual = &difference->actual;

	if (actual->mode & 07002 || (actual->type == ENTRY_FILE && actual->mode & 0111))
		return 0;
	return explain_as(ret, SEVERITY_INFO, "%s", text);
}

/* A log: no program, and nobody else's to write. */
int explain_log(struct explainer *explainer, const struct difference *difference,
		const char *text _unused_, struct explanation *ret)
{
	const struct entry *actual = &difference->actual;

	if (!provenance_get_instance(explainer->provenance) || actual->type != ENTRY_FILE ||
	    actual->mode & 07113)
		return 0;
	return explain_as(ret, SEVERITY_INFO, "cloud-init's record of the first boot");
}

/* The directory alone; what is put into it is a difference of its own. */
int explain_private(struct explainer *explainer _unused_, const struct difference *difference,
		    const char *text _unused_, struct explanation *ret)
{
	const struct entry *actual = &difference->actual;

	if (actual->type != ENTRY_DIRECTORY || actual->mode & 07022)
		return 0;
	return explain_as(ret, SEVERITY_INFO, "a service's private temporary directory");
}
