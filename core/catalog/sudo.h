/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define SUDO_NOUN    "A rule of sudo or doas"
#define SUDO_WHY     "It says who becomes root, with which command and whether a password is asked."
#define SUDO_CONFIRM "visudo -c; sudo -ll -U root; cat FILE"
#define SUDO_REMEDY  "remove the rule, look in the journal for who has used it, and " REPLACE

CHANGED("sudo", SUDO_NOUN, HIGH, ("T1548.003"), SUDO_WHY, SUDO_CONFIRM, SUDO_REMEDY),
	ENTRY("sudo.grant", MEDIUM, ("T1548.003"), "An account may become root with its password.",
	      "The rule is in a file that nothing vouches for. Whoever gets the account's password is root.",
	      "visudo -c; sudo -ll -U ACCOUNT; cat FILE",
	      "If it is meant, keep it in the image's build and seal again. If not, remove it and look in the journal for who has used it."),
	ENTRY("sudo.include", HIGH, ("T1548.003"), "Sudo reads rules from outside /etc.",
	      "Rules in a directory of data are seen by nobody who reviews sudoers, and other programs may write there.",
	      "visudo -c; grep -rn include /etc/sudoers /etc/sudoers.d",
	      "Remove the line and the files that it names, and replace the instance with one from a sealed image."),
	MISSING("sudo", SUDO_NOUN, HIGH, ("T1548.003"), SUDO_WHY),
	ENTRY("sudo.no-password", HIGH, ("T1548.003"), "Somebody becomes root without a password.",
	      "Any program that runs as this account is root as soon as it likes.",
	      "sudo -ll -U ACCOUNT; visudo -c; cat FILE",
	      "Remove the rule, look in the journal for who has used it, and replace the instance with one from a sealed image."),
	ENTRY("sudo.no-password-command", HIGH, ("T1548.003"),
	      "Somebody runs a command as root without a password.",
	      "Many commands give a shell: editors, interpreters, package tools, docker. One of them is as good as all.",
	      "sudo -ll -U ACCOUNT; visudo -c; cat FILE",
	      "Remove the rule, look in the journal for who has used it, and replace the instance with one from a sealed image."),
	ENTRY("sudo.plugin", CRITICAL, ("T1548.003", "T1574"),
	      "Sudo loads a plug-in or runs a helper that is not its own.",
	      "It runs as root in each call of sudo, decides who may do what, and can see the passwords.",
	      "cat /etc/sudo.conf; dpkg -S FILE",
	      "Consider every password typed to sudo lost, keep a copy of the plug-in, and replace the instance with one from a sealed image."),
	ENTRY("sudo.settings", HIGH, ("T1548.003"), "A setting of sudo takes a protection away.",
	      "Passwords that count for ever or on all terminals, variables and paths of the caller, or silent logs let a program of the account become root behind its back.",
	      "sudo -V; visudo -c; cat FILE",
	      "Remove the setting, look in the journal for who has used sudo, and replace the instance with one from a sealed image."),
	UNEXPECTED("sudo", SUDO_NOUN, HIGH, ("T1548.003"), SUDO_WHY, SUDO_CONFIRM, SUDO_REMEDY),
