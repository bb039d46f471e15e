/* SPDX-License-Identifier: Apache-2.0 */
/* /usr/lib/os-release, into which an image's build writes the image's name; os-release(5). */
#pragma once

#include "measure/compare.h"

/*
 * Whether the difference is one of os-release's content, and the packaged file only got lines of
 * IMAGE_ID, IMAGE_VERSION, BUILD_ID, VARIANT and VARIANT_ID.
 */
bool release_is_named(int root_fd, const struct difference *difference);
