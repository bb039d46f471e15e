/* SPDX-License-Identifier: Apache-2.0 */
#include "check/command_private.h"

/* Programs that start the one that their arguments name. */
static const struct wrapper {
	const char *name;
	const char *options; /* letters whose argument is the next word */
	unsigned arguments;  /* words before the command */
} wrappers[] = {
	{"busybox", "", 0},
	{"chroot", "", 1},
	{"chrt", "TPD", 1},
	{"doas", "uC", 0},
	{"env", "uCS", 0},
	{"flock", "wE", 1},
	{"ionice", "cnpPu", 0},
	{"nice", "n", 0},
	{"nohup", "", 0},
	{"nsenter", "tSG", 0},
	{"numactl", "", 0},
	{"runuser", "ugGsw", 0},
	{"setpriv", "", 0},
	{"setsid", "", 0},
	{"stdbuf", "ioe", 0},
	{"sudo", "ugpCRrtThDU", 0},
	{"systemd-cat", "tp", 0},
	{"systemd-inhibit", "", 0},
	{"systemd-run", "tupEMH", 0},
	{"taskset", "", 1},
	{"time", "fo", 0},
	{"timeout", "ks", 1},
	{"unshare", "SG", 0},
	{"xargs", "IdEnPsaL", 0},
};

static const char *const fetchers[] = {
	"curl",	 "wget", "fetch",  "aria2c",	 "lwp-request",	   "lwp-download",
	"nc",	 "ncat", "netcat", "nc.openbsd", "nc.traditional", "telnet",
	"socat", "tftp", "lynx",   "links",
};

/* "NAME=value" */
static bool is_assignment(const char *word)
{
	size_t length =
		strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");

	return length > 0 && word[length] == '=' && (word[0] < '0' || word[0] > '9');
}

/* Values that load libraries into what is started (ld.so(8)): NULL for another variable. */
static const char *preload_value(const char *word)
{
	static const char *const names[] = {"LD_PRELOAD=", "LD_AUDIT="};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (strncmp(word, names[i], strlen(names[i])) == 0)
			return word + strlen(names[i]);
	return NULL;
}

/* Libraries of packages are preloaded too, an allocator for one; directories are searched by many
 * programs. It is the place that convicts them, or that nothing vouches for the library.
 */
static void take_assignment(struct reader *reader, const char *word)
{
	const char *value = preload_value(word);
	bool directories = strncmp(word, "LD_LIBRARY_PATH=", strlen("LD_LIBRARY_PATH=")) == 0;

	if (directories)
		value = word + strlen("LD_LIBRARY_PATH=");
	while (value && *(value += strspn(value, " :"))) {
		size_t length = strcspn(value, " :");
		_cleanup_free_ char *path = strndup(value, length);

		if (!path || (command_judge_place(path) & JUDGED_BAD) ||
		    (!directories && !reader_vouches(reader, path)))
			reader->command->judged |= JUDGED_PRELOAD;
		value += length;
	}
}

static bool is_keyword(const char *word)
{
	static const char *const keywords[] = {
		"if", "then", "elif", "else",	 "while",   "until", "do",
		"!",  "{",    "exec", "command", "builtin", "trap",  "coproc",
	};

	return WORD_IN(word, keywords);
}

static const struct wrapper *find_wrapper(const char *word)
{
	const char *name = program_name(word);

	for (size_t i = 0; i < ELEMENTS(wrappers); i++)
		if (strcmp(wrappers[i].name, name) == 0)
			return &wrappers[i];
	return NULL;
}

/* The index of the word that a wrapper at `at` starts. */
static size_t skip_wrapper(const struct reader *reader, const struct wrapper *wrapper, size_t at)
{
	unsigned arguments = wrapper->arguments;

	for (at++; at < reader->n_words; at++) {
		const char *word = reader->words[at];

		if (strcmp(word, "--") == 0)
			return at + 1 + arguments;
		if (word[0] == '-' && word[1] && word[1] != '-' && !word[2] &&
		    strchr(wrapper->options, word[1]))
			at++;
		else if (word[0] != '-' && !is_assignment(word) && arguments-- == 0)
			break;
	}
	return at;
}

/* The index of the word that is the program, after what only prepares it. */
static size_t find_program(struct reader *reader)
{
	size_t at = 0;

	while (at < reader->n_words) {
		const char *word = reader->words[at];
		const struct wrapper *wrapper = find_wrapper(word);

		if (is_assignment(word))
			take_assignment(reader, word);
		if (wrapper) {
			for (size_t i = at; i < reader->n_words; i++)
				take_assignment(reader, reader->words[i]);
			at = skip_wrapper(reader, wrapper, at);
		} else if (is_assignment(word) || is_keyword(word)) {
			at++;
		} else {
			break;
		}
	}
	return at;
}

static bool has_option(const struct reader *reader, size_t from, char letter)
{
	for (size_t i = from; i < reader->n_words; i++) {
		const char *word = reader->words[i];

		if (word[0] == '-' && word[1] != '-' && strchr(word, letter))
			return true;
	}
	return false;
}

static bool has_word(const struct reader *reader, size_t from, const char *wanted)
{
	for (size_t i = from; i < reader->n_words; i++)
		if (strncmp(reader->words[i], wanted, strlen(wanted)) == 0)
			return true;
	return false;
}

/* Programs that give out what they fetched or decoded. */
static bool is_fetcher(const struct reader *reader, size_t at)
{
	const char *name = program_name(reader->words[at]);

	if (WORD_IN(name, fetchers))
		return true;
	if (strcmp(name, "base64") == 0 || strcmp(name, "base32") == 0)
		return has_option(reader, at + 1, 'd') || has_word(reader, at + 1, "--decode");
	if (strcmp(name, "xxd") == 0)
		return has_option(reader, at + 1, 'r');
	if (strcmp(name, "openssl") == 0)
		return has_option(reader, at + 1, 'd') || has_word(reader, at + 1, "s_client");
	return strcmp(name, "uudecode") == 0;
}

static int keep_fetched(struct reader *reader, const char *file)
{
	if (reader->n_fetched == FETCHED_MAX || !*file || strcmp(file, "-") == 0)
		return 0;
	reader->fetched[reader->n_fetched] = strdup(file);
	if (!reader->fetched[reader->n_fetched])
		return -ENOMEM;
	reader->n_fetched++;
	return 0;
}

/* "-o FILE", "-qO FILE", "--output=FILE", "> FILE" */
static int take_fetcher(struct reader *reader, size_t at)
{
	int r = reader->redirect ? keep_fetched(reader, reader->redirect) : 0;

	for (size_t i = at + 1; r == 0 && i < reader->n_words; i++) {
		const char *word = reader->words[i], *equals = strchr(word, '=');
		size_t length = strlen(word);
		bool output = strncmp(word, "--output", strlen("--output")) == 0;

		if (output && equals)
			r = keep_fetched(reader, equals + 1);
		else if (i + 1 < reader->n_words &&
			 (output || (word[0] == '-' && word[1] != '-' && length > 1 &&
				     strchr("oO", word[length - 1]))))
			r = keep_fetched(reader, reader->words[i + 1]);
	}
	reader->fed = true;
	return r;
}

/* A program that connects and hands the connection to a shell. */
static void judge_connector(struct reader *reader, size_t at)
{
	static const char *const connectors[] = {"nc",	       "ncat",	"netcat", "nc.traditional",
						 "nc.openbsd", "socat", "telnet"};
	bool socat = strcmp(program_name(reader->words[at]), "socat") == 0;

	if (!WORD_IN(program_name(reader->words[at]), connectors))
		return;
	if (reader->fed_by_shell || has_word(reader, at, "--exec") ||
	    has_word(reader, at, "--sh-exec"))
		reader->command->judged |= JUDGED_SOCKET;
	for (size_t i = at + 1; i < reader->n_words; i++) {
		const char *word = reader->words[i];

		if (socat ? strncasecmp(word, "exec:", 5) == 0 ||
				    strncasecmp(word, "system:", 7) == 0
			  : word[0] == '-' && word[1] != '-' && strpbrk(word, "ec"))
			reader->command->judged |= JUDGED_SOCKET;
	}
}

/* Code that is handed over in an argument. */
static int take_code(struct reader *reader, const struct interpreter *interpreter, const char *code)
{
	size_t length = strlen(code);

	if (interpreter->shell)
		return reader_push_text(reader, code, length, WORDS_SHELL, reader->script);
	reader->command->judged |= interpreter_judge_line(code, length);
	return 0;
}

/* The option of an interpreter at a word: what it makes of the next one. */
enum option {
	OPTION_ALONE = 1,
	OPTION_CODE,	 /* the next word is code */
	OPTION_ARGUMENT, /* the next word is its argument */
	OPTION_MODULE,	 /* the program is a module of the interpreter */
	OPTION_INPUT,	 /* the program comes from the standard input */
};

static enum option find_option(const struct interpreter *interpreter, const char *word)
{
	if (word[0] != '-' || word[1] == '-')
		return OPTION_ALONE;
	if (interpreter->code && strchr(word, interpreter->code))
		return OPTION_CODE;
	if (!interpreter->shell)
		return strcmp(word, "-m") == 0 ? OPTION_MODULE : OPTION_ALONE;
	if (strchr(word, 's'))
		return OPTION_INPUT;
	return strchr(word, 'o') || strchr(word, 'O') ? OPTION_ARGUMENT : OPTION_ALONE;
}

static int take_interpreter(struct reader *reader, const struct interpreter *interpreter, size_t at)
{
	bool was_fed = reader->fed;

	reader->fed = false;
	for (at++; at < reader->n_words; at++) {
		const char *word = reader->words[at];
		enum option option = find_option(interpreter, word);

		if (word[0] != '-')
			return reader_add_program(reader, word);
		if (option == OPTION_MODULE)
			return 0;
		if (option == OPTION_CODE)
			return at + 1 < reader->n_words
				       ? take_code(reader, interpreter, reader->words[at + 1])
				       : 0;
		if (option == OPTION_INPUT)
			break;
		at += option == OPTION_ARGUMENT;
	}
	/* It reads its code from where the pipe comes from. */
	reader->fed_by_shell = true;
	if (was_fed)
		reader->command->judged |= JUDGED_DOWNLOAD;
	return 0;
}

static bool begins_with_fetcher(const char *text)
{
	size_t length;

	text += strspn(text, " \t\n(");
	length = strcspn(text, " \t\n");
	for (size_t i = 0; i < ELEMENTS(fetchers); i++)
		if (strlen(fetchers[i]) == length && memcmp(fetchers[i], text, length) == 0)
			return true;
	return false;
}

/* "$(...)", "<(...)" and "`...`" in a word. `runs`: what they give out is run. */
static int take_inside(struct reader *reader, const char *word, bool runs)
{
	int r = 0;

	while (r == 0 && (word = strpbrk(word, "$<>`"))) {
		const char *begin = *word == '`' ? word + 1 : word + 2;
		const char *stop;

		if (*word != '`' && word[1] != '(') {
			word++;
			continue;
		}
		stop = *word == '`' ? strchrnul(begin, '`') : strrchr(begin, ')');
		if (!stop)
			stop = begin + strlen(begin);
		if (runs && begins_with_fetcher(begin))
			reader->command->judged |= JUDGED_DOWNLOAD;
		r = reader_push_text(reader, begin, (size_t)(stop - begin), WORDS_SHELL,
				     reader->script);
		word = *stop ? stop + 1 : stop;
	}
	return r;
}

/* Options of some programs that name another one. */
static const struct starter {
	const char *name;
	const char *const options[4];
	bool shell; /* it is a command line, not a program */
} starters[] = {
	{"find", {"-exec", "-execdir", "-ok"}, false},
	{"start-stop-daemon", {"-x", "--exec", "-a", "--startas"}, false},
	{"java", {"-jar"}, false},
	{"su", {"-c", "--command"}, true},
	{"runuser", {"-c", "--command"}, true},
	{"script", {"-c", "--command"}, true},
	{"flock", {"-c", "--command"}, true},
	{"watch", {"-x"}, false},
};

static bool is_option(const struct starter *starter, const char *word)
{
	for (size_t i = 0; i < ELEMENTS(starter->options); i++)
		if (starter->options[i] && strcmp(starter->options[i], word) == 0)
			return true;
	return false;
}

static int take_starter(struct reader *reader, const struct starter *starter, size_t at)
{
	int r = 0;

	for (size_t i = at + 1; r == 0 && i + 1 < reader->n_words; i++) {
		const char *next = reader->words[i + 1];

		if (!is_option(starter, reader->words[i]))
			continue;
		r = starter->shell ? reader_push_text(reader, next, strlen(next), WORDS_SHELL,
						      reader->script)
				   : reader_add_program(reader, next);
	}
	return r;
}

static int take_starters(struct reader *reader)
{
	int r = 0;

	for (size_t at = 0; at < reader->n_words && at < 4; at++)
		for (size_t i = 0; r == 0 && i < ELEMENTS(starters); i++)
			if (strcmp(program_name(reader->words[at]), starters[i].name) == 0)
				r = take_starter(reader, &starters[i], at);
	return r;
}

/* Words that the shell itself acts on: 1 when it was one. */
static int take_builtin(struct reader *reader, size_t at)
{
	static const char *const setters[] = {"export", "declare", "typeset", "readonly", "setenv"};
	const char *name = reader->words[at];
	int r = 0;

	if (strcmp(name, ".") == 0 || strcmp(name, "source") == 0) {
		if (at + 1 < reader->n_words)
			r = reader_add_program(reader, reader->words[at + 1]);
		return r < 0 ? r : 1;
	}
	if (strcmp(name, "eval") == 0) {
		for (size_t i = at + 1; r == 0 && i < reader->n_words; i++)
			r = reader_push_text(reader, reader->words[i], strlen(reader->words[i]),
					     WORDS_SHELL, reader->script);
		return r < 0 ? r : 1;
	}
	if (!WORD_IN(name, setters))
		return 0;
	for (size_t i = at + 1; i < reader->n_words; i++)
		take_assignment(reader, reader->words[i]);
	return 1;
}

static bool touches_fetched(const struct reader *reader, size_t at)
{
	if (strcmp(program_name(reader->words[at]), "chmod") != 0)
		return false;
	for (size_t i = at + 1; i < reader->n_words; i++)
		if (word_is_in(reader->words[i], (const char *const *)reader->fetched,
			       reader->n_fetched))
			return true;
	return false;
}

static int take_program(struct reader *reader, size_t at)
{
	const struct interpreter *interpreter = interpreter_find(reader->words[at]);
	int r = reader_add_program(reader, reader->words[at]);

	judge_connector(reader, at);
	reader->fed_by_shell = false;
	if (touches_fetched(reader, at))
		reader->command->judged |= JUDGED_DOWNLOAD;
	if (r == 0 && interpreter)
		return take_interpreter(reader, interpreter, at);
	if (r == 0 && is_fetcher(reader, at))
		r = take_fetcher(reader, at);
	return r;
}

/* The marks before systemd's programs: systemd.service(5), "Special executable prefixes". */
static void strip_prefixes(struct reader *reader)
{
	char *word = reader->words[0];
	size_t length = strspn(word, "@-:+!|");
	bool has_name = memchr(word, '@', length) != NULL;

	memmove(word, word + length, strlen(word + length) + 1);
	/* The second word is the name under which it runs. */
	if (!has_name || reader->n_words < 2)
		return;
	free(reader->words[1]);
	memmove(&reader->words[1], &reader->words[2],
		(reader->n_words - 2) * sizeof(reader->words[0]));
	reader->n_words--;
}

int reader_take_command(struct reader *reader, enum words_syntax syntax)
{
	bool runs;
	size_t at;
	int r = 0;

	if (reader->n_words == 0)
		return 0;
	if (syntax == WORDS_EXEC)
		strip_prefixes(reader);
	at = find_program(reader);
	runs = at < reader->n_words &&
	       (interpreter_find(reader->words[at]) || strcmp(reader->words[at], "eval") == 0 ||
		strcmp(reader->words[at], "source") == 0 || strcmp(reader->words[at], ".") == 0);
	for (size_t i = 0; r == 0 && syntax == WORDS_SHELL && i < reader->n_words; i++)
		r = take_inside(reader, reader->words[i], runs);
	/* A wrapper with a path is a program as any other. */
	for (size_t i = 0; r == 0 && i < at && i < reader->n_words; i++)
		if (reader->words[i][0] == '/' && find_wrapper(reader->words[i]))
			r = reader_add_program(reader, reader->words[i]);
	if (r == 0)
		r = take_starters(reader);
	if (r == 0 && at < reader->n_words) {
		r = take_builtin(reader, at);
		if (r == 0)
			r = take_program(reader, at);
	}
	return r < 0 ? r : 0;
}
