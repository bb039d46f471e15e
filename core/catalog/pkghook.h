/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("pkghook", "A hook of the package manager", HIGH, ("T1546.016"),
	  "apt and dpkg run it as root at each installation and upgrade, automatic ones "
	  "included.",
	  "apt-config dump | grep -iE 'invoke|pre-install'; dpkg -S FILE",
	  "remove the hook, keep a copy, and " REPLACE),
