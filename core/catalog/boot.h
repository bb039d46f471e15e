/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("boot", "A part of the boot chain", CRITICAL, ("T1542.003"),
	  "Boot loader, kernel, initrd and their configuration run before every protection "
	  "and can switch each of them off.",
	  "cat /proc/cmdline; sha256sum FILE; lsinitramfs /boot/initrd.img-$(uname -r)",
	  "do not trust what this instance reports, isolate it, and " REPLACE),
