/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("remote", "A tunnel, a proxy or a remote-access program", HIGH,
	  ("T1572", "T1219", "T1090.003"),
	  "It calls out and lets somebody in by that connection, past every rule that "
	  "only looks at what comes from outside.",
	  "cat FILE; ss -tnp state established; systemctl list-units --type=service",
	  "find out where it connects, cut that connection, and " REPLACE),
