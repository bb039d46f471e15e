/* SPDX-License-Identifier: Apache-2.0 */
#include "mtree.h"

#include "lines.h"
#include "text.h"

#include <string.h>
#include <sys/sysmacros.h>

/* A word of a line: keyword and what follows '=' (NULL without one). */
struct word {
	const char *name;
	size_t name_length;
	const char *value;
	size_t value_length;
};

struct keyword {
	const char *name;
	unsigned flag; /* set in entry.has; 0 for type */
	bool has_value;
	int (*read)(const struct word *word, struct entry *entry);
};

static int read_number(const struct word *word, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t number = 0;

	if (word->value_length == 0 || word->value_length > 20)
		return -EINVAL;
	/* One number has one spelling. */
	if (base == 10 && word->value[0] == '0' && word->value_length > 1)
		return -EINVAL;
	for (size_t i = 0; i < word->value_length; i++) {
		unsigned digit = (unsigned char)word->value[i] - (unsigned)'0';

		if (digit >= base)
			return -EINVAL;
		if (number > (max - digit) / base)
			return -ERANGE;
		number = number * base + digit;
	}
	*ret = number;
	return 0;
}

static int read_type(const struct word *word, struct entry *entry)
{
	enum entry_type type = entry_type_from_string(word->value, word->value_length);

	if (type < 0)
		return -EINVAL;
	entry->type = type;
	return 0;
}

/* 0755 or 04755. */
static int read_mode(const struct word *word, struct entry *entry)
{
	uint64_t number;
	int r;

	if (word->value_length < 4 || word->value[0] != '0' ||
	    (word->value_length > 4 && word->value[1] == '0'))
		return -EINVAL;
	r = read_number(word, 8, 07777, &number);
	if (r == 0)
		entry->mode = (mode_t)number;
	return r;
}

static int read_uid(const struct word *word, struct entry *entry)
{
	uint64_t number;
	int r = read_number(word, 10, UINT32_MAX, &number);

	if (r == 0)
		entry->uid = (uid_t)number;
	return r;
}

static int read_gid(const struct word *word, struct entry *entry)
{
	uint64_t number;
	int r = read_number(word, 10, UINT32_MAX, &number);

	if (r == 0)
		entry->gid = (gid_t)number;
	return r;
}

static int read_size(const struct word *word, struct entry *entry)
{
	return read_number(word, 10, INT64_MAX, &entry->size);
}

static int read_link(const struct word *word, struct entry *entry)
{
	_cleanup_free_ char *raw = NULL, *again = NULL;
	int r;

	if (word->value_length == 0)
		return -EINVAL;
	r = entry_unescape(word->value, word->value_length, &raw);
	if (r < 0)
		return r;
	again = entry_escape(raw, strlen(raw));
	if (!again)
		return -ENOMEM;
	if (strlen(again) != word->value_length || memcmp(again, word->value, strlen(again)) != 0)
		return -EINVAL;
	entry->link = TAKE_PTR(raw);
	return 0;
}

static int read_digest(const struct word *word, struct entry *entry)
{
	return digest_from_hex(word->value, word->value_length, &entry->digest);
}

/* linux,MAJOR,MINOR */
static int read_device(const struct word *word, struct entry *entry)
{
	static const char prefix[] = "linux,";
	struct word part = {.value = word->value + strlen(prefix)};
	const char *end = word->value + word->value_length, *comma;
	uint64_t numbers[2];
	int r;

	if (word->value_length < strlen(prefix) || memcmp(word->value, prefix, strlen(prefix)) != 0)
		return -EINVAL;
	comma = memchr(part.value, ',', (size_t)(end - part.value));
	if (!comma)
		return -EINVAL;
	part.value_length = (size_t)(comma - part.value);
	r = read_number(&part, 10, UINT32_MAX, &numbers[0]);
	if (r < 0)
		return r;
	part = (struct word){.value = comma + 1, .value_length = (size_t)(end - comma - 1)};
	r = read_number(&part, 10, UINT32_MAX, &numbers[1]);
	if (r < 0)
		return r;
	entry->device = makedev((unsigned)numbers[0], (unsigned)numbers[1]);
	return 0;
}

static const struct keyword keywords[] = {
	{"type", 0, true, read_type},
	{"mode", ENTRY_HAS_MODE, true, read_mode},
	{"uid", ENTRY_HAS_UID, true, read_uid},
	{"gid", ENTRY_HAS_GID, true, read_gid},
	{"size", ENTRY_HAS_SIZE, true, read_size},
	{"link", ENTRY_HAS_LINK, true, read_link},
	{"device", ENTRY_HAS_DEVICE, true, read_device},
	{"sha256digest", ENTRY_HAS_DIGEST, true, read_digest},
	{"ignore", ENTRY_IGNORE, false, NULL},
	{"optional", ENTRY_OPTIONAL, false, NULL},
};

static const struct keyword *keyword_find(const struct word *word)
{
	for (size_t i = 0; i < ELEMENTS(keywords); i++)
		if (strlen(keywords[i].name) == word->name_length &&
		    memcmp(keywords[i].name, word->name, word->name_length) == 0)
			return &keywords[i];
	return NULL;
}

static int refuse_keyword(const struct word *word, struct error *error)
{
	_cleanup_free_ char *shown =
		text_escape(word->name, word->name_length < 64 ? word->name_length : 64);

	return error_set(error, -EBADMSG, "unknown keyword '%s'", shown ? shown : "?");
}

/* `last` is the keyword before, as they stand in one order. */
static int apply_word(const struct word *word, struct entry *entry, const struct keyword **last,
		      struct error *error)
{
	const struct keyword *keyword = keyword_find(word);

	if (!keyword)
		return refuse_keyword(word, error);
	if (keyword->flag ? (entry->has & keyword->flag) != 0 : entry->type != 0)
		return error_set(error, -EBADMSG, "keyword '%s' stands twice", keyword->name);
	if (keyword->has_value != (word->value != NULL))
		return error_set(error, -EBADMSG, "keyword '%s' %s", keyword->name,
				 keyword->has_value ? "has no value" : "takes no value");
	if (keyword->read) {
		int r = keyword->read(word, entry);

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			return error_set(error, -EBADMSG, "bad value of keyword '%s'",
					 keyword->name);
	}
	if (*last && keyword < *last)
		return error_set(error, -EBADMSG, "keyword '%s' belongs before '%s'", keyword->name,
				 (*last)->name);
	*last = keyword;
	entry->has |= keyword->flag;
	return 0;
}

/* Splits off the next word; false at the end. Words are separated by exactly one blank. */
static bool next_word(const char **text, const char *end, struct word *ret)
{
	const char *start = *text, *stop, *equals;

	if (start >= end)
		return false;
	stop = memchr(start, ' ', (size_t)(end - start));
	if (!stop)
		stop = end;
	equals = memchr(start, '=', (size_t)(stop - start));
	*ret = (struct word){
		.name = start,
		.name_length = (size_t)((equals ? equals : stop) - start),
		.value = equals ? equals + 1 : NULL,
		.value_length = equals ? (size_t)(stop - equals - 1) : 0,
	};
	*text = stop + 1;
	return true;
}

/* A component that is empty, "." or ".." would let two spellings name one object. */
static bool components_are_plain(const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') ||
		    (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += length;
		if (*path == '/' && *++path == '\0')
			return false;
	}
	return true;
}

/* The path must be spelt as the writer spells it, or two spellings would name one entry. */
static int read_path(const char *line, size_t length, struct entry *entry, struct error *error)
{
	_cleanup_free_ char *path = malloc(length + 1), *raw = NULL, *again = NULL;
	int r;

	if (!path)
		return -ENOMEM;
	memcpy(path, line, length);
	path[length] = '\0';
	if (length == 1 && path[0] == '.') {
		entry->path = TAKE_PTR(path);
		return 0;
	}
	if (strlen(path) != length || length < 3 || strncmp(path, "./", 2) != 0)
		return error_set(error, -EBADMSG, "expected a full path that begins with ./");
	if (entry_is_plain(path, length)) {
		if (!components_are_plain(path + 2))
			return error_set(error, -EBADMSG, "path with an empty, . or .. component");
		entry->path = TAKE_PTR(path);
		return 0;
	}
	r = entry_unescape(path, length, &raw);
	if (r == -EINVAL)
		return error_set(error, -EBADMSG, "bad escape in the path");
	if (r < 0)
		return r;
	if (!components_are_plain(raw + 2))
		return error_set(error, -EBADMSG, "path with an empty, . or .. component");
	again = entry_escape(raw, strlen(raw));
	if (!again)
		return -ENOMEM;
	if (strcmp(again, path) != 0)
		return error_set(error, -EBADMSG, "path is not in its only spelling");
	entry->path = TAKE_PTR(path);
	return 0;
}

static int check_entry(const struct entry *entry, struct error *error)
{
	if (!entry->type)
		return error_set(error, -EBADMSG, "keyword 'type' is missing");
	if ((entry->has & ENTRY_HAS_LINK) != 0 && entry->type != ENTRY_LINK)
		return error_set(error, -EBADMSG, "keyword 'link' on something that is not a link");
	if ((entry->has & (ENTRY_HAS_SIZE | ENTRY_HAS_DIGEST)) && entry->type != ENTRY_FILE)
		return error_set(error, -EBADMSG, "size or digest on something that is not a file");
	if ((entry->has & ENTRY_HAS_DEVICE) && entry->type != ENTRY_CHAR &&
	    entry->type != ENTRY_BLOCK)
		return error_set(error, -EBADMSG, "device on something that is not a device");
	if ((entry->has & ENTRY_IGNORE) && entry->type != ENTRY_DIRECTORY)
		return error_set(error, -EBADMSG, "ignore on something that is not a directory");
	return 0;
}

int mtree_parse_line(const char *line, size_t length, struct entry *ret, struct error *error)
{
	_cleanup_entry_ struct entry entry = {};
	const char *end = line + length, *text;
	const struct keyword *last = NULL;
	struct word word;
	int r;

	text = memchr(line, ' ', length);
	if (!text)
		return error_set(error, -EBADMSG, "a path without keywords");
	r = read_path(line, (size_t)(text - line), &entry, error);
	if (r < 0)
		return r;

	if (line[length - 1] == ' ')
		return error_set(error, -EBADMSG, "blank at the end of the line");
	text++;
	while (next_word(&text, end, &word)) {
		r = apply_word(&word, &entry, &last, error);
		if (r < 0)
			return r;
	}
	r = check_entry(&entry, error);
	if (r < 0)
		return r;
	*ret = entry;
	entry = (struct entry){};
	return 0;
}

struct mtree_reader {
	struct lines *lines;
	char *name;
	char *previous; /* path of the last entry */
	char **open;	/* directories below which entries may still come, outermost first */
	size_t n_open, open_space;
};

void mtree_reader_free(struct mtree_reader *reader)
{
	if (!reader)
		return;
	lines_free(reader->lines);
	free(reader->name);
	free(reader->previous);
	while (reader->n_open > 0)
		free(reader->open[--reader->n_open]);
	free(reader->open);
	free(reader);
}

int mtree_reader_new(FILE *stream, const char *name, struct mtree_reader **ret)
{
	_cleanup_(mtree_reader_free_p) struct mtree_reader *reader = calloc(1, sizeof(*reader));
	int r;

	if (!reader)
		return -ENOMEM;
	reader->name = strdup(name);
	if (!reader->name)
		return -ENOMEM;
	r = lines_new(stream, MTREE_LINE_MAX, &reader->lines);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(reader);
	return 0;
}

static int reader_fail(const struct mtree_reader *reader, int r, struct error *error)
{
	return error_prefix(error, r, "%s:%llu", reader->name,
			    (unsigned long long)lines_get_number(reader->lines));
}

/* Sorted, and so free of duplicates. */
static int check_order(struct mtree_reader *reader, const struct entry *entry, struct error *error)
{
	char *path;

	if (!reader->previous && strcmp(entry->path, ".") != 0)
		return error_set(error, -EBADMSG, "the first entry is not '.'");
	if (reader->previous && strcmp(reader->previous, entry->path) >= 0)
		return error_set(error, -EBADMSG, "entries are not sorted, or one stands twice");
	path = strdup(entry->path);
	if (!path)
		return -ENOMEM;
	free(reader->previous);
	reader->previous = path;
	return 0;
}

/* In the order, what lies below a directory ends before the first byte that follows '/'. */
static bool is_past(const char *directory, const char *path)
{
	size_t length = strlen(directory);
	int order = strncmp(path, directory, length);

	return order > 0 || (order == 0 && path[length] > '/');
}

static int push_open(struct mtree_reader *reader, const char *path)
{
	char *copy;

	if (reader->n_open == reader->open_space) {
		size_t space = reader->open_space ? reader->open_space * 2 : 32;
		char **open = reallocarray(reader->open, space, sizeof(*open));

		if (!open)
			return -ENOMEM;
		reader->open = open;
		reader->open_space = space;
	}
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	reader->open[reader->n_open++] = copy;
	return 0;
}

/* Each entry but the root lies in a directory that came before. */
static int check_parent(struct mtree_reader *reader, const struct entry *entry, struct error *error)
{
	const char *slash = strrchr(entry->path, '/');
	size_t length = slash ? (size_t)(slash - entry->path) : 0;
	bool found = !slash;

	while (reader->n_open > 0 && is_past(reader->open[reader->n_open - 1], entry->path))
		free(reader->open[--reader->n_open]);
	for (size_t i = reader->n_open; i-- > 0 && !found;)
		found = strlen(reader->open[i]) == length &&
			memcmp(reader->open[i], entry->path, length) == 0;
	if (!found)
		return error_set(error, -EBADMSG, "an entry whose directory does not stand before");
	return entry->type == ENTRY_DIRECTORY ? push_open(reader, entry->path) : 0;
}

static int next_line(struct mtree_reader *reader, const char **ret_line, size_t *ret_length,
		     struct error *error)
{
	int r = lines_next(reader->lines, ret_line, ret_length);

	if (r == -E2BIG)
		return error_set(error, -EBADMSG, "a line of more than %d bytes", MTREE_LINE_MAX);
	if (r == -ENODATA)
		return error_set(error, -EBADMSG, "the last line has no end: truncated");
	return r;
}

/* A comment; one of them says something of the entry after it. */
static int read_comment(const char *line, size_t length, struct entry *entry, struct error *error)
{
	const size_t prefix = strlen(MTREE_VERITY);

	if (length < prefix || memcmp(line, MTREE_VERITY, prefix) != 0)
		return 0;
	if (entry->has & ENTRY_HAS_VERITY ||
	    digest_from_hex(line + prefix, length - prefix, &entry->verity) < 0)
		return error_set(error, -EBADMSG,
				 "expected one '" MTREE_VERITY "' with 64 "
				 "hexadecimal digits before its file");
	entry->has |= ENTRY_HAS_VERITY;
	return 0;
}

/* The next line that is no comment, and in `entry` what a comment said. 0 at the end. */
static int next_entry_line(struct mtree_reader *reader, const char **ret_line, size_t *ret_length,
			   struct entry *entry, struct error *error)
{
	for (;;) {
		int r = next_line(reader, ret_line, ret_length, error);

		if (r < 0)
			return r;
		if (r == 0 && entry->has)
			return error_set(error, -EBADMSG, "no file after an fs-verity digest");
		if (r == 0 || *ret_length == 0 || (*ret_line)[0] != '#')
			return r;
		r = read_comment(*ret_line, *ret_length, entry, error);
		if (r < 0)
			return r;
	}
}

static int parse_entry(const char *line, size_t length, const struct entry *comment,
		       struct entry *ret, struct error *error)
{
	int r;

	if (length == 0)
		return error_set(error, -EBADMSG, "an empty line");
	r = mtree_parse_line(line, length, ret, error);
	if (r < 0 || !comment->has)
		return r;
	if (ret->type != ENTRY_FILE || !(ret->has & ENTRY_HAS_DIGEST))
		return error_set(error, -EBADMSG,
				 "an fs-verity digest before what is no file with "
				 "a digest");
	ret->verity = comment->verity;
	ret->has |= ENTRY_HAS_VERITY;
	return 0;
}

int mtree_reader_next(struct mtree_reader *reader, struct entry *ret, struct error *error)
{
	_cleanup_entry_ struct entry entry = {};
	struct entry comment = {};
	const char *line = NULL;
	size_t length = 0;
	int r;

	r = next_entry_line(reader, &line, &length, &comment, error);
	if (r == 0)
		return 0;
	if (r > 0)
		r = parse_entry(line, length, &comment, &entry, error);
	if (r == 0)
		r = check_order(reader, &entry, error);
	if (r == 0)
		r = check_parent(reader, &entry, error);
	if (r < 0)
		return reader_fail(reader, r, error);

	*ret = entry;
	entry = (struct entry){};
	return 1;
}

int mtree_reader_finish(struct mtree_reader *reader, struct digest *ret, uint64_t *ret_size)
{
	return lines_finish(reader->lines, ret, ret_size);
}
