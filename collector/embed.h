/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of the source tree as constants in the program. Paths are relative to the top of the tree,
 * where the compiler runs.
 */
#pragma once

#include <stddef.h>

extern const char embedded_schema_1[]; /* collector/sql/0001.sql, NUL-terminated */
extern const char embedded_openapi[];  /* docs/openapi.json, NUL-terminated */
