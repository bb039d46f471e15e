/* SPDX-License-Identifier: Apache-2.0 */
/* The places from which files come to act. */
#pragma once

#include "check/mechanism.h"

/* KIND_FILE when the place tells nothing. /lib and /usr/lib stand for each other. */
enum kind mechanism_place(const char *path);
