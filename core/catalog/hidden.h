/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define HIDDEN_NOUN "A hidden or oddly named file"
#define HIDDEN_WHY                                                                        \
	"Its name or place is chosen so that people and listings overlook it: a leading " \
	"dot, blanks, look-alike letters, or a program where none belongs."
#define HIDDEN_CONFIRM "ls -lab $(dirname FILE); file FILE; sha256sum FILE"
#define HIDDEN_REMEDY  FILE_REMEDY
CHANGED("hidden", HIDDEN_NOUN, HIGH, ("T1564.001", "T1036"), HIDDEN_WHY, HIDDEN_CONFIRM,
	HIDDEN_REMEDY),
	MISSING("hidden", HIDDEN_NOUN, HIGH, ("T1564.001", "T1036"), HIDDEN_WHY),
	ENTRY("hidden.mount", HIGH, ("T1564", "T1036"),
	      "Something is mounted over a file, a directory of programs or settings, or a "
	      "process.",
	      "What lies below cannot be seen any more, and what is on top was not sealed: "
	      "another passwd, other programs, or nothing where a process was.",
	      "findmnt FILE; cat /proc/self/mountinfo",
	      "If the mount is meant, name it in the sealed /etc/fstab. If nobody can explain it: "
	      "look at the content below with umount in a namespace of its own (unshare -m), "
	      "and " REPLACE),
	ENTRY("hidden.process", CRITICAL, ("T1014", "T1564"),
	      "A process exists and is left out of the list of processes.",
	      "Something in the kernel or in a preloaded library hides it from ps and top, and so "
	      "from whoever looks.",
	      "kill -0 PID; ls -d /proc/PID; ls /proc | grep PID (PID: the number in the finding)",
	      "Do not trust what this instance reports, isolate it, keep a copy of its memory and "
	      "disk, and " REPLACE),
	UNEXPECTED("hidden", HIDDEN_NOUN, HIGH, ("T1564.001", "T1036"), HIDDEN_WHY, HIDDEN_CONFIRM,
		   HIDDEN_REMEDY),
