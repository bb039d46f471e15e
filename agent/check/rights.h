/* SPDX-License-Identifier: Apache-2.0 */
/* Which rights a packaged file may have: dpkg's database has no modes, so those of Debian 12's own
 * privileged programs stand here. */
#pragma once

#include "check/packages.h"

/*
 * What is wrong with the rights of a regular file that a package owns: ATTRIBUTE_MODE for a set-id
 * bit that Debian does not give it or for write permission for everybody, ATTRIBUTE_CAPABILITY for
 * capabilities, ATTRIBUTE_UID for a program of somebody other than root. Puts what is usual into
 * `expected`.
 */
unsigned rights_compare(const struct packages *packages, const char *path,
			const struct entry *actual, struct entry *expected);

/*
 * Whether a set-id bit on a program of this name gives its caller a shell, or any file
 * (gtfobins.github.io). A packaged program that is not among Debian's own set-id programs and not
 * among these may come from somebody else's package.
 */
bool rights_is_dangerous(const char *path);
