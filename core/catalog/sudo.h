/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("sudo", "A rule of sudo or doas", HIGH, ("T1548.003"),
	  "It says who becomes root, with which command and whether a password is asked.",
	  "visudo -c; sudo -ll -U root; cat FILE",
	  "remove the rule, look in the journal for who has used it, and " REPLACE),
