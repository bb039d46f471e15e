/* SPDX-License-Identifier: Apache-2.0 */
#include "check/command_private.h"

static const struct interpreter interpreters[] = {
	{"sh", 'c', true},	{"bash", 'c', true},   {"dash", 'c', true},
	{"ash", 'c', true},	{"zsh", 'c', true},    {"ksh", 'c', true},
	{"mksh", 'c', true},	{"fish", 'c', true},   {"rbash", 'c', true},
	{"csh", 'c', true},	{"tcsh", 'c', true},   {"python", 'c', false},
	{"perl", 'e', false},	{"ruby", 'e', false},  {"node", 'e', false},
	{"nodejs", 'e', false}, {"php", 'r', false},   {"lua", 'e', false},
	{"tclsh", '\0', false}, {"gawk", '\0', false}, {"expect", 'c', false},
};

/* python3.11 is python, php8.2 is php. */
const struct interpreter *interpreter_find(const char *program)
{
	const char *name = program_name(program);

	for (size_t i = 0; i < ELEMENTS(interpreters); i++) {
		size_t length = strlen(interpreters[i].name);

		if (strncmp(name, interpreters[i].name, length) == 0 &&
		    strspn(name + length, "0123456789.") == strlen(name + length))
			return &interpreters[i];
	}
	return NULL;
}

const struct interpreter *interpreter_of_script(const char *text, size_t size)
{
	const char *stop = memchr(text, '\n', size);
	char line[128], *word, *rest = line;
	size_t length = stop ? (size_t)(stop - text) : size;
	const struct interpreter *found = NULL;

	if (size < 2 || text[0] != '#' || text[1] != '!')
		return &interpreters[0];
	length = length < sizeof(line) ? length - 2 : sizeof(line) - 3;
	memcpy(line, text + 2, length);
	line[length] = '\0';
	while (!found && (word = strsep(&rest, " \t\r")))
		found = *word ? interpreter_find(word) : NULL;
	return found;
}

static bool contains(const char *text, size_t size, const char *word)
{
	return memmem(text, size, word, strlen(word)) != NULL;
}

static bool contains_any(const char *text, size_t size, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (contains(text, size, list[i]))
			return true;
	return false;
}

unsigned interpreter_judge_code(const char *text, size_t size)
{
	unsigned judged = 0;

	static const char *const sockets[] = {
		"socket.socket", "import socket", "IO::Socket", "use Socket",	     "fsockopen",
		"TCPSocket",	 "net.connect",	  "net.Socket", "create_connection",
	};
	static const char *const shells[] = {
		"/bin/sh",   "/bin/bash", "subprocess", "pty.spawn", "os.dup2",
		"proc_open", "exec",	  "spawn",	"system",    "popen",
	};
	static const char *const fetches[] = {
		"urllib",
		"urlopen",
		"requests.get",
		"LWP::",
		"file_get_contents(\"http",
		"file_get_contents('http",
		"b64decode",
		"decode_base64",
		"base64_decode",
		"open-uri",
	};
	static const char *const runs[] = {
		"exec(", "eval(", "os.system", "subprocess", "popen", "system(", "eval ",
	};

	if (contains_any(text, size, sockets, ELEMENTS(sockets)) &&
	    contains_any(text, size, shells, ELEMENTS(shells)))
		judged |= JUDGED_SOCKET;
	if (contains_any(text, size, fetches, ELEMENTS(fetches)) &&
	    contains_any(text, size, runs, ELEMENTS(runs)))
		judged |= JUDGED_DOWNLOAD;
	return judged;
}
