/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "config_rows.h"
#include "file.h"
#include "text.h"

#include <fcntl.h>
#include <ini.h>
#include <stdint.h>
#include <string.h>

#define DEFAULT_STATE	 "/var/lib/goldseal"
#define DEFAULT_MANIFEST "/usr/lib/goldseal"
#define DEFAULT_ANCHORS	 "/etc/goldseal/trust.d"
#define DEFAULT_RULES	 "/etc/goldseal/rules.d"
#define DEFAULT_TIMEOUT	 30
#define DEFAULT_ATTEMPTS 6

#define DROP_INS_MAX 256

/* What the callbacks of inih share. */
struct parse {
	struct config *config;
	const char *name;
	const char *next, *end;
	unsigned line;
	uint64_t seen; /* bit n: config_rows[n] was set in this text */
	int r;	       /* the first mistake; its reason is in `error` */
	struct error *error;
};

/* All that people wrote goes to the message escaped. */
static int refuse(struct parse *parse, const char *what, const char *word, const char *expected)
{
	_cleanup_free_ char *escaped = text_escape(word, strnlen(word, CONFIG_LINE_MAX));

	if (parse->r < 0)
		return parse->r;
	if (!escaped)
		parse->r = error_set(parse->error, -ENOMEM, "out of memory");
	else
		parse->r = error_set(parse->error, -EINVAL, "%s:%u: %s \"%s\": expected %s",
				     parse->name, parse->line, what, escaped, expected);
	return parse->r;
}

/* "a, b or c" of the sections, or of one section's keys. */
static int list_names(const char *section, struct buffer *ret)
{
	const char *last = "";
	int r = 0;

	for (size_t i = 0; i < config_n_rows && r == 0; i++) {
		const struct config_row *row = &config_rows[i];
		const char *name = section ? row->name : row->section;

		if ((section && strcmp(row->section, section) != 0) || strcmp(name, last) == 0)
			continue;
		r = buffer_printf(ret, "%s%s", ret->size ? ", " : "one of ", name);
		last = name;
	}
	return r;
}

static int refuse_name(struct parse *parse, const char *section, const char *word)
{
	_cleanup_buffer_ struct buffer names = {0};

	if (list_names(section, &names) < 0)
		return refuse(parse, "unknown name", word, "another");
	return refuse(parse, section ? "unknown key" : "unknown section", word, names.data);
}

static bool is_section(const char *name)
{
	for (size_t i = 0; i < config_n_rows; i++)
		if (strcmp(config_rows[i].section, name) == 0)
			return true;
	return false;
}

static int set_row(struct parse *parse, size_t index, const char *value)
{
	const struct config_row *row = &config_rows[index];
	uint64_t bit = UINT64_C(1) << index;
	int r;

	if (parse->seen & bit)
		return refuse(parse, "repeated key", row->name,
			      "each key once in a file, its value on the same line");
	parse->seen |= bit;
	r = *value ? row->set((char *)parse->config + row->offset, value) : -EINVAL;
	if (r == -EINVAL)
		return refuse(parse, row->name, value, row->expected);
	if (r < 0)
		parse->r = error_set(parse->error, r, "out of memory");
	return r;
}

/* inih's handler: 1 is good, 0 is a mistake. */
static int handle_key(void *user, const char *section, const char *name, const char *value)
{
	struct parse *parse = user;

	if (parse->r < 0)
		return 0;
	if (!is_section(section))
		return refuse_name(parse, NULL, section) == 0;
	for (size_t i = 0; i < config_n_rows; i++)
		if (strcmp(config_rows[i].section, section) == 0 &&
		    strcmp(config_rows[i].name, name) == 0)
			return set_row(parse, i, value) == 0;
	return refuse_name(parse, section, name) == 0;
}

/* inih tells of no section without a key, so a misspelt empty one is found here. */
static void check_section_line(struct parse *parse, const char *line, size_t length)
{
	_cleanup_free_ char *name = NULL;
	const char *close;

	while (length > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		length--;
	}
	if (length == 0 || *line != '[')
		return;
	close = memchr(line, ']', length);
	if (!close)
		return; /* inih refuses it */
	name = strndup(line + 1, (size_t)(close - line - 1));
	if (!name)
		parse->r = error_set(parse->error, -ENOMEM, "out of memory");
	else if (!is_section(name))
		(void)refuse_name(parse, NULL, name);
}

/* inih's reader, like fgets(); an overlong line would be read as two, so it is a mistake. */
static char *read_line(char *ret, int space, void *user)
{
	struct parse *parse = user;
	const char *newline;
	size_t length;

	if (parse->r < 0 || parse->next == parse->end)
		return NULL;
	parse->line++;
	newline = memchr(parse->next, '\n', (size_t)(parse->end - parse->next));
	length = (size_t)((newline ? newline + 1 : parse->end) - parse->next);
	if (length >= (size_t)space || length > CONFIG_LINE_MAX + 1) {
		(void)refuse(parse, "line is too long", "...", "at most 198 bytes");
		return NULL;
	}
	check_section_line(parse, parse->next, length);
	memcpy(ret, parse->next, length);
	ret[length] = 0;
	parse->next += length;
	return ret;
}

int config_parse(struct config *config, const char *text, size_t size, const char *name,
		 struct error *error)
{
	struct parse parse = {
		.config = config,
		.name = name,
		.next = text,
		.end = text + size,
		.error = error,
	};
	int line;

	if (memchr(text, 0, size))
		return error_set(error, -EINVAL, "%s: expected text, found a NUL byte", name);
	line = ini_parse_stream(read_line, &parse, handle_key, &parse);
	if (parse.r < 0)
		return parse.r;
	if (line < 0)
		return error_set(error, -ENOMEM, "%s: out of memory", name);
	if (line > 0)
		return error_set(error, -EINVAL, "%s:%d: expected [SECTION] or KEY = VALUE", name,
				 line);
	return 0;
}

int config_new(struct config **ret)
{
	_cleanup_(config_free_p) struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return -ENOMEM;
	config->state_directory = strdup(DEFAULT_STATE);
	config->manifest = strdup(DEFAULT_MANIFEST);
	config->anchors = strdup(DEFAULT_ANCHORS);
	config->rules = strdup(DEFAULT_RULES);
	config->timeout = DEFAULT_TIMEOUT;
	config->attempts = DEFAULT_ATTEMPTS;
	if (!config->state_directory || !config->manifest || !config->anchors || !config->rules)
		return -ENOMEM;
	*ret = TAKE_PTR(config);
	return 0;
}

static int read_file(struct config *config, const char *path, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	r = file_read(AT_FDCWD, path, CONFIG_SIZE_MAX, true, &text, &size, error);
	if (r < 0)
		return r;
	return config_parse(config, text, size, path, error);
}

static int is_drop_in(const struct dirent *item)
{
	size_t length = strlen(item->d_name);

	return item->d_name[0] != '.' && length > 5 &&
	       strcmp(item->d_name + length - 5, ".conf") == 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_drop_in(struct config *config, const char *directory, const char *name,
			struct error *error)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/%s", directory, name) < 0) {
		path = NULL;
		return error_set(error, -ENOMEM, "out of memory");
	}
	return read_file(config, path, error);
}

static int read_drop_ins(struct config *config, const char *file, struct error *error)
{
	_cleanup_free_ char *directory = NULL;
	_cleanup_free_ struct dirent **items = NULL;
	int r = 0, n;

	if (asprintf(&directory, "%s.d", file) < 0) {
		directory = NULL;
		return error_set(error, -ENOMEM, "out of memory");
	}
	n = scandir(directory, &items, is_drop_in, compare_names);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return error_set(error, -errno, "%s: cannot read: %s", directory, strerror(errno));
	if (n > DROP_INS_MAX)
		r = error_set(error, -EFBIG, "%s: more than %d files", directory, DROP_INS_MAX);
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = read_drop_in(config, directory, items[i]->d_name, error);
		free(items[i]);
	}
	return r;
}

/* Keys that mean something only beside another, or only without it. */
static int check_together(const struct config *config, const char *name, struct error *error)
{
	bool is_plain = config->url && strncmp(config->url, "http:", 5) == 0;

	if (config->token_credential && config->token_file)
		return error_set(error, -EINVAL,
				 "%s: token-credential and token-file are both set: keep one",
				 name);
	if (is_plain && (config->pin || config->ca_file))
		return error_set(error, -EINVAL,
				 "%s: ca-file and pin need a url that begins with https://", name);
	return 0;
}

int config_load(const char *path, struct config **ret, struct error *error)
{
	_cleanup_(config_free_p) struct config *config = NULL;
	const char *file = path ? path : CONFIG_FILE;
	int r;

	r = config_new(&config);
	if (r < 0)
		return error_set(error, r, "out of memory");
	r = read_file(config, file, error);
	if (r < 0 && (r != -ENOENT || path))
		return r;
	if (error)
		error_done(error);
	r = read_drop_ins(config, file, error);
	if (r < 0)
		return r;
	r = check_together(config, file, error);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(config);
	return 0;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	free(config->state_directory);
	free(config->manifest);
	free(config->instance_id);
	free(config->rules);
	free(config->anchors);
	free(config->url);
	free(config->ca_file);
	free(config->pin);
	free(config->proxy);
	free(config->token_credential);
	free(config->token_file);
	free(config);
}
