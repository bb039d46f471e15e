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

struct verification {
	const struct agent_options *given;
	struct report_style style;
};

static int verify(void *data)
{
	const struct verification *verification = data;
	const struct agent_options *given = verification->given;
	_cleanup_examination_ struct examination examination = {};
	_cleanup_(config_free_p) struct config *config = NULL;
	_cleanup_error_ struct error error = {};
	struct report report;
	int r;

	r = config_load(given->config, &config, &error);
	if (r == 0)
		r = examine(&(struct examine_request){.options = given, .config = config},
			    &examination, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_UNCHECKED;
	}
	warn_of_wrong_image(&examination);
	report_from_examination(&examination, &report);
	r = report_write(&report, &verification->style, stdout);
	if (r < 0) {
		(void)log_error_errno(r, "cannot write the report: %m");
		return EXIT_UNCHECKED;
	}
	return (int)report_exit_code(examination.verdict);
}

int cmd_verify(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	struct verification verification = {.given = options};
	_cleanup_error_ struct error error = {};
	int r;

	r = report_style_init_all(verification.given->format, verification.given->quiet,
				  &verification.style, &error);
	if (r == 0)
		r = examine_check_options(verification.given, &error);
	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	r = examine_in_time(verification.given, verify, &verification);
	return r < 0 ? EXIT_UNCHECKED : r;
}
