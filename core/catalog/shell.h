/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("shell", "A start-up file of a shell", HIGH, ("T1546.004"),
	  "It runs each time that somebody logs in or opens a shell, with that person's "
	  "rights, and can replace sudo and su by look-alikes that keep passwords.",
	  "cat FILE; diff FILE /etc/skel/$(basename FILE)",
	  "consider what was typed in these shells known to others, and " REPLACE),
