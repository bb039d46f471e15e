/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the catalogue; see catalog_entries.c. */
CHANGED("file", FILE_NOUN, HIGH, (), FILE_WHY, FILE_CONFIRM, FILE_REMEDY),
	MISSING("file", FILE_NOUN, MEDIUM, (), FILE_WHY),
	UNEXPECTED("file", FILE_NOUN, MEDIUM, (), FILE_WHY, FILE_CONFIRM, FILE_REMEDY),
