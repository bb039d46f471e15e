/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
STARTER("kmod", "A kernel module or its configuration", CRITICAL, ("T1547.006", "T1014"),
	"A kernel module setting", "T1547.006",
	"A module runs inside the kernel and can hide files, processes and connections "
	"from everything, this agent included.",
	"modinfo FILE; lsmod; cat /proc/sys/kernel/tainted",
	"do not trust what this instance reports, isolate it, and " REPLACE),
	ENTRY("kmod.hidden", CRITICAL, ("T1014", "T1547.006"),
	      "A kernel module is loaded and is left out of the list of modules.",
	      "Only a module that hides itself is in /sys/module and not in /proc/modules, or the "
	      "other way round. It can hide anything else as well, and lie to this agent.",
	      "ls -d /sys/module/*/initstate; cat /proc/modules; cat /proc/sys/kernel/tainted",
	      "Do not trust what this instance reports, isolate it, keep a copy of its memory and "
	      "disk, and " REPLACE),
	ENTRY("kmod.loaded", CRITICAL, ("T1547.006", "T1014"),
	      "A kernel module is loaded that none of the sealed module files is.",
	      "It was loaded from elsewhere (insmod), or its file came after the seal. A module "
	      "runs inside the kernel and can hide everything.",
	      "modinfo MODULE; lsmod; cat /sys/module/MODULE/taint (MODULE: the name in the "
	      "finding)",
	      "If it belongs there, add it in the image's build and seal again. If nobody can "
	      "explain it: do not trust what this instance reports, isolate it, and " REPLACE),
	ENTRY("kmod.taint", HIGH, ("T1547.006", "T1014"),
	      "The kernel says that a foreign module was loaded, and none of the loaded modules "
	      "is one.",
	      "The mark stays when the module is unloaded or hides itself. Modules of the "
	      "distribution do not set it.",
	      "cat /proc/sys/kernel/tainted; dmesg | grep -i taint; grep . /sys/module/*/taint",
	      "Find the module in the kernel's log. If nobody can explain it: do not trust what "
	      "this instance reports, isolate it, and " REPLACE),
