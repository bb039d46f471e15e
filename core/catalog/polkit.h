/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define POLKIT_NOUN "A rule or action of polkit"
#define POLKIT_WHY \
	"A rule that answers yes lets an ordinary user do what only root may, without a password."
#define POLKIT_CONFIRM "ls -l /etc/polkit-1/rules.d /usr/share/polkit-1/rules.d; cat FILE; pkaction"
#define POLKIT_REMEDY  "remove the rule, keep a copy, and " REPLACE

ENTRY("polkit.administrators", MEDIUM, ("T1556", "T1548"),
      "A rule of polkit says whose password counts as an administrator's.",
      "Who stands there can do with pkexec what root can.", "ls -l /etc/polkit-1; cat FILE",
      "If it is meant, keep it in the image's build and seal again. If not, remove it."),
	ENTRY("polkit.answers-yes", HIGH, ("T1556", "T1548"),
	      "A rule of polkit answers yes by itself, or asks a program.",
	      "An ordinary user then starts units, mounts disks or runs programs as root without a password.",
	      "ls -l /etc/polkit-1/rules.d /usr/share/polkit-1/rules.d; cat FILE; pkaction --verbose",
	      "Remove the rule, keep a copy, and replace the instance with one from a sealed image."),
	CHANGED("polkit", POLKIT_NOUN, HIGH, ("T1556", "T1548"), POLKIT_WHY, POLKIT_CONFIRM,
		POLKIT_REMEDY),
	MISSING("polkit", POLKIT_NOUN, HIGH, ("T1556", "T1548"), POLKIT_WHY),
	UNEXPECTED("polkit", POLKIT_NOUN, HIGH, ("T1556", "T1548"), POLKIT_WHY, POLKIT_CONFIRM,
		   POLKIT_REMEDY),
