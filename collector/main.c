/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd.h"
#include "log.h"

#include <string.h>

/* Wanted before the command line is parsed. */
static bool is_debugging(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--debug") == 0)
			return true;
	return false;
}

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

	log_open(PROGRAM, is_debugging(argc, argv) ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	return command_line_run(&command_line, argc, argv);
}
