/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
STARTER("timer", "A systemd timer", HIGH, ("T1053.006"), "A timer", "T1053.006",
	"It starts its service by the clock, again and again, and is seldom looked at.",
	"systemctl list-timers --all; systemctl cat \"$(basename FILE)\"",
	"stop and disable the timer, keep a copy of the service that it starts, and " REPLACE),
