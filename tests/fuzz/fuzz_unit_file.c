/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unit from a hostile disk, and its values as names and with their specifiers filled in. Parsing
 * it in two halves, as a unit and its drop-in are, must not lose a setting of either.
 */
#include "check/unit_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_setting(const struct unit_file *unit, const struct unit_setting *setting)
{
	_cleanup_free_ char *expanded = unit_expand(setting->value, setting->key);
	_cleanup_free_ char *template = unit_name_template(setting->value);
	const char *value = unit_file_get(unit, setting->section, setting->key);
	size_t at = 0, length = strlen(setting->value);

	require(expanded != NULL);
	require(!template || strchr(template, '@'));
	require(!value || *value);
	require(length == 0 || !strchr(" \t", setting->value[length - 1]));
	while ((value = unit_file_next(unit, setting->section, setting->key, &at)))
		require(*value && at <= unit->count);
	(void)unit_value_has_word(setting->value, setting->key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_unit_file_ struct unit_file unit = {}, second = {};
	const char *text = (const char *)data;
	size_t first;

	require(unit_file_parse(&unit, text, size) == 0);
	require(unit_file_parse(&second, text, size) == 0);
	first = second.count;
	require(first == unit.count);
	require(unit_file_parse(&second, text, size) == 0);
	require(second.limited || second.count == 2 * first);
	for (size_t i = 0; i < unit.count && i < 64; i++)
		check_setting(&unit, &unit.settings[i]);
	return 0;
}
