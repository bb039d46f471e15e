/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
MECHANISM("cron", "A cron table or script", HIGH, ("T1053.003"),
	  "cron runs it by the clock and as its owner, often root. It is where most miners "
	  "restart themselves.",
	  "cat FILE; ls -l /etc/cron.* /var/spool/cron/crontabs; dpkg -S FILE",
	  "comment the line out, keep a copy of the program that it starts, and " REPLACE),
