/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "check/check.h"
#include "json.h"
#include "log.h"
#include "report.h"

#include <string.h>

static const struct {
	unsigned situation;
	const char *name;
} situations[] = {
	{SITUATION_IMAGE, "image"},
	{SITUATION_AUDIT, "audit"},
	{SITUATION_BOOT, "boot"},
};

static const struct {
	unsigned need;
	const char *name;
} needs[] = {
	{NEEDS_LIVE, "running system"},
	{NEEDS_PACKAGES, "package database"},
};

static json_t *situations_to_json(const struct check *check)
{
	_cleanup_json_ json_t *array = json_array();

	for (size_t i = 0; i < ELEMENTS(situations); i++)
		if (check->situations & situations[i].situation &&
		    json_array_append_new(array, json_string(situations[i].name)) < 0)
			return NULL;
	return TAKE_PTR(array);
}

static json_t *needs_to_json(const struct check *check)
{
	_cleanup_json_ json_t *array = json_array();

	for (size_t i = 0; i < ELEMENTS(needs); i++)
		if (check->needs & needs[i].need &&
		    json_array_append_new(array, json_string(needs[i].name)) < 0)
			return NULL;
	return TAKE_PTR(array);
}

static json_t *check_to_json(const struct check *check)
{
	json_t *in = situations_to_json(check), *need = needs_to_json(check);

	return json_pack("{s:s, s:s, s:o, s:o, s:s}", "name", check->name, "title", check->title,
			 "situations", in, "needs", need, "codes", check->codes);
}

static int print_json(void)
{
	_cleanup_json_ json_t *array = json_array();
	size_t count;
	const struct check *checks = checks_list(&count);

	for (size_t i = 0; i < count; i++)
		if (json_array_append_new(array, check_to_json(&checks[i])) < 0)
			return -ENOMEM;
	if (json_dumpf(array, stdout, JSON_INDENT(2)) < 0 || fputc('\n', stdout) == EOF)
		return -EIO;
	return 0;
}

static int print_text(void)
{
	size_t count;
	const struct check *checks = checks_list(&count);

	for (size_t i = 0; i < count; i++) {
		printf("%-12s", checks[i].name);
		for (size_t k = 0; k < ELEMENTS(situations); k++)
			printf(" %-5s", checks[i].situations & situations[k].situation
						? situations[k].name
						: "-");
		printf("  %s\n", checks[i].title);
	}
	return fflush(stdout) == 0 ? 0 : -errno;
}

int cmd_checks(void *options, int n_arguments _unused_, char **arguments _unused_)
{
	const struct agent_options *given = options;
	_cleanup_error_ struct error error = {};
	struct report_style style;
	int r = report_style_init(given->format, given->quiet, &style, &error);

	if (r < 0) {
		(void)log_error_errno(r, "%s", error_text(&error, r));
		return EXIT_USAGE;
	}
	r = style.format == REPORT_JSON ? print_json() : print_text();
	if (r < 0) {
		(void)log_error_errno(r, "cannot write the list: %m");
		return EXIT_UNCHECKED;
	}
	return EXIT_PASS;
}
