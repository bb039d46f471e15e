/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
STARTER("udev", "A udev rule or helper", HIGH, ("T1546.017"), "A udev rule", "T1546.017",
	"udev runs it as root for each device that appears, so at each boot, before "
	"anything else looks.",
	"cat FILE; grep -rnE 'RUN|PROGRAM|IMPORT' /etc/udev/rules.d; dpkg -S FILE",
	"remove the rule, keep a copy of the program that it starts, and " REPLACE),
	ENTRY("udev.runtime", HIGH, ("T1546.017"),
	      "A udev rule that exists until the next boot alone runs a program.",
	      "Rules in /run are in no image and leave no trace. Those that netplan and the like "
	      "make there rename interfaces and run nothing.",
	      "cat FILE; udevadm info --export-db | head",
	      "If nobody can explain it: remove the rule, keep a copy of the program, find out "
	      "what made it, and " REPLACE),
