/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("at", "A job of at(1)", HIGH, ("T1053.002"),
	  "An image has no reason to hold a job that waits for its hour; this one runs "
	  "once, with its owner's rights, and then removes its own trace.",
	  "ls -l /var/spool/cron/atjobs; at -l; cat FILE",
	  "keep a copy, remove the job with atrm(1), and " REPLACE),
