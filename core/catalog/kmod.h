/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
STARTER("kmod", "A kernel module or its configuration", CRITICAL, ("T1547.006", "T1014"),
	"A kernel module setting", "T1547.006",
	"A module runs inside the kernel and can hide files, processes and connections "
	"from everything, this agent included.",
	"modinfo FILE; lsmod; cat /proc/sys/kernel/tainted",
	"do not trust what this instance reports, isolate it, and " REPLACE),
