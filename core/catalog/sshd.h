/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("sshd", "A part of the SSH server's configuration", HIGH, ("T1556", "T1098.004"),
	  "It decides who may log in and how: root, empty passwords, further key files, a "
	  "command that supplies keys, a foreign certificate authority.",
	  "sshd -T; dpkg -S FILE",
	  "compare sshd -T with the sealed image's, look at who has logged in, and " REPLACE),
