/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict.h"

#include "cleanup.h"

#include <string.h>

static const char *const verdict_names[_VERDICT_MAX] = {
	[VERDICT_NONE] = "none",
	[VERDICT_PASS] = "pass",
	[VERDICT_WARN] = "warn",
	[VERDICT_FAIL] = "fail",
};

static const char *const severity_names[_SEVERITY_MAX] = {
	[SEVERITY_INFO] = "info", [SEVERITY_LOW] = "low",	    [SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high", [SEVERITY_CRITICAL] = "critical",
};

/* The index of `text` in a table of names, or -EINVAL. */
static int name_find(const char *const names[], size_t count, const char *text)
{
	if (!text)
		return -EINVAL;

	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], text) == 0)
			return (int)i;
	return -EINVAL;
}

const char *verdict_to_string(enum verdict verdict)
{
	if ((int)verdict < 0 || verdict >= _VERDICT_MAX)
		return NULL;
	return verdict_names[verdict];
}

enum verdict verdict_from_string(const char *text)
{
	return (enum verdict)name_find(verdict_names, ELEMENTS(verdict_names), text);
}

enum verdict verdict_worst(enum verdict a, enum verdict b)
{
	return a > b ? a : b;
}

const char *severity_to_string(enum severity severity)
{
	if ((int)severity < 0 || severity >= _SEVERITY_MAX)
		return NULL;
	return severity_names[severity];
}

enum severity severity_from_string(const char *text)
{
	return (enum severity)name_find(severity_names, ELEMENTS(severity_names), text);
}
