/* SPDX-License-Identifier: Apache-2.0 */
/* What an image says that it is: os-release. */
#pragma once

#include "error.h"

struct image {
	char *name;
	char *version;
};

/*
 * IMAGE_ID and IMAGE_VERSION of the root's os-release(5), else ID and VERSION_ID, else "unnamed"
 * and "0". Values with bytes that no name has (A-Za-z0-9._+~:- are fine) count as absent.
 */
int image_identify(const char *root, struct image *ret) _must_check_;
void image_done(struct image *image);
#define _cleanup_image_ _cleanup_(image_done)
