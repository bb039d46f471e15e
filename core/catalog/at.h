/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
#define AT_NOUN "A job of at(1)"
#define AT_WHY                                                                         \
	"An image has no reason to hold a job that waits for its hour; this one runs " \
	"once, with its owner's rights, and then removes its own trace."
#define AT_CONFIRM "ls -l /var/spool/cron/atjobs; at -l; cat FILE"
#define AT_REMEDY  "keep a copy, remove the job with atrm(1), and " REPLACE
CHANGED("at", AT_NOUN, HIGH, ("T1053.002"), AT_WHY, AT_CONFIRM, AT_REMEDY),
	STARTS_SHELL("at", "An at job", "T1053.002"),
	STARTS_DOWNLOAD("at", "An at job", "T1053.002"),
	ENTRY("at.job", HIGH, ("T1053.002"), "A job of at(1) waits in the image.",
	      "It runs once, with its owner's rights, and removes its own trace. An image has "
	      "no reason to hold one.",
	      "cat FILE; at -l",
	      "Keep a copy, remove the job with atrm(1), find out which image brought it, and " REPLACE),
	MISSING("at", AT_NOUN, HIGH, ("T1053.002"), AT_WHY),
	STARTS_PLACE("at", "An at job", "T1053.002"),
	UNEXPECTED("at", AT_NOUN, HIGH, ("T1053.002"), AT_WHY, AT_CONFIRM, AT_REMEDY),
	STARTS_WRITABLE("at", "An at job", "T1053.002"),
