/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("service", "A systemd unit or its enablement", HIGH, ("T1543.002"),
	  "systemd starts it at boot with whatever rights it asks for, and starts it again "
	  "when it is stopped.",
	  "systemctl cat \"$(basename FILE)\"; systemctl status \"$(basename FILE)\"; dpkg -S "
	  "FILE",
	  "stop and disable the unit, keep a copy of it and of the program that it starts, "
	  "and " REPLACE),
