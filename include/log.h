/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the programs, on standard error.
 *
 * Levels and the prefix are those of sd-daemon(3): when standard error is the journal
 * (JOURNAL_STREAM is set) each line starts with "<N>". Only verbs and main log; library code
 * returns codes and reasons.
 */
#pragma once

#include "cleanup.h"

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Sets program name (kept, not copied), highest level shown, and colour on a terminal. */
void log_open(const char *program, enum log_level max_level);

/*
 * Writes one line: "program: error: text". Control characters in the text are escaped, so a hostile
 * file name cannot reach the terminal. Returns `r`, so that `return log_error_errno(r, ...)` is one
 * expression. In the format %m stands for the text of errno `-r`.
 */
int log_full(enum log_level level, int r, const char *format, ...) _printf_(3, 4);

#define log_error_errno(r, ...)	  log_full(LOG_LEVEL_ERROR, (r), __VA_ARGS__)
#define log_warning_errno(r, ...) log_full(LOG_LEVEL_WARNING, (r), __VA_ARGS__)
#define log_error(...)		  ((void)log_full(LOG_LEVEL_ERROR, 0, __VA_ARGS__))
#define log_warning(...)	  ((void)log_full(LOG_LEVEL_WARNING, 0, __VA_ARGS__))
#define log_info(...)		  ((void)log_full(LOG_LEVEL_INFO, 0, __VA_ARGS__))
#define log_debug(...)		  ((void)log_full(LOG_LEVEL_DEBUG, 0, __VA_ARGS__))
