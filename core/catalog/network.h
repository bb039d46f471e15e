/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define NETWORK_CONFIRM "ss -lntuwp; ss -0 -p; ls -l /proc/PID/exe (PID: the number in the finding)"
#define NETWORK_REMEDY                                                                         \
	"close the network of the instance, copy the program with cp /proc/PID/exe, find out " \
	"what started it, and " REPLACE
ENTRY("network.interpreter", HIGH, ("T1571", "T1059"),
      "A shell, a language or a relay like netcat waits for connections, and no sealed script "
      "explains it.",
      "A few words on a command line make such a door. Services that are written in these "
      "languages run a script of a package or of the image.",
      NETWORK_CONFIRM, "If nobody can explain it: " NETWORK_REMEDY),
	ENTRY("network.listener", MEDIUM, ("T1571"),
	      "A program that is neither sealed nor a package's waits for connections.",
	      "The image was sealed so that what can be reached from outside is known. This came "
	      "later.",
	      NETWORK_CONFIRM,
	      "If it belongs there, add it in the image's build and seal again. If nobody can "
	      "explain it: " NETWORK_REMEDY),
	ENTRY("network.packet", HIGH, ("T1205.002", "T1040"),
	      "A program that nothing vouches for reads packets from the network card or in raw "
	      "form.",
	      "It sees traffic before any filter and needs no open port: a backdoor that wakes at "
	      "a certain packet, or a sniffer.",
	      NETWORK_CONFIRM, "If nobody can explain it: " NETWORK_REMEDY),
	ENTRY("network.shell", HIGH, ("T1059.004", "T1095"),
	      "A process has its standard input and output on a network connection.",
	      "A shell that is started like this is worked by whoever is at the other end. A "
	      "service manager does the same for connections that it has accepted itself, which "
	      "are not reported.",
	      "ls -l /proc/PID/fd; ss -tnp (PID: the number in the finding)",
	      "If nobody can explain it: " NETWORK_REMEDY),
