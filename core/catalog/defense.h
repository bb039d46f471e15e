/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define DEFENSE_NOUN "A part of logging, auditing, access control or updating"
#define DEFENSE_WHY \
	"What is switched off here would have recorded or stopped the rest of an attack."
#define DEFENSE_CONFIRM "systemctl is-enabled auditd rsyslog apparmor unattended-upgrades; cat FILE"
#define DEFENSE_REMEDY	"switch it on again, treat the time without it as unobserved, and " REPLACE
CHANGED("defense", DEFENSE_NOUN, HIGH, ("T1685"), DEFENSE_WHY, DEFENSE_CONFIRM, DEFENSE_REMEDY),
	ENTRY("defense.kernel", MEDIUM, ("T1685"), "A protection of the kernel is switched off.",
	      "Debian switches it on by default. Without it the next step of an attack is easier.",
	      "sysctl kernel.randomize_va_space; cat /proc/cmdline; cat /sys/kernel/security/lsm",
	      "Find out what switched it off (sysctl.d, the command line of the kernel) and "
	      "switch it on again."),
	MISSING("defense", DEFENSE_NOUN, HIGH, ("T1685"), DEFENSE_WHY),
	UNEXPECTED("defense", DEFENSE_NOUN, HIGH, ("T1685"), DEFENSE_WHY, DEFENSE_CONFIRM,
		   DEFENSE_REMEDY),
