/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
ENTRY("waiver.expired", MEDIUM, (),
      "A waiver in the policy has expired, and what it accepted is still there.",
      "A waiver is a promise to look again by a date. That date is past.",
      "grep -n '^waive' POLICY",
      "Remove what was accepted. If it must stay, have the waiver's owner renew it with a "
      "reason and a new date, and seal again."),
