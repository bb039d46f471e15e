/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define PAM_NOUN "A part of PAM"
#define PAM_WHY \
	"PAM decides who may log in. One changed line or module accepts a secret password for every account, or keeps all those that are typed."
#define PAM_CONFIRM \
	"dpkg --verify libpam-modules libpam-runtime; grep -rn . /etc/pam.d; dpkg -S FILE"
#define PAM_REMEDY "consider every password typed on this instance lost, and " REPLACE

ENTRY("pam.bypass", CRITICAL, ("T1556.003"), "PAM lets somebody in without the password.",
      "A module that says yes and is enough by itself makes the password of the service, and often of every service, worthless.",
      "grep -rn . /etc/pam.d; dpkg --verify libpam-runtime",
      "Look at who has logged in, and replace the instance with one from a sealed image."),
	CHANGED("pam", PAM_NOUN, CRITICAL, ("T1556.003"), PAM_WHY, PAM_CONFIRM, PAM_REMEDY),
	ENTRY("pam.exec", CRITICAL, ("T1556.003", "T1056.001"), "PAM runs a program at logins.",
	      "It runs as root at each login and each sudo, and with expose_authtok it gets the password.",
	      "grep -rn -e pam_exec -e pam_script -e pam_python /etc/pam.d",
	      "Consider every password typed on this instance lost, keep a copy of the program, and replace the instance with one from a sealed image."),
	MISSING("pam", PAM_NOUN, CRITICAL, ("T1556.003"), PAM_WHY),
	ENTRY("pam.module", CRITICAL, ("T1556.003"), "PAM loads a module that nothing vouches for.",
	      "A module sees every password and decides over every login of the services that name it.",
	      "grep -rn pam_ /etc/pam.d; ls -l /usr/lib/*/security; dpkg -S FILE",
	      "Consider every password typed on this instance lost, keep a copy of the module, and replace the instance with one from a sealed image."),
	ENTRY("pam.password-log", HIGH, ("T1056.001", "T1556.003"),
	      "PAM writes down what is typed, passwords included.",
	      "The audit log then has every password that is typed to a prompt without echo.",
	      "grep -rn log_passwd /etc/pam.d; aureport --tty",
	      "Remove the option, consider the passwords lost, and replace the instance with one from a sealed image."),
	UNEXPECTED("pam", PAM_NOUN, CRITICAL, ("T1556.003"), PAM_WHY, PAM_CONFIRM, PAM_REMEDY),
	ENTRY("pam.weak", MEDIUM, ("T1556.003"),
	      "A setting of PAM is weaker than the distribution's.",
	      "Empty passwords, variables from the user or groups by way of login are small holes that the stock configuration does not have.",
	      "grep -rn . /etc/pam.d /etc/security; dpkg --verify libpam-runtime",
	      "If it is meant, keep it in the image's build and seal again. If not, set it back."),
