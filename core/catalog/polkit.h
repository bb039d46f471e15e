/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("polkit", "A rule or action of polkit", HIGH, ("T1556", "T1548"),
	  "A rule that answers yes lets an ordinary user do what only root may, without a "
	  "password.",
	  "ls -l /etc/polkit-1/rules.d /usr/share/polkit-1/rules.d; cat FILE; pkaction",
	  "remove the rule, keep a copy, and " REPLACE),
