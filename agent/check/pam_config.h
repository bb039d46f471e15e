/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of pam.d(5) and pam.conf(5). */
#pragma once

#include "check/span.h"

struct pam_line {
	struct span type;      /* auth, account, password, session; a '-' before it is left out */
	struct span control;   /* "required", "[success=1 default=ignore]", "include" */
	struct span module;    /* "pam_unix.so", or an absolute path */
	struct span arguments; /* unparsed */
};

/* `has_service`: pam.conf's lines begin with one. False for an empty line, a comment, an @include.
 */
bool pam_line_parse(struct span line, bool has_service, struct pam_line *ret);

/* The file name of the module: "pam_unix.so". */
struct span pam_module_name(struct span module);
/* Whether success of this module alone lets somebody in: sufficient, or success=done or =ok. */
bool pam_control_suffices(struct span control);
bool pam_has_argument(struct span arguments, const char *word);
