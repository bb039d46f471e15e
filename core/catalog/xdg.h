/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
STARTER("xdg", "An autostart entry of a desktop session", HIGH, ("T1547.013"), "An autostart entry",
	"T1547.013",
	"It starts a program when somebody logs in to a desktop, with that person's "
	"rights.",
	"cat FILE; ls -l /etc/xdg/autostart; dpkg -S FILE",
	"remove the entry, keep a copy of the program that it starts, and " REPLACE),
