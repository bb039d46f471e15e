/* SPDX-License-Identifier: Apache-2.0 */
#include "check/unit_file.h"

#include "measure/root.h"
#include "text.h"

#include <string.h>

#define BLANKS " \t\f\v"

/* Others are not for the programs that start something. */
static const char *const sections[] = {
	"Unit",	 "Install",   "Service", "Timer",	  "Socket",	   "Path",
	"Mount", "Automount", "Swap",	 "Manager",	  "Exec",	   "Files",
	"Build", "Container", "Kube",	 "Desktop Entry", "D-BUS Service",
};

void unit_file_done(struct unit_file *unit)
{
	for (size_t i = 0; i < unit->count; i++) {
		free(unit->settings[i].key);
		free(unit->settings[i].value);
	}
	free(unit->settings);
	*unit = (struct unit_file){};
}

static const char *find_section(const char *name, size_t length)
{
	for (size_t i = 0; i < ELEMENTS(sections); i++)
		if (strlen(sections[i]) == length && memcmp(sections[i], name, length) == 0)
			return sections[i];
	return NULL;
}

static int add_setting(struct unit_file *unit, struct unit_setting *setting)
{
	if (unit->count == UNIT_SETTINGS_MAX) {
		unit->limited = true;
		return 0;
	}
	if (unit->count == unit->space) {
		size_t space = unit->space ? 2 * unit->space : 16;
		struct unit_setting *grown =
			reallocarray(unit->settings, space, sizeof(*unit->settings));

		if (!grown)
			return -ENOMEM;
		unit->settings = grown;
		unit->space = space;
	}
	unit->settings[unit->count++] = *setting;
	*setting = (struct unit_setting){};
	return 0;
}

/* Cuts blanks off both ends. */
static void trim(const char **text, size_t *length)
{
	while (*length > 0 && strchr(BLANKS, **text)) {
		(*text)++;
		(*length)--;
	}
	while (*length > 0 && strchr(BLANKS, (*text)[*length - 1]))
		(*length)--;
}

static char *copy_trimmed(const char *text, size_t length)
{
	trim(&text, &length);
	return strndup(text, length);
}

static int parse_assignment(struct unit_file *unit, const char *section, const char *line,
			    size_t length)
{
	const char *equals = memchr(line, '=', length);
	struct unit_setting setting = {.section = section};
	int r;

	if (!section || !equals)
		return 0;
	setting.key = copy_trimmed(line, (size_t)(equals - line));
	setting.value = copy_trimmed(equals + 1, length - (size_t)(equals + 1 - line));
	r = setting.key && setting.value ? add_setting(unit, &setting) : -ENOMEM;
	free(setting.key);
	free(setting.value);
	return r;
}

/* One line with its continuations. */
static int parse_line(struct unit_file *unit, const char **section, const char *line, size_t length)
{
	trim(&line, &length);
	if (length == 0)
		return 0;
	if (line[0] != '[')
		return parse_assignment(unit, *section, line, length);
	if (line[length - 1] == ']')
		*section = find_section(line + 1, length - 2);
	return 0;
}

/* systemd ends a line at each of these; text after a NUL counts for it. */
static size_t line_length(const char *text, const char *end)
{
	const char *at = text;

	while (at < end && *at != '\n' && *at != '\r' && *at != '\0')
		at++;
	return (size_t)(at - text);
}

/* Whether the last backslash of the line is not itself escaped. */
static bool goes_on(const char *line, size_t length)
{
	size_t backslashes = 0;

	while (backslashes < length && line[length - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

static bool is_comment(const char *line, size_t length)
{
	return length > 0 && (line[0] == '#' || line[0] == ';');
}

/* A reading in progress: the section, and the lines that are continued. */
struct reading {
	const char *section;
	struct buffer joined;
	bool open; /* `joined` waits for its next line */
};

static void reading_done(struct reading *reading)
{
	buffer_done(&reading->joined);
}

static int take_line(struct unit_file *unit, struct reading *reading, const char *line,
		     size_t length)
{
	bool more;
	int r;

	while (length > 0 && strchr(BLANKS, line[0])) {
		line++;
		length--;
	}
	/* A comment between a line and its continuation does not end it. */
	if (is_comment(line, length))
		return 0;
	more = goes_on(line, length);
	if (!more && !reading->open)
		return parse_line(unit, &reading->section, line, length);
	r = buffer_append(&reading->joined, line, more ? length - 1 : length);
	if (r == 0 && more)
		r = buffer_append_text(&reading->joined, " ");
	reading->open = more;
	if (r < 0 || more)
		return r;
	r = parse_line(unit, &reading->section, reading->joined.data, reading->joined.size);
	reading->joined.size = 0;
	return r;
}

int unit_file_parse(struct unit_file *unit, const char *text, size_t size)
{
	_cleanup_(reading_done) struct reading reading = {};
	const char *end = text + size;
	size_t lines = 0;
	int r = 0;

	if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	while (r == 0 && text < end) {
		size_t length = line_length(text, end);

		if (++lines > UNIT_LINES_MAX) {
			unit->limited = true;
			break;
		}
		r = take_line(unit, &reading, text, length);
		text += length + 1;
	}
	if (r == 0 && reading.open)
		r = parse_line(unit, &reading.section, reading.joined.data, reading.joined.size);
	return r;
}

int unit_file_read(struct unit_file *unit, int root_fd, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = root_read(root_fd, path, UNIT_SIZE_MAX, &text, &size);

	if (r < 0)
		return r;
	if (r > 0)
		unit->limited = true;
	return unit_file_parse(unit, text, size);
}

static bool is_setting(const struct unit_setting *setting, const char *section, const char *key)
{
	return strcmp(setting->section, section) == 0 && strcmp(setting->key, key) == 0;
}

const char *unit_file_get(const struct unit_file *unit, const char *section, const char *key)
{
	for (size_t i = unit->count; i-- > 0;)
		if (is_setting(&unit->settings[i], section, key))
			return *unit->settings[i].value ? unit->settings[i].value : NULL;
	return NULL;
}

/* The index after the last empty assignment. */
static size_t list_begin(const struct unit_file *unit, const char *section, const char *key)
{
	for (size_t i = unit->count; i-- > 0;)
		if (is_setting(&unit->settings[i], section, key) && !*unit->settings[i].value)
			return i + 1;
	return 0;
}

const char *unit_file_next(const struct unit_file *unit, const char *section, const char *key,
			   size_t *at)
{
	if (*at == 0)
		*at = list_begin(unit, section, key);
	while (*at < unit->count) {
		const struct unit_setting *setting = &unit->settings[(*at)++];

		if (is_setting(setting, section, key))
			return setting->value;
	}
	return NULL;
}

bool unit_value_has_word(const char *value, const char *word)
{
	size_t length = strlen(word);

	while (*(value += strspn(value, BLANKS))) {
		size_t size = strcspn(value, BLANKS);

		if (size == length && memcmp(value, word, length) == 0)
			return true;
		value += size;
	}
	return false;
}

char *unit_name_template(const char *name)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');
	char *template;

	if (!at || !dot || dot <= at + 1)
		return NULL;
	return asprintf(&template, "%.*s@%s", (int)(at - name), name, dot) < 0 ? NULL : template;
}

/* A part of a unit's name. */
struct span {
	const char *text;
	size_t length;
};

static struct span name_prefix(const char *name)
{
	const char *dot = strrchr(name, '.'), *at = strchr(name, '@');
	size_t length = dot ? (size_t)(dot - name) : strlen(name);

	if (at && (size_t)(at - name) < length)
		length = (size_t)(at - name);
	return (struct span){name, length};
}

static struct span name_instance(const char *name)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

	if (!at || !dot || dot <= at)
		return (struct span){"", 0};
	return (struct span){at + 1, (size_t)(dot - at - 1)};
}

static struct span name_last(const char *name)
{
	struct span prefix = name_prefix(name);
	const char *dash = memrchr(prefix.text, '-', prefix.length);

	if (!dash)
		return prefix;
	return (struct span){dash + 1, prefix.length - (size_t)(dash + 1 - prefix.text)};
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* Undoes systemd-escape(1): '-' is '/', "\x2d" the byte of that number. */
static int append_unescaped(struct buffer *buffer, struct span span)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < span.length; i++) {
		char c = span.text[i];

		if (c == '-')
			c = '/';
		if (c == '\\' && i + 3 < span.length && span.text[i + 1] == 'x') {
			int high = hex_digit(span.text[i + 2]), low = hex_digit(span.text[i + 3]);

			if (high >= 0 && low >= 0 && high + low > 0) {
				c = (char)(high * 16 + low);
				i += 3;
			}
		}
		r = buffer_append(buffer, &c, 1);
	}
	return r;
}

static const char *find_directory(char specifier)
{
	static const struct {
		char specifier;
		const char *directory;
	} rows[] = {
		{'t', "/run"}, {'S', "/var/lib"}, {'C', "/var/cache"}, {'L', "/var/log"},
		{'E', "/etc"}, {'T', "/tmp"},	  {'V', "/var/tmp"},   {'%', "%"},
	};

	for (size_t i = 0; i < ELEMENTS(rows); i++)
		if (rows[i].specifier == specifier)
			return rows[i].directory;
	return NULL;
}

static int append_span(struct buffer *buffer, struct span span)
{
	return buffer_append(buffer, span.text, span.length);
}

static int append_specifier(struct buffer *buffer, char specifier, const char *name)
{
	const char *dot = strrchr(name, '.'), *directory = find_directory(specifier);

	if (directory)
		return buffer_append_text(buffer, directory);
	switch (specifier) {
	case 'n':
		return buffer_append_text(buffer, name);
	case 'N':
		return buffer_append(buffer, name, dot ? (size_t)(dot - name) : strlen(name));
	case 'p':
		return append_span(buffer, name_prefix(name));
	case 'P':
		return append_unescaped(buffer, name_prefix(name));
	case 'i':
		return append_span(buffer, name_instance(name));
	case 'I':
		return append_unescaped(buffer, name_instance(name));
	case 'j':
		return append_span(buffer, name_last(name));
	case 'J':
		return append_unescaped(buffer, name_last(name));
	default:
		return buffer_printf(buffer, "%%%c", specifier);
	}
}

char *unit_expand(const char *text, const char *name)
{
	struct buffer buffer = {};
	int r = buffer_append_text(&buffer, "");

	while (r == 0 && *text) {
		size_t plain = strcspn(text, "%");

		r = buffer_append(&buffer, text, plain);
		text += plain;
		if (r < 0 || !*text)
			continue;
		if (!text[1]) {
			r = buffer_append_text(&buffer, "%");
			text++;
			continue;
		}
		r = append_specifier(&buffer, text[1], name);
		text += 2;
	}
	if (r < 0)
		buffer_done(&buffer);
	return buffer.data;
}
