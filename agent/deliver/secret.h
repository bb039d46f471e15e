/* SPDX-License-Identifier: Apache-2.0 */
/* The token that the collector asks of agents. */
#pragma once

#include "config.h"

/*
 * From the systemd credential or the file that the configuration names; NULL when it names none.
 * One line of visible ASCII. -ENOENT, -EPERM (the file is open to group or others), -EINVAL, each
 * with the reason and without the token. The caller wipes it.
 */
int secret_read(const struct config *config, char **ret, struct error *error) _must_check_;

/* Overwrites and frees. */
void secret_wipe(char **secret);
