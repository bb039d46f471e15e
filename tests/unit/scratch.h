/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of its own for each test that writes files. A failing call fails the test. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

/* cmocka setup and teardown: *state is the path of a new directory, removed with all in it. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* "DIRECTORY/NAME" in a new string. */
char *scratch_path(void **state, const char *name);

/* Writes a file there with exactly this mode; returns its path in a new string. */
char *scratch_file(void **state, const char *name, const char *text, mode_t mode);

/* How many names the directory holds. */
size_t scratch_count(void **state);
