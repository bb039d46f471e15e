/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define SSHD_NOUN "A part of the SSH server's configuration"
#define SSHD_WHY \
	"It decides who may log in and how: root, empty passwords, further key files, a command that supplies keys, a foreign certificate authority."
#define SSHD_CONFIRM "sshd -T; dpkg -S FILE"
#define SSHD_REMEDY \
	"compare sshd -T with the sealed image's, look at who has logged in, and " REPLACE

ENTRY("sshd.authentication", HIGH, ("T1556", "T1098.004"),
      "A setting of the SSH server lets in who should be kept out.",
      "Logins of root with a password, empty passwords, trusted hosts or no PAM take away what stands between a stranger and a shell.",
      "sshd -T; cat FILE",
      "Set it back, look at who has logged in, and replace the instance with one from a sealed image."),
	CHANGED("sshd", SSHD_NOUN, HIGH, ("T1556", "T1098.004"), SSHD_WHY, SSHD_CONFIRM,
		SSHD_REMEDY),
	ENTRY("sshd.client-command", HIGH, ("T1546"),
	      "The SSH client's configuration runs a program.",
	      "Each ssh, scp, rsync or git over SSH of the accounts that read it starts the program, as those accounts.",
	      "ssh -G host | grep -i command; cat FILE",
	      "Remove it, look at the program that it names, and replace the instance with one from a sealed image."),
	ENTRY("sshd.environment", HIGH, ("T1574.006", "T1556"),
	      "SSH logins get variables that can load code.",
	      "A variable of the loader, of the shell or of PATH runs code in the session before the login shell does, also where a forced command was meant to be the only one.",
	      "sshd -T | grep -i env; cat FILE",
	      "Remove it, and replace the instance with one from a sealed image."),
	ENTRY("sshd.key-source", HIGH, ("T1098.004", "T1556"),
	      "The SSH server takes keys from an unusual place.",
	      "A program, a further file or a certificate authority can open every account, and no authorized_keys file shows it.",
	      "sshd -T | grep -i -e authorized -e trustedusercakeys",
	      "Remove the setting, look at what it names, look at who has logged in, and replace the instance with one from a sealed image."),
	ENTRY("sshd.listener", MEDIUM, ("T1571", "T1556"),
	      "The SSH server listens, reads or logs elsewhere than usual.",
	      "Another port, another configuration or silent logs make a second door beside the one that is watched.",
	      "sshd -T; ss -ltnp; cat FILE",
	      "If it is meant, keep it in the image's build and seal again. If not, remove it and look for the process that uses it."),
	ENTRY("sshd.login-program", HIGH, ("T1546", "T1554"), "SSH logins run a program.",
	      "It runs at every login, as the account that logs in, and sees what that account sees.",
	      "sshd -T | grep -i -e forcecommand -e subsystem; cat FILE",
	      "Remove it, look at the program that it names, and replace the instance with one from a sealed image."),
	MISSING("sshd", SSHD_NOUN, HIGH, ("T1556", "T1098.004"), SSHD_WHY),
	ENTRY("sshd.trust-file", HIGH, ("T1556"), "A file of hosts that need no password.",
	      "Old remote shells, and sshd with host-based authentication, let in whoever comes from a host in it, or from any with a plus sign.",
	      "cat FILE; sshd -T | grep -i rhosts",
	      "Remove it, and replace the instance with one from a sealed image."),
	UNEXPECTED("sshd", SSHD_NOUN, HIGH, ("T1556", "T1098.004"), SSHD_WHY, SSHD_CONFIRM,
		   SSHD_REMEDY),
