/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two tables are read in three steps: the words of the command line are sorted into options and
 * arguments, the verb is found, and only then it is known which options were allowed. getopt_long()
 * would need globals and a second table; the tables here are enough.
 */
#include "options.h"
#include "help.h"
#include "text.h"

#include <stdarg.h>
#include <string.h>

enum request {
	REQUEST_NONE,
	REQUEST_HELP,
	REQUEST_VERSION,
};

struct parse {
	const struct command_line *command_line;
	char **words; /* what is left to read */
	int n_words;
	char **arguments; /* the verb and its arguments; borrowed strings */
	int n_arguments;
	bool *used; /* by option row */
	enum request request;
};

/* Tells a mistake, and where the help is. `verb` may be NULL. */
static _printf_(3, 4) int mistake(const struct command_line *command_line, const struct verb *verb,
				  const char *format, ...)
{
	_cleanup_free_ char *text = NULL, *shown = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text)
		shown = text_escape(text, strlen(text));
	(void)fprintf(stderr, "%s: %s\nTry '%s%s%s --help'.\n", command_line->program,
		      shown ? shown : "out of memory", command_line->program, verb ? " " : "",
		      verb ? verb->name : "");
	return -EINVAL;
}

/* The options that every program has. */
static const struct {
	const char *name;
	char letter;
	enum request request;
} requests[] = {
	{"help", 'h', REQUEST_HELP},
	{"version", 'V', REQUEST_VERSION},
};

static enum request find_request(const char *name, size_t length, char letter)
{
	for (size_t i = 0; i < ELEMENTS(requests); i++) {
		if (letter != 0 && requests[i].letter == letter)
			return requests[i].request;
		if (name && strlen(requests[i].name) == length &&
		    strncmp(requests[i].name, name, length) == 0)
			return requests[i].request;
	}
	return REQUEST_NONE;
}

static const struct option_row *find_long(const struct command_line *command_line, const char *name,
					  size_t length)
{
	for (size_t i = 0; i < command_line->n_options; i++)
		if (strlen(command_line->options[i].name) == length &&
		    strncmp(command_line->options[i].name, name, length) == 0)
			return &command_line->options[i];
	return NULL;
}

static const struct option_row *find_letter(const struct command_line *command_line, char letter)
{
	for (size_t i = 0; i < command_line->n_options; i++)
		if (letter != 0 && command_line->options[i].letter == letter)
			return &command_line->options[i];
	return NULL;
}

/* Stores in the member of the options struct that the row names. `value` is NULL for a flag. */
static int store(struct parse *parse, const struct option_row *row, const char *value)
{
	char *member = (char *)parse->command_line->values + row->offset;
	struct option_list *list = (struct option_list *)(void *)member;

	parse->used[row - parse->command_line->options] = true;
	if (!row->argument) {
		*(bool *)member = true;
	} else if (!row->repeats) {
		*(const char **)(void *)member = value;
	} else {
		if (list->count == OPTION_LIST_MAX)
			return mistake(parse->command_line, NULL,
				       "--%s may be given at most %d times", row->name,
				       OPTION_LIST_MAX);
		list->items[list->count++] = value;
	}
	return 0;
}

static const char *next_word(struct parse *parse)
{
	if (parse->n_words == 0)
		return NULL;
	parse->n_words--;
	return *parse->words++;
}

/* Stores an option whose value, if it needs one, is `attached` or else the next word. */
static int take_value(struct parse *parse, const struct option_row *row, const char *attached)
{
	const char *value = attached ? attached : next_word(parse);

	if (!value)
		return mistake(parse->command_line, NULL, "--%s needs a value: --%s %s", row->name,
			       row->name, row->argument);
	return store(parse, row, value);
}

/* `word` is without its dashes. */
static int take_long(struct parse *parse, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct option_row *row = find_long(parse->command_line, word, length);
	enum request request = row ? REQUEST_NONE : find_request(word, length, 0);

	if (!row && request == REQUEST_NONE)
		return mistake(parse->command_line, NULL, "unknown option '--%.*s'", (int)length,
			       word);
	if (equals && (!row || !row->argument))
		return mistake(parse->command_line, NULL, "--%.*s takes no value", (int)length,
			       word);
	if (!row) {
		parse->request = request;
		return 0;
	}
	return row->argument ? take_value(parse, row, equals ? equals + 1 : NULL)
			     : store(parse, row, NULL);
}

/* `letters` is without its dash: flags, and then perhaps one option with its value. */
static int take_letters(struct parse *parse, const char *letters)
{
	int r = 0;

	for (; *letters && r == 0; letters++) {
		const struct option_row *row = find_letter(parse->command_line, *letters);
		enum request request = row ? REQUEST_NONE : find_request(NULL, 0, *letters);

		if (row && row->argument)
			return take_value(parse, row, letters[1] ? letters + 1 : NULL);
		if (row)
			r = store(parse, row, NULL);
		else if (request != REQUEST_NONE)
			parse->request = request;
		else
			r = mistake(parse->command_line, NULL, "unknown option '-%c'", *letters);
	}
	return r;
}

static int sort_words(struct parse *parse)
{
	bool options_ended = false;
	const char *word;
	int r;

	while ((word = next_word(parse))) {
		if (options_ended || word[0] != '-' || word[1] == '\0')
			parse->arguments[parse->n_arguments++] = parse->words[-1];
		else if (strcmp(word, "--") == 0)
			options_ended = true;
		else {
			r = word[1] == '-' ? take_long(parse, word + 2)
					   : take_letters(parse, word + 1);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static const struct verb *find_verb(const struct command_line *command_line, const char *name)
{
	for (size_t i = 0; i < command_line->n_verbs; i++)
		if (strcmp(command_line->verbs[i].name, name) == 0)
			return &command_line->verbs[i];
	return NULL;
}

/* Refuses options that belong to other verbs, and a wrong number of arguments. */
static int check_use(const struct parse *parse, const struct verb *verb)
{
	const struct command_line *command_line = parse->command_line;
	int n = parse->n_arguments - 1;

	for (size_t i = 0; i < command_line->n_options; i++)
		if (parse->used[i] && !option_is_for(command_line, &command_line->options[i], verb))
			return mistake(command_line, verb, "'%s' does not take the option --%s",
				       verb->name, command_line->options[i].name);
	if (n < verb->min_arguments)
		return mistake(command_line, verb, "'%s' needs more arguments: %s %s %s",
			       verb->name, command_line->program, verb->name, verb->arguments);
	if (n > verb->max_arguments)
		return mistake(command_line, verb, "'%s' does not take the argument '%s'",
			       verb->name, parse->arguments[1 + verb->max_arguments]);
	return 0;
}

/* Output that did not arrive was not delivered, whatever the verb found. */
static int finish(const struct command_line *command_line, int code)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	(void)fprintf(stderr, "%s: cannot write standard output%s%s\n", command_line->program,
		      errno ? ": " : "", errno ? strerror(errno) : "");
	return EXIT_UNCHECKED;
}

static int dispatch(const struct parse *parse)
{
	const struct command_line *command_line = parse->command_line;
	const char *name = parse->n_arguments > 0 ? parse->arguments[0] : NULL;
	const struct verb *verb = name ? find_verb(command_line, name) : NULL;

	if (parse->request == REQUEST_VERSION) {
		(void)printf("%s %s\n", command_line->program, command_line->version);
		return EXIT_PASS;
	}
	if (name && !verb) {
		(void)mistake(command_line, NULL, "unknown verb '%s'", name);
		return EXIT_USAGE;
	}
	if (parse->request == REQUEST_HELP) {
		help_print(stdout, command_line, verb);
		return EXIT_PASS;
	}
	if (!verb) {
		(void)mistake(command_line, NULL, "a verb is expected");
		return EXIT_USAGE;
	}
	if (check_use(parse, verb) < 0)
		return EXIT_USAGE;
	return verb->run(command_line->values, parse->n_arguments - 1, parse->arguments + 1);
}

bool command_line_has_flag(int argc, char **argv, const char *name)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0)
			return true;
	return false;
}

int command_line_run(const struct command_line *command_line, int argc, char **argv)
{
	_cleanup_free_ bool *used = calloc(command_line->n_options + 1, sizeof(*used));
	_cleanup_free_ char **arguments = calloc((size_t)argc + 1, sizeof(*arguments));
	struct parse parse = {
		.command_line = command_line,
		.words = argv + 1,
		.n_words = argc > 0 ? argc - 1 : 0,
		.arguments = arguments,
		.used = used,
	};

	if (!used || !arguments) {
		(void)mistake(command_line, NULL, "out of memory");
		return EXIT_UNCHECKED;
	}
	if (sort_words(&parse) < 0)
		return EXIT_USAGE;
	return finish(command_line, dispatch(&parse));
}
