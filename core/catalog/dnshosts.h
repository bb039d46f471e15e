/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("dnshosts", "The configuration of name resolution or a proxy", HIGH,
	  ("T1565.001", "T1557"),
	  "A redirected name sends updates, metadata requests or logins to somebody else's "
	  "server.",
	  "cat /etc/hosts /etc/resolv.conf /etc/nsswitch.conf; getent hosts deb.debian.org",
	  "find out where the names lead, and " REPLACE),
