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
	ENTRY("preload.library", HIGH, ("T1574.006", "T1055"),
	      "A process has loaded a library from a temporary or hidden place, or one that was "
	      "deleted or never was a file.",
	      "Libraries of packages do not lie there. It was put into the program by the loader "
	      "or from outside.",
	      "cat /proc/PID/maps; ls -l /proc/PID/map_files (PID: the number in the finding)",
	      "Keep a copy from /proc/PID/map_files, find out what loaded it, and " REPLACE),
	ENTRY("preload.process", HIGH, ("T1574.006"),
	      "A process was told by its environment to load a library that nothing vouches for.",
	      "A library in LD_PRELOAD or LD_AUDIT, or found first in LD_LIBRARY_PATH, runs "
	      "inside the program, sees what it sees, and can hide things from it.",
	      "tr '\\0' '\\n' < /proc/PID/environ | grep ^LD_; cat /proc/PID/maps (PID: the "
	      "number in the finding)",
	      "Keep a copy of the library, find out what set the variable, and " REPLACE),
