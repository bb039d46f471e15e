/* SPDX-License-Identifier: Apache-2.0 */
#include "check/name.h"

#include "cleanup.h"
#include "text.h"

#include <string.h>

/*
 * Letters that look like ASCII's: those of Unicode's confusables.txt (Unicode Technical Standard
 * 39) that a terminal's fonts draw like the letter, by code point.
 */
static const struct confusable {
	uint16_t character;
	char looks_like;
} confusables[] = {
	{0x00AD, '-'}, {0x0131, 'i'}, {0x017F, 'f'}, {0x0184, 'b'}, {0x01BF, 'p'}, {0x01C0, 'l'},
	{0x0251, 'a'}, {0x0261, 'g'}, {0x0269, 'i'}, {0x026A, 'i'}, {0x026F, 'w'}, {0x028B, 'u'},
	{0x028F, 'y'}, {0x02D7, '-'}, {0x0391, 'A'}, {0x0392, 'B'}, {0x0395, 'E'}, {0x0396, 'Z'},
	{0x0397, 'H'}, {0x0399, 'l'}, {0x039A, 'K'}, {0x039C, 'M'}, {0x039D, 'N'}, {0x039F, 'O'},
	{0x03A1, 'P'}, {0x03A4, 'T'}, {0x03A5, 'Y'}, {0x03A7, 'X'}, {0x03B1, 'a'}, {0x03B3, 'y'},
	{0x03B9, 'i'}, {0x03BD, 'v'}, {0x03BF, 'o'}, {0x03C1, 'p'}, {0x03C3, 'o'}, {0x03C5, 'u'},
	{0x03F2, 'c'}, {0x03F3, 'j'}, {0x03F9, 'C'}, {0x0405, 'S'}, {0x0406, 'l'}, {0x0408, 'J'},
	{0x0410, 'A'}, {0x0412, 'B'}, {0x0415, 'E'}, {0x0417, '3'}, {0x041A, 'K'}, {0x041C, 'M'},
	{0x041D, 'H'}, {0x041E, 'O'}, {0x0420, 'P'}, {0x0421, 'C'}, {0x0422, 'T'}, {0x0423, 'Y'},
	{0x0425, 'X'}, {0x042C, 'b'}, {0x0430, 'a'}, {0x0433, 'r'}, {0x0435, 'e'}, {0x043A, 'k'},
	{0x043E, 'o'}, {0x0440, 'p'}, {0x0441, 'c'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0448, 'w'},
	{0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x0461, 'w'}, {0x0475, 'v'}, {0x04AE, 'Y'},
	{0x04AF, 'y'}, {0x04BB, 'h'}, {0x04BD, 'e'}, {0x04CF, 'l'}, {0x0501, 'd'}, {0x050C, 'G'},
	{0x051A, 'Q'}, {0x051B, 'q'}, {0x051C, 'W'}, {0x051D, 'w'}, {0x054D, 'U'}, {0x0555, 'O'},
	{0x0561, 'w'}, {0x0563, 'q'}, {0x0566, 'q'}, {0x0570, 'h'}, {0x0578, 'n'}, {0x057C, 'n'},
	{0x057D, 'u'}, {0x0581, 'g'}, {0x0585, 'o'}, {0x05D5, 'l'}, {0x05D8, 'v'}, {0x05DF, 'l'},
	{0x0660, '.'}, {0x06F0, '.'}, {0x13A0, 'D'}, {0x13A1, 'R'}, {0x13A2, 'T'}, {0x13AA, 'A'},
	{0x13AB, 'J'}, {0x13AC, 'E'}, {0x13B3, 'W'}, {0x13B7, 'M'}, {0x13BB, 'H'}, {0x13BD, 'Y'},
	{0x13C0, 'G'}, {0x13C2, 'h'}, {0x13C3, 'Z'}, {0x13CE, '4'}, {0x13CF, 'b'}, {0x13D2, 'R'},
	{0x13D4, 'W'}, {0x13D5, 'S'}, {0x13D9, 'V'}, {0x13DA, 'S'}, {0x13DE, 'L'}, {0x13DF, 'C'},
	{0x13E2, 'P'}, {0x13E6, 'K'}, {0x1D04, 'c'}, {0x1D0F, 'o'}, {0x1D11, 'o'}, {0x1D1C, 'u'},
	{0x1D20, 'v'}, {0x1D21, 'w'}, {0x1D22, 'z'}, {0x1D26, 'r'}, {0x1D83, 'g'}, {0x1E9D, 'f'},
	{0x2010, '-'}, {0x2011, '-'}, {0x2012, '-'}, {0x2013, '-'}, {0x2024, '.'}, {0x2043, '-'},
	{0x2044, '/'}, {0x210A, 'g'}, {0x210E, 'h'}, {0x2113, 'l'}, {0x212E, 'e'}, {0x212F, 'e'},
	{0x2134, 'o'}, {0x2139, 'i'}, {0x2212, '-'}, {0x2215, '/'}, {0x2223, 'l'}, {0x2228, 'v'},
	{0x2C9F, 'o'}, {0x2CA3, 'p'}, {0x2CA5, 'c'}, {0xA731, 's'}, {0xA79A, 'F'}, {0xAB47, 'r'},
	{0xAB48, 'r'}, {0xAB4E, 'u'}, {0xAB52, 'u'}, {0xAB5A, 'y'}, {0xABAA, 's'}, {0xABAF, 'c'},
};

/* The mathematical alphabets, thirteen of 52 letters, and their digits. */
#define MATH_LETTERS 0x1D400
#define MATH_DIGITS  0x1D7CE
#define MATH_END     0x1D800
#define ALPHABETS    13

static int compare_character(const void *key, const void *member)
{
	const uint32_t *character = key;
	const struct confusable *row = member;

	return (*character > row->character) - (*character < row->character);
}

/* 0 when it looks like none; ASCII looks like itself. */
static char ascii_of(uint32_t character)
{
	const struct confusable *row;
	uint32_t letter;

	if (character < 0x80)
		return (char)character;
	/* The whole of ASCII once more, as wide as ideographs. */
	if (character > 0xFF00 && character < 0xFF5F)
		return (char)(character - 0xFF00 + ' ');
	if (character >= MATH_DIGITS && character < MATH_END)
		return (char)('0' + (character - MATH_DIGITS) % 10);
	if (character >= MATH_LETTERS && character < MATH_LETTERS + ALPHABETS * 52) {
		letter = (character - MATH_LETTERS) % 52;
		return (char)(letter < 26 ? 'A' + letter : 'a' + letter - 26);
	}
	row = bsearch(&character, confusables, ELEMENTS(confusables), sizeof(confusables[0]),
		      compare_character);
	if (!row)
		return 0;
	return row->looks_like;
}

/* Without width, or of those that turn the direction (the Unicode Bidirectional Algorithm's). */
static bool is_invisible(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x034F, 0x034F}, {0x061C, 0x061C}, {0x115F, 0x1160}, {0x180B, 0x180E},
		{0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
		{0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xE0000, 0xE0FFF},
	};

	for (size_t i = 0; i < ELEMENTS(ranges); i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}

/* No-break and other blanks that are not ASCII's. */
static bool is_wide_blank(uint32_t character)
{
	return character == 0xA0 || character == 0x1680 ||
	       (character >= 0x2000 && character <= 0x200A) || character == 0x202F ||
	       character == 0x205F || character == 0x3000;
}

/* One character of well-formed UTF-8, and how many bytes it takes. */
static size_t read_character(const char *text, uint32_t *ret)
{
	static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	unsigned char first = (unsigned char)*text;
	size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	*ret = first & masks[length];
	for (size_t i = 1; i < length; i++)
		*ret = *ret << 6 | ((unsigned char)text[i] & 0x3f);
	return length;
}

static enum name_oddity oddity_of(uint32_t character)
{
	if (character < ' ' || (character >= 0x7f && character < 0xa0))
		return NAME_CONTROL;
	if (is_wide_blank(character))
		return NAME_BLANKS;
	return is_invisible(character) ? NAME_INVISIBLE : NAME_USUAL;
}

static bool is_blank_name(const char *name, size_t length)
{
	return name[0] == ' ' || name[length - 1] == ' ' || strspn(name, ". ") >= length;
}

/* The bytes of a name that is no UTF-8: only control characters are told. */
static enum name_oddity read_bytes(const char *name, size_t length, struct name_reading *ret)
{
	for (size_t i = 0; i < length; i++) {
		ret->character = (unsigned char)name[i];
		if (ret->character < ' ' || ret->character == 0x7f)
			return NAME_CONTROL;
	}
	return NAME_USUAL;
}

static enum name_oddity read_text(const char *name, size_t length, struct name_reading *ret)
{
	bool like = false, other = false;
	size_t used = 0;

	for (size_t at = 0; at < length;) {
		uint32_t character;
		enum name_oddity oddity;
		char ascii;

		at += read_character(name + at, &character);
		oddity = oddity_of(character);
		if (oddity != NAME_USUAL) {
			ret->character = character;
			return oddity;
		}
		ascii = ascii_of(character);
		if (character >= 0x80 && ascii && !like)
			ret->character = character;
		like = like || (character >= 0x80 && ascii);
		other = other || !ascii;
		if (used < NAME_MAX)
			ret->looks_like[used++] = ascii;
	}
	ret->looks_like[used] = '\0';
	/* A word in another script has letters that look like nothing in ASCII. */
	return like && !other ? NAME_LOOK_ALIKE : NAME_USUAL;
}

static enum name_oddity read_component(const char *name, size_t length, struct name_reading *ret)
{
	if (is_blank_name(name, length)) {
		ret->character = ' ';
		return NAME_BLANKS;
	}
	return utf8_is_valid(name, length) ? read_text(name, length, ret)
					   : read_bytes(name, length, ret);
}

void name_read(const char *path, struct name_reading *ret)
{
	*ret = (struct name_reading){.oddity = NAME_USUAL};
	while (*path && ret->oddity == NAME_USUAL) {
		size_t length;

		path += strspn(path, "/");
		length = strcspn(path, "/");
		if (length > 0)
			ret->oddity = read_component(path, length, ret);
		path += length;
	}
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool name_imitates_kernel(const char *path)
{
	/* Of kthreads(7)'s kind: what a running kernel 6.1 lists below kthreadd. */
	static const char *const threads[] = {"kworker",    "kthread",	 "ksoftirq",   "kswapd",
					      "kdevtmpfs",  "khugepage", "kauditd",    "kblockd",
					      "kintegrity", "kcompact",	 "ksmd",       "khungtask",
					      "migration",  "rcu_",	 "oom_reaper", "netns",
					      "writeback",  "scsi_eh",	 "jbd2",       "watchdogd"};
	const char *name = last_name(path);

	if (name[0] == '[')
		return strchr(name, ']') != NULL;
	for (size_t i = 0; i < ELEMENTS(threads); i++)
		if (strncmp(name, threads[i], strlen(threads[i])) == 0)
			return true;
	return false;
}

bool name_fold(const char *path, char ret_name[static NAME_MAX + 1])
{
	const char *name = last_name(path);
	size_t used = 0;
	bool differs = false;

	for (const char *at = name; *at && used < NAME_MAX; at++) {
		bool pair = (at[0] == 'r' && at[1] == 'n') || (at[0] == 'v' && at[1] == 'v');
		char c = *at;

		if (pair)
			c = *at++ == 'r' ? 'm' : 'w';
		else if (c == '0')
			c = 'o';
		else if (c == '1' || c == 'I' || c == '|')
			c = 'l';
		differs = differs || pair || c != *at;
		ret_name[used++] = c;
	}
	ret_name[used] = '\0';
	return differs;
}
