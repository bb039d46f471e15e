/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define CRON_NOUN "A cron table or script"
#define CRON_WHY                                                                           \
	"cron runs it by the clock and as its owner, often root. It is where most miners " \
	"restart themselves."
#define CRON_CONFIRM "cat FILE; ls -l /etc/cron.* /var/spool/cron/crontabs; dpkg -S FILE"
#define CRON_REMEDY  "comment the line out, keep a copy of the program that it starts, and " REPLACE
ENTRY("cron.absent-account", MEDIUM, ("T1053.003"),
      "A cron table belongs to an account that does not exist.",
      "It comes alive with an account of that name, and until then nobody looks at it.",
      "ls -l FILE; getent passwd \"$(basename FILE)\"",
      "Keep a copy of the table and remove it. If it starts something that nobody can "
      "explain, " REPLACE),
	CHANGED("cron", CRON_NOUN, HIGH, ("T1053.003"), CRON_WHY, CRON_CONFIRM, CRON_REMEDY),
	STARTS_SHELL("cron", "A cron job", "T1053.003"),
	STARTS_DOWNLOAD("cron", "A cron job", "T1053.003"),
	MISSING("cron", CRON_NOUN, HIGH, ("T1053.003"), CRON_WHY),
	ENTRY("cron.service-account", MEDIUM, ("T1053.003"),
	      "A cron table belongs to an account that nobody logs in to.",
	      "Such accounts are made for one service, which has no use for cron. Who broke "
	      "into the service writes such a table to come back.",
	      "cat FILE; getent passwd \"$(basename FILE)\"",
	      "Keep a copy of the table and remove it, look at the service that the account "
	      "belongs to, and " REPLACE),
	STARTS_PLACE("cron", "A cron job", "T1053.003"),
	UNEXPECTED("cron", CRON_NOUN, HIGH, ("T1053.003"), CRON_WHY, CRON_CONFIRM, CRON_REMEDY),
	STARTS_WRITABLE("cron", "A cron job", "T1053.003"),
