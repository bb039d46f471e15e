/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("binary", "A program or shared library", HIGH, ("T1554"),
	  "Code that the system trusts runs with the rights of whoever calls it. A doctored "
	  "copy keeps working and does its second job unseen.",
	  "dpkg -S FILE; dpkg --verify; sha256sum FILE",
	  "keep a copy for analysis, do not run it, and " REPLACE),
