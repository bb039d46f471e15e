/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue's rows, kept apart from the questions about them. */
#pragma once

#include "catalog.h"

extern const struct catalog_entry catalog_entries[];
extern const size_t catalog_entries_count;
