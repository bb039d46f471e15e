/* SPDX-License-Identifier: Apache-2.0 */
/* What the instance was told to do at first boot: by digest, and where it is bad in itself. */
#pragma once

#include "error.h"
#include "finding.h"

struct check_context;

int cloudinit_check(const struct check_context *context, struct findings *ret,
		    struct error *error) _must_check_;
