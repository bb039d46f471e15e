/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("hidden", "A hidden or oddly named file", HIGH, ("T1564.001", "T1036"),
	  "Its name or place is chosen so that people and listings overlook it: a leading "
	  "dot, blanks, look-alike letters, or a program where none belongs.",
	  "ls -lab $(dirname FILE); file FILE; sha256sum FILE", FILE_REMEDY),
