/* SPDX-License-Identifier: Apache-2.0 */
/* Links by which something is started at boot: what `systemctl enable` and update-rc.d make. */
#pragma once

#include "check/suspect.h"

/*
 * Whether a link at `path` with the target `link` is just what the thing that it enables asks for:
 * a link in a unit's .wants, .requires or .upholds directory, or under another name of it, to a
 * unit whose [Install] section says so (systemd.unit(5)), or one in /etc/rcN.d to an init script
 * of that name. False when the unit is a suspect itself, when it opens a way in and is not started
 * by anybody's default (a shell on a console), and whenever this cannot be found out.
 *
 * `suspects` may be NULL: then the unit's content is believed.
 */
bool unit_is_enabled_as_declared(int root_fd, const struct suspects *suspects, const char *path,
				 const char *link);

/* Only the part about [Install]: whether the unit file at `unit_path` asks for a link at `path`. */
bool enablement_is_declared(int root_fd, const char *path, const char *unit_path);

/* Whether a unit of this name gives a root shell, or root's rescue prompt, to who is at a console.
 */
bool unit_is_dormant(const char *name);
