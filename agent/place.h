/* SPDX-License-Identifier: Apache-2.0 */
/* Where the manifest of a mounted image lies in that image. */
#pragma once

#include "error.h"

/*
 * The directory at `inside` (absolute inside the root) as a path of this system: ROOT/inside, or,
 * where symbolic links of the image lie on that way, the place that they lead to in the image. They
 * never lead out of it: -ENOENT and so on with the reason. New string.
 */
int place_find(const char *root, const char *inside, char **ret, struct error *error) _must_check_;
