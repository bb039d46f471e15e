/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
STARTER("motd", "A login message or the script that makes it", HIGH, ("T1037"), "A login script",
	"T1037", "Scripts in update-motd.d run as root at each login over SSH.",
	"ls -l /etc/update-motd.d; cat FILE; dpkg -S FILE",
	"take away its execute permission, keep a copy, and " REPLACE),
