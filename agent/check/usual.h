/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stock Debian system has although no package owns it: made by maintainer scripts, by
 * installers and by cloud-init. Each rule is as narrow as its reason, and is checked where there is
 * something to check. What such a file says is for the checks of content, which see it all the
 * same.
 */
#pragma once

#include "check/check.h"

/*
 * Whether a rule explains the difference; `ret_hint` (of a static string, or NULL) is what a rule
 * for this path wanted and did not find. In an audit with packages alone.
 */
bool usual_explains(const struct check_context *context, const struct difference *difference,
		    const char **ret_hint);
