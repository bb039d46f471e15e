/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("preload", "A library that is loaded into every program", CRITICAL, ("T1574.006"),
	  "What ld.so.preload or LD_PRELOAD names runs inside each program that starts, and "
	  "can hide files, processes and itself from all of them.",
	  "cat /etc/ld.so.preload; grep -rn LD_ /etc/environment /etc/security/pam_env.conf",
	  "look at the disk from another system, as this one's tools may lie, and " REPLACE),
