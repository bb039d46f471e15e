/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
ENTRY("miner.unexpected", CRITICAL, ("T1496"),
      "A cryptocurrency miner or its configuration is in the image.",
      "It spends your processors for somebody else, and whoever brought it has had "
      "the rights to bring anything else.",
      "sha256sum FILE; file FILE; top -b -n 1 | head -20; ss -tnp",
      "Stop its process, keep the file, look for what starts it, and " REPLACE),
