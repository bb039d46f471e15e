/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define BINARY_NOUN "A program or shared library"
#define BINARY_WHY                                                                          \
	"Code that the system trusts runs with the rights of whoever calls it. A doctored " \
	"copy keeps working and does its second job unseen."
#define BINARY_CONFIRM "dpkg -S FILE; dpkg --verify; sha256sum FILE"
#define BINARY_REMEDY  "keep a copy for analysis, do not run it, and " REPLACE
CHANGED("binary", BINARY_NOUN, HIGH, ("T1554"), BINARY_WHY, BINARY_CONFIRM, BINARY_REMEDY),
	MISSING("binary", BINARY_NOUN, HIGH, ("T1554"), BINARY_WHY),
	ENTRY("binary.temporary", MEDIUM, ("T1036.005", "T1059"),
	      "A program or a device node lies in a temporary directory that is made anew at each "
	      "boot.",
	      "Nothing of the image lies there. Everybody may write to it, and what is there is "
	      "gone after the next boot.",
	      "ls -lab $(dirname FILE); file FILE; sha256sum FILE",
	      "Find out what brought it. If nobody can explain it: keep a copy and " REPLACE),
	UNEXPECTED_ONLY("binary", BINARY_NOUN, HIGH, ("T1554"), BINARY_WHY, BINARY_CONFIRM,
			BINARY_REMEDY),
	UNOWNED("binary", BINARY_NOUN, LOW, ("T1554"), BINARY_WHY, BINARY_CONFIRM, BINARY_REMEDY),
