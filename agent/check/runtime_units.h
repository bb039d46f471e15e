/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "check/live.h"

/*
 * The check "units": units and udev rules that exist until the next boot alone, from /run and,
 * where it answers, from systemd itself.
 */
int runtime_units_check(const struct check_context *context, struct findings *ret,
			struct error *error) _must_check_;

/*
 * The program of an Exec line of a unit, "@-/bin/x a b", without its prefixes and quotes, in a new
 * string; NULL when the line is none, or has no absolute path.
 */
char *exec_line_find_program(const char *line, size_t length);
/* The first line of a udev rules file that runs a program, by itself or through a unit, in a new
 * string; NULL when there is none. */
char *udev_rules_find_run(const char *text);
