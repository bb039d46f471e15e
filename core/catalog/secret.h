/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("secret", "A private key, token or password", HIGH, ("T1552.004", "T1552.001"),
	  "Everybody who can launch or copy the image has it, and can act as its owner "
	  "wherever it is accepted.",
	  "ls -l FILE; file FILE",
	  "revoke the secret where it is accepted, look for its use, and " REPLACE),
