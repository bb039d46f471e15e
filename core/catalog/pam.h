/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("pam", "A part of PAM", CRITICAL, ("T1556.003"),
	  "PAM decides who may log in. One changed line or module accepts a secret password "
	  "for every account, or keeps all those that are typed.",
	  "dpkg --verify libpam-modules libpam-runtime; grep -rn . /etc/pam.d; dpkg -S FILE",
	  "consider every password typed on this instance lost, and " REPLACE),
