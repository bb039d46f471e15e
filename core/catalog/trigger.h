/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define TRIGGER_NOUN "Something that an event runs"
#define TRIGGER_WHY                                                                   \
	"Plug-ins, hooks and handlers run when something harmless happens: a log is " \
	"rotated, an interpreter starts, a message bus name is asked for."
#define TRIGGER_CONFIRM "cat FILE; dpkg -S FILE"
#define TRIGGER_REMEDY	"keep a copy, find out what runs it, and " REPLACE
CHANGED("trigger", TRIGGER_NOUN, HIGH, ("T1546"), TRIGGER_WHY, TRIGGER_CONFIRM, TRIGGER_REMEDY),
	STARTS_SHELL("trigger", "An event", "T1546"),
	STARTS_DOWNLOAD("trigger", "An event", "T1546"),
	ENTRY("trigger.makes-autostart", HIGH, ("T1546", "T1053.003"),
	      "A rule makes a file at each boot in a place from which something is started.",
	      "What is removed there comes back with the next boot, and a look at a running "
	      "system shows only the result.",
	      "cat FILE; systemd-tmpfiles --cat-config | grep -nE 'cron|systemd|ld.so'",
	      "Remove the rule first and then what it made, and " REPLACE),
	MISSING("trigger", TRIGGER_NOUN, HIGH, ("T1546"), TRIGGER_WHY),
	STARTS_PLACE("trigger", "An event", "T1546"),
	UNEXPECTED("trigger", TRIGGER_NOUN, HIGH, ("T1546"), TRIGGER_WHY, TRIGGER_CONFIRM,
		   TRIGGER_REMEDY),
	STARTS_WRITABLE("trigger", "An event", "T1546"),
	ENTRY("trigger.helper", HIGH, ("T1546"),
	      "The kernel is told to run a program that nothing vouches for.",
	      "Core dumps, missing modules and unknown file formats make the kernel start a "
	      "program as root. Whoever sets the path has root whenever that happens.",
	      "cat FILE; sysctl kernel.core_pattern kernel.modprobe; ls /proc/sys/fs/binfmt_misc",
	      "Set it back with sysctl, keep a copy of the program, find out what "
	      "set it, and " REPLACE),
