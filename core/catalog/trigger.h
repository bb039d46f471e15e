/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("trigger", "Something that an event runs", HIGH, ("T1546"),
	  "Plug-ins, hooks and handlers run when something harmless happens: a log is "
	  "rotated, an interpreter starts, a message bus name is asked for.",
	  "cat FILE; dpkg -S FILE", "keep a copy, find out what runs it, and " REPLACE),
