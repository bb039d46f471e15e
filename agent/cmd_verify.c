/* SPDX-License-Identifier: Apache-2.0 */
#include "examine.h"
#include "log.h"

#include <inttypes.h>
#include <string.h>

/* Half of the entries differ: more likely the wrong manifest than an attack. */
static void warn_of_wrong_image(const struct examination *examination)
{
	const struct manifest *manifest = examination->manifest;
	uint64_t differing = examination->comparison.count + examination->comparison.dropped;

	if (differing > manifest->entries / 2)
		log_warning("%" PRIu64 " entries differ from a manifest of %" PRIu64
			    ": is %s the image %s %s?",
			    differing, manifest->entries, examination->root, manifest->image_name,
			    manifest->image_version);
}

static int verify(const struct agent_options *given, const struct report_style *style)
{
	_cleanup_examination_ struct examination examination = {};
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {};
	struct report report;
	int r;

	r = config_load(given->config, &config, &error);
	if (r == 0)
		r = examine(given, config, &examination, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	warn_of_wrong_image(&examination);
	report_from_examination(&examination, &report);
	r = report_write(&report, style, stdout);
	if (r < 0) {
		(void)log_error_errno(r, "cannot write the report: %m");
		return EXIT_UNCHECKED;
	}
	return (int)report_exit_code(examination.verdict);
}

int cmd_verify(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	const struct agent_options *given = options;
	_cleanup_error_ struct error error = {};
	struct report_style style;
	enum phase phase;
	int r;

	r = report_style_init_all(given->format, given->quiet, &style, &error);
	if (r == 0)
		r = examine_phase(given, &phase, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	return verify(given, &style);
}
