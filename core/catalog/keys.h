/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
ENTRY("keys.instance-key", HIGH, ("T1552.004"),
      "An instance's private key of goldseal is in the image.",
      "Each instance of this image would sign with the same key, so that one can speak for "
      "all of them, and whoever has the image can speak for each.",
      "ls -l /var/lib/goldseal",
      "Remove /var/lib/goldseal as the last step of the image's build and seal again; "
      "distrust the key at the collector."),
