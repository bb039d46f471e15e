/* SPDX-License-Identifier: Apache-2.0 */
/*
 * systemd's unit files, and files of the same syntax (desktop entries, D-Bus services, quadlets):
 * systemd.syntax(7), systemd.unit(5).
 */
#pragma once

#include "cleanup.h"

#include <stdbool.h>
#include <stddef.h>

#define UNIT_SIZE_MAX	  (4 * 1024 * 1024) /* bytes of one file */
#define UNIT_LINES_MAX	  1000000	    /* of one file */
#define UNIT_SETTINGS_MAX 16384		    /* kept of a unit with all its drop-ins */

struct unit_setting {
	const char *section; /* a constant */
	char *key;
	char *value; /* without the blanks around it; quotes and specifiers as they are */
};

/* The assignments of the known sections, in order. A zeroed struct is an empty one. */
struct unit_file {
	struct unit_setting *settings;
	size_t count, space;
	bool limited; /* there is more than was looked at */
};

/*
 * Appends what a file says, so that a drop-in is parsed into the unit that it changes. Lines that
 * are no assignment, and sections that nobody knows, are left out as systemd leaves them out.
 * -ENOMEM; a limit sets `limited`.
 */
int unit_file_parse(struct unit_file *unit, const char *text, size_t size) _must_check_;
/* Reads and parses a file; also the errors of root_read(). */
int unit_file_read(struct unit_file *unit, int root_fd, const char *path) _must_check_;
void unit_file_done(struct unit_file *unit);
#define _cleanup_unit_file_ _cleanup_(unit_file_done)

/* The value that counts of a setting that has one: the last; NULL when it is not set or empty. */
const char *unit_file_get(const struct unit_file *unit, const char *section, const char *key);

/*
 * The values that count of a setting that is a list: those after the last empty one. Start with
 * *at = 0 and call until NULL.
 */
const char *unit_file_next(const struct unit_file *unit, const char *section, const char *key,
			   size_t *at);

/* Whether a value has the word, separated by blanks. */
bool unit_value_has_word(const char *value, const char *word);

/*
 * The unit's name as a template has it: "getty@tty1.service" to "getty@.service"; NULL when it is
 * no instance. New string, which may also be NULL for want of memory.
 */
char *unit_name_template(const char *name);

/*
 * Fills in the specifiers that the name alone and the system manager's own directories decide: %n
 * %N %p %P %i %I %j %J %t %S %C %L %E %T %V and %%. The others stay as they are. New string, NULL
 * when out of memory. Source: systemd.unit(5), "Specifiers".
 */
char *unit_expand(const char *text, const char *name) _must_check_;
