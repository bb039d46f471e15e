/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "log.h"

#include <string.h>

/* Wanted before the command line is parsed, so that its parsing can be watched too. */
static bool is_debugging(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--debug") == 0)
			return true;
	return false;
}

int main(int argc, char **argv)
{
	struct agent_options options = {0};
	const struct command_line command_line = {
		.program = AGENT_PROGRAM,
		.purpose = "Is this the image that was built, and did its first boot do only what "
			   "was asked of it?",
		.version = GOLDSEAL_VERSION,
		.verbs = agent_verbs,
		.n_verbs = agent_n_verbs,
		.options = agent_option_rows,
		.n_options = agent_n_option_rows,
		.values = &options,
	};

	log_open(AGENT_PROGRAM, is_debugging(argc, argv) ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	return command_line_run(&command_line, argc, argv);
}
