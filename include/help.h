/* SPDX-License-Identifier: Apache-2.0 */
/* Help text, printed from the tables of a command line (options.h) in at most 80 columns. */
#pragma once

#include "options.h"

/* Whether `row` may be given with `verb`, which is a row of the command line's own table. */
bool option_is_for(const struct command_line *command_line, const struct option_row *row,
		   const struct verb *verb);

/*
 * Prints the help of one verb, or of the program when `verb` is NULL. The details of a verb are
 * paragraphs with an empty line between them; a line that starts with a blank is kept as it is.
 * Write errors stay in the stream for the caller.
 */
void help_print(FILE *stream, const struct command_line *command_line, const struct verb *verb);
