/* SPDX-License-Identifier: Apache-2.0 */
#include "measure/progress.h"

#include "clock.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INTERVAL_MS  100
#define CLEAR_TO_END "\r\033[K"

void progress_init(struct progress *progress, bool quiet)
{
	const char *terminal = getenv("TERM");

	*progress = (struct progress){};
	if (!quiet && isatty(STDERR_FILENO) && (!terminal || strcmp(terminal, "dumb") != 0))
		progress->stream = stderr;
}

void progress_tell(struct progress *progress, uint64_t entries, uint64_t bytes)
{
	uint64_t now;

	if (!progress || !progress->stream)
		return;
	now = clock_monotonic_ms();
	if (now - progress->last_ms < INTERVAL_MS)
		return;
	progress->last_ms = now;
	progress->shown = true;
	(void)fprintf(progress->stream, CLEAR_TO_END "measured %" PRIu64 " entries, %" PRIu64 " MB",
		      entries, bytes / 1000000);
	(void)fflush(progress->stream);
}

void progress_say(const struct progress *progress, const char *format, ...)
{
	va_list arguments;

	if (!progress || !progress->stream)
		return;
	(void)fputs(CLEAR_TO_END, progress->stream);
	va_start(arguments, format);
	(void)vfprintf(progress->stream, format, arguments);
	va_end(arguments);
	(void)fputc('\n', progress->stream);
	(void)fflush(progress->stream);
}

void progress_done(struct progress *progress)
{
	if (progress && progress->shown)
		(void)fputs(CLEAR_TO_END, progress->stream);
}
