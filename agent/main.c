/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "log.h"

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

	/* Before the command line is parsed, so that its parsing can be watched too. */
	log_open(AGENT_PROGRAM,
		 command_line_has_flag(argc, argv, "debug") ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	return command_line_run(&command_line, argc, argv);
}
