/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
STARTER("nethook", "A script or setting that the network's start runs", HIGH, ("T1546"),
	"A network hook", "T1546",
	"Dispatcher scripts and hooks of DHCP and interfaces run as root whenever the "
	"network changes, which is at each boot.",
	"cat FILE; grep -rnE '(pre|post)-?(up|down)' /etc/network; dpkg -S FILE",
	"take away its execute permission, keep a copy, and " REPLACE),
