/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("cloudinit", "A part of cloud-init's configuration, state or code", HIGH,
	  ("T1037", "T1136.001"),
	  "cloud-init runs it as root at first boot or at each one, before anybody has "
	  "logged in.",
	  "cat FILE; cloud-init schema --system; ls -lR /var/lib/cloud/scripts",
	  "keep a copy, run cloud-init clean in the image's build, and " REPLACE),
