/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
CHANGED("file", FILE_NOUN, HIGH, (), FILE_WHY, FILE_CONFIRM, FILE_REMEDY),
	MISSING("file", FILE_NOUN, MEDIUM, (), FILE_WHY),
	ENTRY("file.rule", HIGH, (), "A content rule of your own matches this file.",
	      "Somebody wrote the rule because such content is not wanted here.",
	      "yara RULES FILE; stat FILE; sha256sum FILE",
	      "Read the rule's description. If it is right, keep a copy of the file, find out what "
	      "brought it, and " REPLACE " If it is wrong, correct the rule."),
	UNEXPECTED("file", FILE_NOUN, MEDIUM, (), FILE_WHY, FILE_CONFIRM, FILE_REMEDY),
