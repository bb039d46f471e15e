/* SPDX-License-Identifier: Apache-2.0 */
/* What a first boot explains, as findings that say so and accuse nobody. */
#pragma once

#include "finding.h"

#define EXPLAINED_MAX 1000 /* reasons; those beyond it become one */

struct check_context;

/* One finding for each reason, with the code of its first difference. -ENOMEM. */
int explained_take(const struct check_context *context, struct findings *ret) _must_check_;
