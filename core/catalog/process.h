/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define PROCESS_CONFIRM(more)                                                                    \
	"ls -l /proc/PID/exe; tr '\\0' ' ' < /proc/PID/cmdline; grep PPid /proc/PID/status" more \
	" (PID: the number in the finding)"
#define PROCESS_REMEDY                                                                       \
	"copy the program with cp /proc/PID/exe, find out what started it (its parent, its " \
	"cgroup, units, timers, cron), isolate the instance, and " REPLACE
ENTRY("process.deleted", HIGH, ("T1070.004"), "A process runs a program whose file was deleted.",
      "Deleting the file after the start leaves nothing on the disk to find. An upgrade does the "
      "same, but then a file of a package is at that path again, and this is not reported.",
      PROCESS_CONFIRM(""), "If nobody can explain it: " PROCESS_REMEDY),
	ENTRY("process.hidden", HIGH, ("T1564.001"),
	      "A process runs a program that lies below a hidden directory or has a hidden name.",
	      "Programs of packages do not lie there. The place is chosen so that listings leave "
	      "it "
	      "out.",
	      PROCESS_CONFIRM(""), "If nobody can explain it: " PROCESS_REMEDY),
	ENTRY("process.masquerade", HIGH, ("T1036.004", "T1036.005"),
	      "A process bears the name of a kernel thread or of another program.",
	      "Whoever looks at a list of processes is meant to take it for what it is not. Kernel "
	      "threads run no program, and a daemon's name belongs to the daemon's file.",
	      PROCESS_CONFIRM("; ps -o pid,ppid,comm,args -p PID"),
	      "If nobody can explain it: " PROCESS_REMEDY),
	ENTRY("process.memory", HIGH, ("T1620"),
	      "A process runs a program that is in no file, but in memory alone (memfd_create).",
	      "Nothing of it is on the disk for a scanner to see. The container runtimes runc and "
	      "crun do this with copies of themselves, which are not reported.",
	      PROCESS_CONFIRM(""), "If nobody can explain it: " PROCESS_REMEDY),
	ENTRY("process.renamed", MEDIUM, ("T1036.004"),
	      "A process is listed under a name that no program of this system has.",
	      "A shell or a language runs, and what it runs cannot be told from its command line "
	      "any more. Some daemons do this to show their state; scripts of attackers do it to "
	      "hide.",
	      PROCESS_CONFIRM("; ls -l /proc/PID/cwd /proc/PID/fd"),
	      "If nobody can explain it: " PROCESS_REMEDY),
	ENTRY("process.temporary", HIGH, ("T1059", "T1036.005"),
	      "A process runs a program that lies in a temporary place.",
	      "Everybody may write there, and what is there is gone after the next boot: the place "
	      "for something that was downloaded and is not meant to be found.",
	      PROCESS_CONFIRM(""), "If nobody can explain it: " PROCESS_REMEDY),
	ENTRY("process.unvouched", MEDIUM, ("T1059"),
	      "A process runs a program that is neither in the sealed image nor a package's.",
	      "The image was sealed so that what runs is known. This came later, or from a disk "
	      "that "
	      "was not measured.",
	      PROCESS_CONFIRM("; dpkg -S FILE"),
	      "If it belongs there, add it in the image's build and seal again. If nobody can "
	      "explain it: " PROCESS_REMEDY),
