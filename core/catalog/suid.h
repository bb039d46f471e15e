/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("suid", "A program with a setuid or setgid bit or file capabilities", HIGH, ("T1548.001"),
	  "Whoever starts it gets its owner's rights. A copy of a shell with the bit set is "
	  "root for everybody.",
	  "stat FILE; getcap FILE; dpkg -S FILE; dpkg-statoverride --list",
	  "take the bit away with chmod u-s,g-s or setcap -r, keep a copy, and " REPLACE),
