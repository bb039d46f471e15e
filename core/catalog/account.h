/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("account", "An account or group database", HIGH, ("T1136.001", "T1078.003"),
	  "A further account, a second uid 0, an empty password or a membership in a "
	  "privileged group gives somebody a way to log in that looks like any other.",
	  "getent passwd; awk -F: '$3 == 0' /etc/passwd; getent group sudo",
	  "lock the account, look for its sessions with last(1), and " REPLACE),
