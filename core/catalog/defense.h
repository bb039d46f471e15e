/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("defense", "A part of logging, auditing, access control or updating", HIGH, ("T1685"),
	  "What is switched off here would have recorded or stopped the rest of an attack.",
	  "systemctl is-enabled auditd rsyslog apparmor unattended-upgrades; cat FILE",
	  "switch it on again, treat the time without it as unobserved, and " REPLACE),
