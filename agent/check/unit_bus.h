/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "check/live.h"

#include <systemd/sd-bus.h>

/*
 * The check "systemd": what systemd has loaded, as it says over D-Bus
 * (org.freedesktop.systemd1(5)). 1 with the reason when no systemd answers here.
 */
int systemd_check(const struct check_context *context, struct findings *ret,
		  struct error *error) _must_check_;

/* The same over a connection that is open already. */
int unit_bus_check(struct live *live, sd_bus *bus, struct error *error) _must_check_;
