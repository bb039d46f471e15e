/* SPDX-License-Identifier: Apache-2.0 */
/* sshd_config(5) and ssh_config(5): keyword and arguments of a line. */
#pragma once

#include "check/span.h"

struct ssh_directive {
	struct span keyword;
	struct span arguments; /* the rest of the line, unparsed */
	struct span first;     /* the first argument, without quotes; empty: none */
};

/* False for an empty line and a comment. "Keyword value", "Keyword=value" and quotes are taken. */
bool ssh_directive_parse(struct span line, struct ssh_directive *ret);
/* The next argument, quotes taken off. */
bool ssh_argument_next(struct span *arguments, struct span *ret);
