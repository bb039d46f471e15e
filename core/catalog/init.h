/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
STARTER("init", "A boot script", HIGH, ("T1037.004"), "A boot script", "T1037.004",
	"rc.local and init scripts run as root at each boot, and systemd starts them "
	"without a unit of their own.",
	"cat FILE; ls -l /etc/rc.local /etc/init.d /etc/rc?.d",
	"take away its execute permission, keep a copy, and " REPLACE),
