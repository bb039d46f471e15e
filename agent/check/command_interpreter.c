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
		if (list[i] && contains(text, size, list[i]))
			return true;
	return false;
}

/* Words of which one of each list must be there. */
struct telltale {
	const char *first[10], *second[10];
	unsigned judged;
};

static bool shows(const struct telltale *telltale, const char *text, size_t size)
{
	return contains_any(text, size, telltale->first, ELEMENTS(telltale->first)) &&
	       contains_any(text, size, telltale->second, ELEMENTS(telltale->second));
}

unsigned interpreter_judge_line(const char *text, size_t size)
{
	/* In a line that is handed over as an argument there is little else. */
	static const struct telltale telltales[] = {
		{{"socket.socket", "import socket", "socket,", ",socket", "IO::Socket",
		  "use Socket", "fsockopen", "TCPSocket", "net.connect", "net.Socket"},
		 {"/bin/sh", "/bin/bash", "subprocess", "pty", "dup2", "proc_open", "exec", "spawn",
		  "system", "popen"},
		 JUDGED_SOCKET},
		{{"urllib", "urlopen", "requests", "LWP::", "file_get_contents", "b64decode",
		  "decode_base64", "base64_decode", "open-uri", "http.get"},
		 {"exec(", "eval(", "system", "subprocess", "popen", "eval "},
		 JUDGED_DOWNLOAD},
	};
	unsigned judged = 0;

	for (size_t i = 0; i < ELEMENTS(telltales); i++)
		if (shows(&telltales[i], text, size))
			judged |= telltales[i].judged;
	return judged;
}

unsigned interpreter_judge_code(const char *text, size_t size)
{
	/* Many programs open connections and start others; few join the two. */
	static const struct telltale telltales[] = {
		{{"socket.socket", "import socket", "IO::Socket", "use Socket", "fsockopen",
		  "TCPSocket", "net.connect", "net.Socket"},
		 {"dup2(", "pty.spawn", "\"/bin/sh\"", "'/bin/sh'", "/bin/sh -i", "/bin/bash -i",
		  "\"/bin/bash\"", "'/bin/bash'", "open(STDIN"},
		 JUDGED_SOCKET},
		{{"urllib", "urlopen", "requests", "LWP::", "file_get_contents", "b64decode",
		  "decode_base64", "base64_decode", "http.get"},
		 {"exec(urlopen", "exec(requests", "exec(base64", "exec(b64decode", "exec(urllib",
		  "eval(base64_decode", "eval(decode_base64", "eval(file_get", "exec(zlib",
		  "eval(gzinflate"},
		 JUDGED_DOWNLOAD},
	};
	unsigned judged = 0;

	for (size_t i = 0; i < ELEMENTS(telltales); i++)
		if (shows(&telltales[i], text, size))
			judged |= telltales[i].judged;
	return judged;
}
