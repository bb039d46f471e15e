/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define SERVICE_NOUN "A systemd unit or its enablement"
#define SERVICE_WHY                                                                        \
	"systemd starts it at boot with whatever rights it asks for, and starts it again " \
	"when it is stopped."
#define SERVICE_CONFIRM                                                                       \
	"systemctl cat \"$(basename FILE)\"; systemctl status \"$(basename FILE)\"; dpkg -S " \
	"FILE"
#define SERVICE_REMEDY                                                                     \
	"stop and disable the unit, keep a copy of it and of the program that it starts, " \
	"and " REPLACE
CHANGED("service", SERVICE_NOUN, HIGH, ("T1543.002"), SERVICE_WHY, SERVICE_CONFIRM, SERVICE_REMEDY),
	STARTS_SHELL("service", "A unit", "T1543.002"),
	ENTRY("service.console-login", HIGH, ("T1543.002", "T1078.003"),
	      "A console logs somebody in without asking for a password.",
	      "Whoever gets at the console, a serial one included, which a cloud shows in its web "
	      "page, has that account.",
	      "systemctl cat \"$(basename FILE)\"; ps -C agetty -o args",
	      "Remove the drop-in or unit. If nobody can explain it, " REPLACE),
	ENTRY("service.disabled-by-preset", MEDIUM, ("T1685", "T1543.002"),
	      "A preset keeps a unit that records, watches or updates from being enabled.",
	      "Presets decide at a first boot what is enabled; one line leaves a protection off in "
	      "all instances, without a trace in /etc/systemd/system.",
	      "cat FILE; systemctl list-unit-files --state=disabled",
	      "Remove the line, enable the unit, and find out which image brought it. If nobody can "
	      "explain it, " REPLACE),
	ENTRY("service.dormant-enabled", HIGH, ("T1543.002"),
	      "A unit that gives a root shell on a console, and is for emergencies alone, "
	      "starts at boot.",
	      "The debug shell asks for no password. It is part of systemd, so that "
	      "nothing looks strange but the link.",
	      "systemctl is-enabled debug-shell rescue emergency; ls -l FILE",
	      "Disable the unit with systemctl disable. If nobody can explain it, " REPLACE),
	STARTS_DOWNLOAD("service", "A unit", "T1543.002"),
	ENTRY("service.masked-security", HIGH, ("T1685", "T1543.002"),
	      "A unit that records, watches or updates the system is masked.",
	      "A link to /dev/null keeps it from being started by anything, and an update does "
	      "not bring it back.",
	      "systemctl list-unit-files --state=masked; ls -l FILE",
	      "Take the mask away with systemctl unmask and start the unit. If nobody can "
	      "explain it, look at what it would have recorded elsewhere, and " REPLACE),
	MISSING("service", SERVICE_NOUN, HIGH, ("T1543.002"), SERVICE_WHY),
	ENTRY("service.replaces-unit", MEDIUM, ("T1543.002", "T1036.005"),
	      "A unit file takes the place of a package's unit of the same name.",
	      "Whoever asks for the known name starts what this file says, and the package's unit "
	      "stays as it was.",
	      "systemd-delta --type=overridden; systemctl cat \"$(basename FILE)\"",
	      "Compare it with the package's unit. If nobody can explain it, " REPLACE),
	STARTS_PLACE("service", "A unit", "T1543.002"),
	UNEXPECTED("service", SERVICE_NOUN, HIGH, ("T1543.002"), SERVICE_WHY, SERVICE_CONFIRM,
		   SERVICE_REMEDY),
	STARTS_WRITABLE("service", "A unit", "T1543.002"),
	ENTRY("service.runtime", MEDIUM, ("T1543.002"),
	      "A unit exists until the next boot alone, and nothing vouches for it or for what it "
	      "starts.",
	      "Units in /run are in no image and leave no trace. systemd's generators make some, "
	      "from sealed settings and for sealed programs.",
	      "systemctl cat \"$(basename FILE)\"; cat FILE",
	      "If nobody can explain it: stop the unit, find out what made it, and " REPLACE),
	ENTRY("service.stale", LOW, ("T1543.002"),
	      "A unit's file has changed since systemd read it.",
	      "What runs is not what the file says, and the next reload changes it without "
	      "anybody asking.",
	      "systemctl show -p NeedDaemonReload \"$(basename FILE)\"; systemctl cat "
	      "\"$(basename FILE)\"",
	      "Find out what changed the file; systemctl daemon-reload when it is meant."),
	ENTRY("service.transient", MEDIUM, ("T1053.006", "T1543.002"),
	      "A service, timer, path or socket was made while the system runs, without a file "
	      "that stays.",
	      "Such a unit can start a program again and again and is gone after the next boot; "
	      "systemd-run makes them.",
	      "systemctl list-units --all | grep -F \"$(basename FILE)\"; systemctl cat "
	      "\"$(basename FILE)\"",
	      "If nobody can explain it: stop the unit, find out who made it (journalctl "
	      "_COMM=systemd-run), and " REPLACE),
