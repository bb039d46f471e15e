/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "log.h"

int main(int argc, char **argv)
{
	struct options options = {0};
	const struct command_line command_line = {
		.program = PROGRAM,
		.purpose = "Appraises what goldseal's agents report and shows the fleet.",
		.version = GOLDSEAL_VERSION,
		.verbs = collector_verbs,
		.n_verbs = _VERB_MAX,
		.options = collector_options,
		.n_options = n_collector_options,
		.values = &options,
	};

	/* Before the command line is parsed, so that its parsing can be watched too. */
	log_open(PROGRAM,
		 command_line_has_flag(argc, argv, "debug") ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	return command_line_run(&command_line, argc, argv);
}
