/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("linker", "A part of the dynamic linker's search path or cache", HIGH, ("T1574"),
	  "It decides which library a program loads; a directory or link put first gives "
	  "a doctored library to programs that are themselves unchanged.",
	  "ldconfig -p; cat /etc/ld.so.conf /etc/ld.so.conf.d/*; ls -l FILE",
	  "keep a copy of the library that it leads to, and " REPLACE),
