/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "config.h"
#include "difference.h"
#include "log.h"
#include "report.h"

#include <string.h>

/* DIR, or DIR/manifest.json: the directory in a new string. */
static char *directory_of(const char *argument)
{
	const char *slash = strrchr(argument, '/');
	const char *name = slash ? slash + 1 : argument;

	if (strcmp(name, MANIFEST_ENVELOPE_NAME) != 0)
		return strdup(argument);
	if (!slash)
		return strdup(".");
	return slash == argument ? strdup("/") : strndup(argument, (size_t)(slash - argument));
}

static int load_side(struct difference_side *side, const char *argument, const struct trust *trust,
		     struct error *error)
{
	int r;

	side->directory = directory_of(argument);
	if (!side->directory)
		return error_set(error, -ENOMEM, "out of memory");
	r = manifest_load(side->directory, trust, &side->manifest, error);
	if (r < 0)
		return r;
	return manifest_open_body(side->manifest, side->directory, &side->reader, error);
}

static int load_trust(const struct agent_options *given, struct trust **ret, struct error *error)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	int r;

	if (given->trust)
		return trust_load(given->trust, ret, error);
	r = config_load(given->config, &config, error);
	if (r < 0)
		return r;
	r = trust_load(config->anchors, ret, error);
	if (r < 0)
		return error_prefix(error, r, "no --trust PATH given, and no usable anchors");
	return 0;
}

static int compare(const struct agent_options *given, char **arguments,
		   struct difference *difference, struct error *error)
{
	_cleanup_(trust_free_p) struct trust *trust = NULL;
	int r;

	r = load_trust(given, &trust, error);
	if (r < 0)
		return r;
	r = load_side(&difference->old, arguments[0], trust, error);
	if (r < 0)
		return r;
	r = load_side(&difference->new, arguments[1], trust, error);
	if (r < 0)
		return r;
	return difference_find(difference, error);
}

int cmd_diff(void *options, int n_arguments _unused_, char **arguments)
{
	const struct agent_options *given = options;
	_cleanup_(difference_done) struct difference difference = {0};
	_cleanup_error_ struct error error = {0};
	struct report_style style;
	int r;

	r = report_style_init(given->format, given->quiet, &style, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	r = compare(given, arguments, &difference, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	r = difference_write(&difference, &style, stdout);
	if (r < 0) {
		(void)log_error_errno(r, "cannot write the differences: %m");
		return EXIT_UNCHECKED;
	}
	return difference_is_empty(&difference) ? EXIT_PASS : EXIT_FINDINGS;
}
