/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("aptsource", "A package source, signing key or pin", HIGH, ("T1195.002"),
	  "It decides from where software comes and whose signature is enough. With one "
	  "foreign key or source the next upgrade installs a stranger's code as root.",
	  "apt-cache policy; grep -rn . /etc/apt/sources.list /etc/apt/sources.list.d",
	  "remove it, list what was installed from it with apt-cache policy, and " REPLACE),
