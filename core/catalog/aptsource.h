/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define APTSOURCE_NOUN "A package source, signing key or pin"
#define APTSOURCE_WHY \
	"It decides from where software comes and whose signature is enough. With one foreign key or source the next upgrade installs a stranger's code as root."
#define APTSOURCE_CONFIRM \
	"apt-cache policy; grep -rn . /etc/apt/sources.list /etc/apt/sources.list.d"
#define APTSOURCE_REMEDY \
	"remove it, list what was installed from it with apt-cache policy, and " REPLACE

CHANGED("aptsource", APTSOURCE_NOUN, HIGH, ("T1195.002"), APTSOURCE_WHY, APTSOURCE_CONFIRM,
	APTSOURCE_REMEDY),
	ENTRY("aptsource.foreign", LOW, ("T1195.002"),
	      "Packages come from an archive that is not the distribution's.",
	      "Whoever keeps that archive can give this machine any package at the next upgrade. The source names the key that has to sign it.",
	      "apt-cache policy; cat FILE",
	      "Check that the archive is one that you chose, and pin what may come from it."),
	ENTRY("aptsource.index", MEDIUM, ("T1195.002"),
	      "A package index is set for the whole system or for an account.",
	      "Packages of a language come from there, and their installation runs code.",
	      "pip config list; npm config list; cat FILE",
	      "If it is your own, install it in the image's build and seal again. If not, remove it and list what was installed from it."),
	ENTRY("aptsource.insecure", HIGH, ("T1195.002", "T1553"),
	      "Signatures or certificates of packages are not checked.",
	      "Anybody between this machine and the archive can give it packages, and their scripts run as root.",
	      "apt-config dump | grep -i -e insecure -e unauth -e verify; grep -rn . /etc/apt",
	      "Remove the option, compare the installed packages with the archive, and replace the instance with one from a sealed image."),
	ENTRY("aptsource.key", HIGH, ("T1195.002", "T1553"),
	      "A package signing key that nothing vouches for.",
	      "What it signs is installed as root: from any source when it lies in trusted.gpg.d, else from those that name it.",
	      "gpg --show-keys FILE; dpkg -S FILE",
	      "If it is meant, install it in the image's build and seal again. If not: remove it, list what was installed with it, and replace the instance with one from a sealed image."),
	MISSING("aptsource", APTSOURCE_NOUN, HIGH, ("T1195.002"), APTSOURCE_WHY),
	ENTRY("aptsource.pin", MEDIUM, ("T1195.002", "T1685"),
	      "A pin keeps a package from being upgraded, or forces another version.",
	      "A negative pin on a package or on the security archive keeps old holes open; one above 1000 puts an older version in place of a newer.",
	      "apt-cache policy; cat FILE",
	      "If it is meant, keep it in the image's build and seal again. If not, remove it and upgrade."),
	UNEXPECTED("aptsource", APTSOURCE_NOUN, HIGH, ("T1195.002"), APTSOURCE_WHY,
		   APTSOURCE_CONFIRM, APTSOURCE_REMEDY),
	ENTRY("aptsource.unsigned", MEDIUM, ("T1195.002"),
	      "Packages come from an archive that any trusted key may sign.",
	      "The source is not the distribution's and names no key of its own, so each key in trusted.gpg.d is enough for each of its packages.",
	      "apt-cache policy; cat FILE",
	      "Name the archive's key with signed-by, or remove the source."),
