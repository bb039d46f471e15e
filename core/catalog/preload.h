/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define PRELOAD_NOUN "A library that is loaded into every program"
#define PRELOAD_WHY                                                                         \
	"What ld.so.preload or LD_PRELOAD names runs inside each program that starts, and " \
	"can hide files, processes and itself from all of them."
#define PRELOAD_CONFIRM \
	"cat /etc/ld.so.preload; grep -rn LD_ /etc/environment /etc/security/pam_env.conf"
#define PRELOAD_REMEDY \
	"look at the disk from another system, as this one's tools may lie, and " REPLACE
CHANGED("preload", PRELOAD_NOUN, CRITICAL, ("T1574.006"), PRELOAD_WHY, PRELOAD_CONFIRM,
	PRELOAD_REMEDY),
	ENTRY("preload.environment", CRITICAL, ("T1574.006"),
	      "An environment loads a library into each program that gets it.",
	      "LD_PRELOAD, LD_AUDIT and LD_LIBRARY_PATH put foreign code into owned programs "
	      "without changing one of them.",
	      "cat FILE; systemctl show-environment; grep -rn LD_ /etc/environment "
	      "/etc/systemd /etc/default",
	      "Remove the variable, keep a copy of the library that it names, look at the disk "
	      "from another system, and " REPLACE),
	MISSING("preload", PRELOAD_NOUN, CRITICAL, ("T1574.006"), PRELOAD_WHY),
	UNEXPECTED("preload", PRELOAD_NOUN, CRITICAL, ("T1574.006"), PRELOAD_WHY, PRELOAD_CONFIRM,
		   PRELOAD_REMEDY),
