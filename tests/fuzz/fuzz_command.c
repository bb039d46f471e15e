/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command line from a hostile disk, in each syntax, and as a script. No root is looked at: what
 * is fuzzed is the taking apart.
 */
#include "check/command.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_command(const struct command *command)
{
	if (command->count > COMMAND_PROGRAMS_MAX)
		abort();
	for (size_t i = 0; i < command->count; i++)
		if (!command->programs[i].path ||
		    (command->programs[i].judged & ~command->judged) != 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct difference *none[1] = {};
	const struct suspects suspects = {.by_path = none};
	struct command_judge judge = {.root_fd = -EBADF, .suspects = &suspects};

	for (int syntax = WORDS_SHELL; syntax <= WORDS_PLAIN; syntax++) {
		_cleanup_command_ struct command command = {};

		if (command_judge_line(&judge, (const char *)data, size, (enum words_syntax)syntax,
				       &command) < 0)
			abort();
		check_command(&command);
		if (command_judge_script(&judge, (const char *)data, size, &command) < 0)
			abort();
		check_command(&command);
	}
	return 0;
}
