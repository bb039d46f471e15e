/* SPDX-License-Identifier: Apache-2.0 */
#include "check/command_private.h"

#include "check/resolve.h"
#include "measure/root.h"

static void drop_words(struct reader *reader)
{
	while (reader->n_words > 0)
		free(reader->words[--reader->n_words]);
}

static void reader_done(struct reader *reader)
{
	drop_words(reader);
	free(reader->redirect);
	for (size_t i = 0; i < reader->count; i++)
		free(reader->texts[i].text);
	while (reader->n_fetched > 0)
		free(reader->fetched[--reader->n_fetched]);
}

void command_done(struct command *command)
{
	for (size_t i = 0; i < command->count; i++) {
		free(command->programs[i].path);
		free(command->programs[i].writable);
	}
	free(command->programs);
	*command = (struct command){};
}

int reader_push_text(struct reader *reader, const char *text, size_t size, enum words_syntax syntax,
		     bool script)
{
	struct pending *pending = &reader->texts[reader->count];

	if (reader->count == TEXTS_MAX || size > COMMAND_TEXT_MAX)
		reader->command->limited = true;
	if (reader->count == TEXTS_MAX)
		return 0;
	if (size > COMMAND_TEXT_MAX)
		size = COMMAND_TEXT_MAX;
	pending->text = malloc(size + 1);
	if (!pending->text)
		return -ENOMEM;
	memcpy(pending->text, text, size);
	pending->text[size] = '\0';
	pending->size = size;
	pending->syntax = syntax;
	pending->script = script;
	reader->count++;
	return 0;
}

static bool is_text(const char *data, size_t size)
{
	return !memchr(data, '\0', size < 512 ? size : 512);
}

static int push_script(struct reader *reader, const char *text, size_t size)
{
	const struct interpreter *interpreter;

	if (!is_text(text, size))
		return 0;
	interpreter = interpreter_of_script(text, size);
	if (interpreter && interpreter->shell)
		return reader_push_text(reader, text, size, WORDS_SHELL, true);
	reader->command->judged |= interpreter_judge_code(text, size);
	return 0;
}

/* A script that nothing vouches for may do anything; what it does is looked into. */
static int read_script(struct reader *reader, const char *path)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if (reader->judge->read > COMMAND_READ_MAX) {
		reader->command->limited = true;
		return 0;
	}
	r = root_read(reader->judge->root_fd, path, COMMAND_TEXT_MAX, &text, &size);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	reader->judge->read += size;
	return push_script(reader, text, size);
}

/* A bare name is looked for as a manager or cron would (systemd.exec(5), crontab(5)). */
static int find_in_path(int root_fd, const char *name, char **ret_path, struct resolved *ret)
{
	static const char *const directories[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
	};

	for (size_t i = 0; i < ELEMENTS(directories); i++) {
		_cleanup_free_ char *path = NULL;
		int r;

		if (asprintf(&path, "%s/%s", directories[i], name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = path_resolve(root_fd, path, ret);
		if (r != -ENOENT && r != -ENOTDIR) {
			*ret_path = TAKE_PTR(path);
			return r;
		}
	}
	return -ENOENT;
}

static int keep_program(struct reader *reader, struct command_program *program)
{
	struct command *command = reader->command;
	struct command_program *grown;

	command->judged |= program->judged;
	grown = reallocarray(command->programs, command->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	command->programs = grown;
	grown[command->count++] = *program;
	*program = (struct command_program){};
	return 0;
}

static bool is_known(const struct reader *reader, const char *path)
{
	for (size_t i = 0; i < reader->command->count; i++)
		if (strcmp(reader->command->programs[i].path, path) == 0)
			return true;
	return false;
}

static bool is_suspect(const struct reader *reader, const char *path)
{
	return suspects_find(reader->judge->suspects, path) != NULL;
}

static int judge_found(struct reader *reader, struct command_program *program,
		       struct resolved *resolved)
{
	program->judged |= command_judge_place(resolved->path);
	if (resolved->writable && S_ISREG(resolved->st.st_mode)) {
		program->judged |= JUDGED_WRITABLE;
		program->writable = TAKE_PTR(resolved->writable);
	}
	if (!is_suspect(reader, program->path) && !is_suspect(reader, resolved->path))
		return 0;
	program->judged |= JUDGED_UNVOUCHED;
	return S_ISREG(resolved->st.st_mode) ? read_script(reader, resolved->path) : 0;
}

static bool was_fetched(const struct reader *reader, const char *path)
{
	return word_is_in(path, (const char *const *)reader->fetched, reader->n_fetched);
}

/* A bare name is looked for as the loader does: ld.so(8). */
bool reader_vouches(const struct reader *reader, const char *library)
{
	static const char *const directories[] = {
		"/usr/local/lib",
		"/usr/lib/x86_64-linux-gnu",
		"/usr/lib/aarch64-linux-gnu",
		"/usr/lib",
		"/usr/lib64",
	};
	_cleanup_resolved_ struct resolved resolved = {};
	int r = -ENOENT;

	if (library[0] == '/')
		r = path_resolve(reader->judge->root_fd, library, &resolved);
	for (size_t i = 0; library[0] != '/' && r < 0 && i < ELEMENTS(directories); i++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/%s", directories[i], library) < 0) {
			path = NULL;
			return false;
		}
		r = path_resolve(reader->judge->root_fd, path, &resolved);
	}
	return r == 0 && !resolved.writable && !is_suspect(reader, library) &&
	       !is_suspect(reader, resolved.path);
}

/* Names of the shell itself and words with blanks or variables are nobody's programs. */
static bool can_be_program(const char *word)
{
	return *word && (word[0] == '/' || !strpbrk(word, "/ \t\n$`*?[]{}()=\"'"));
}

int reader_add_program(struct reader *reader, const char *word)
{
	struct command_program program = {};
	_cleanup_resolved_ struct resolved resolved = {};
	_cleanup_free_ char *found = NULL;
	int r;

	if (was_fetched(reader, word))
		reader->command->judged |= JUDGED_DOWNLOAD;
	program.judged = command_judge_place(word);
	if (!program.judged && !can_be_program(word))
		return 0;
	if (reader->command->count == COMMAND_PROGRAMS_MAX) {
		reader->command->limited = true;
		return 0;
	}
	r = strchr(word, '/') ? path_resolve(reader->judge->root_fd, word, &resolved)
			      : find_in_path(reader->judge->root_fd, word, &found, &resolved);
	if (r == -ENOMEM || (r < 0 && !program.judged && word[0] != '/'))
		return r == -ENOMEM ? r : 0;
	if (is_known(reader, found ? found : word))
		return 0;
	program.path = found ? TAKE_PTR(found) : strdup(word);
	if (!program.path)
		return -ENOMEM;
	if (r == 0)
		r = judge_found(reader, &program, &resolved);
	else if (!reader->script)
		program.judged |= JUDGED_MISSING;
	if (r != -ENOMEM)
		r = keep_program(reader, &program);
	free(program.path);
	free(program.writable);
	return r;
}

/* bash opens connections by these names. */
static bool contains_socket(const struct pending *pending)
{
	static const char *const names[] = {"/dev/tcp/", "/dev/udp/"};

	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (memmem(pending->text, pending->size, names[i], strlen(names[i])))
			return true;
	return false;
}

static int keep_word(struct reader *reader, const char *text)
{
	if (reader->n_words == WORDS_MAX)
		return 0;
	reader->words[reader->n_words] = strdup(text);
	if (!reader->words[reader->n_words])
		return -ENOMEM;
	reader->n_words++;
	return 0;
}

static int keep_redirect(struct reader *reader, const char *file)
{
	free(reader->redirect);
	reader->redirect = strdup(file);
	return reader->redirect ? 0 : -ENOMEM;
}

static int end_command(struct reader *reader, enum word how, enum words_syntax syntax)
{
	int r = reader_take_command(reader, syntax);

	drop_words(reader);
	free(reader->redirect);
	reader->redirect = NULL;
	if (how != WORD_PIPE)
		reader->fed = reader->fed_by_shell = false;
	return r;
}

static int take_text(struct reader *reader, const struct pending *pending)
{
	_cleanup_words_ struct words words = {.at = pending->text,
					      .end = pending->text + pending->size,
					      .syntax = pending->syntax};
	_cleanup_buffer_ struct buffer text = {};
	int word, last = WORD_SEPARATOR, r = 0;

	reader->script = pending->script;
	if (contains_socket(pending))
		reader->command->judged |= JUDGED_SOCKET;
	do {
		word = words_next(&words, &text);
		if (word < 0)
			return word;
		if (word == WORD_TEXT && last == WORD_REDIRECT)
			r = keep_redirect(reader, text.data);
		else if (word == WORD_TEXT)
			r = keep_word(reader, text.data);
		else if (word != WORD_REDIRECT)
			r = end_command(reader, (enum word)word, pending->syntax);
		last = word;
	} while (r == 0 && word != WORD_END);
	return r;
}

/* Texts inside texts wait for their turn, so that nothing calls itself. */
static int take_all(struct reader *reader)
{
	int r = 0;

	while (r == 0 && reader->next < reader->count)
		r = take_text(reader, &reader->texts[reader->next++]);
	return r;
}

int command_judge_line(struct command_judge *judge, const char *text, size_t size,
		       enum words_syntax syntax, struct command *ret)
{
	_cleanup_(reader_done) struct reader reader = {.judge = judge, .command = ret};
	int r = reader_push_text(&reader, text, size, syntax, false);

	return r < 0 ? r : take_all(&reader);
}

int command_judge_script(struct command_judge *judge, const char *text, size_t size,
			 struct command *ret)
{
	_cleanup_(reader_done) struct reader reader = {.judge = judge, .command = ret};
	int r = push_script(&reader, text, size);

	return r < 0 ? r : take_all(&reader);
}

int command_judge_program(struct command_judge *judge, const char *path, struct command *ret)
{
	_cleanup_(reader_done) struct reader reader = {.judge = judge, .command = ret};
	int r = reader_add_program(&reader, path);

	return r < 0 ? r : take_all(&reader);
}
