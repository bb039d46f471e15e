/* SPDX-License-Identifier: Apache-2.0 */
#include "check/provenance_private.h"

#include "text.h"

#include <ctype.h>
#include <string.h>

#define DEFAULT_MODE 0644

void provenance_free(struct provenance *provenance)
{
	if (!provenance)
		return;
	free(provenance->instance);
	free(provenance->default_user);
	json_decref(provenance->documents);
	json_decref(provenance->users);
	json_decref(provenance->groups);
	json_decref(provenance->files);
	json_decref(provenance->packages);
	json_decref(provenance->names);
	json_decref(provenance->certificates);
	json_decref(provenance->metadata_keys);
	json_decref(provenance->commands);
	json_decref(provenance->strings);
	json_decref(provenance->words);
	json_decref(provenance->lines);
	json_decref(provenance->digests);
	json_decref(provenance->problems);
	json_decref(provenance->limits);
	free(provenance->pickle);
	for (size_t i = 0; i < provenance->n_parts; i++)
		free(provenance->parts[i].part.data);
	free(provenance->parts);
	free(provenance);
}

const char *provenance_get_instance(const struct provenance *provenance)
{
	return provenance ? provenance->instance : NULL;
}

static const json_t *find_user(const struct provenance *provenance, const char *user)
{
	return provenance && provenance->instance ? json_object_get(provenance->users, user) : NULL;
}

static bool set_has(const json_t *set, const char *key)
{
	return json_object_get(set, key) != NULL;
}

bool provenance_declares_user(const struct provenance *provenance, const char *user)
{
	return find_user(provenance, user) != NULL;
}

bool provenance_declares_group(const struct provenance *provenance, const char *group)
{
	return provenance && provenance->instance &&
	       (set_has(provenance->groups, group) || set_has(provenance->users, group));
}

bool provenance_declares_member(const struct provenance *provenance, const char *user,
				const char *group)
{
	return set_has(json_object_get(find_user(provenance, user), "groups"), group);
}

bool provenance_declares_sudo(const struct provenance *provenance, const char *user,
			      const char *rule)
{
	return set_has(json_object_get(find_user(provenance, user), "sudo"), rule);
}

bool provenance_declares_password(const struct provenance *provenance, const char *user)
{
	return json_is_true(json_object_get(find_user(provenance, user), "password"));
}

/* A datasource that was pickled has its keys in it as text. */
static bool is_in_pickle(const struct provenance *provenance, const char *base64)
{
	return provenance->pickle &&
	       memmem(provenance->pickle, provenance->pickle_size, base64, strlen(base64)) != NULL;
}

static bool is_default_user(const struct provenance *provenance, const char *user)
{
	return provenance->default_user && strcmp(user, provenance->default_user) == 0;
}

bool provenance_declares_key(const struct provenance *provenance, const char *user,
			     const char *type, const char *base64)
{
	_cleanup_free_ char *key = NULL;
	const json_t *keys;

	if (!provenance || !provenance->instance || asprintf(&key, "%s %s", type, base64) < 0) {
		key = NULL;
		return false;
	}
	keys = json_object_get(find_user(provenance, user), "keys");
	if (set_has(keys, key))
		return true;
	if (strcmp(user, "root") != 0 && !is_default_user(provenance, user))
		return false;
	keys = json_object_get(
		find_user(provenance, provenance->default_user ? provenance->default_user : "root"),
		"keys");
	return set_has(keys, key) || set_has(provenance->metadata_keys, key) ||
	       is_in_pickle(provenance, base64);
}

bool provenance_allows_root(const struct provenance *provenance)
{
	return provenance && provenance->allows_root;
}

static const json_t *find_files(const struct provenance *provenance, const char *path)
{
	return provenance && provenance->instance ? json_object_get(provenance->files, path) : NULL;
}

bool provenance_names_file(const struct provenance *provenance, const char *path)
{
	return find_files(provenance, path) != NULL;
}

bool provenance_declares_file(const struct provenance *provenance, const char *path,
			      const void *content, size_t size)
{
	const json_t *files = find_files(provenance, path), *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		const json_t *text = json_object_get(file, "content");

		if (json_is_string(text) && json_string_length(text) == size &&
		    memcmp(json_string_value(text), content, size) == 0)
			return true;
	}
	return false;
}

mode_t provenance_file_mode(const struct provenance *provenance, const char *path)
{
	const json_t *files = find_files(provenance, path);
	/* A later declaration of the same file is written over an earlier one. */
	const json_t *last =
		json_array_get(files, json_array_size(files) ? json_array_size(files) - 1 : 0);
	const json_t *mode = json_object_get(last, "mode");

	return json_is_integer(mode) ? (mode_t)json_integer_value(mode) : DEFAULT_MODE;
}

const char *provenance_appended(const struct provenance *provenance, const char *path,
				size_t *ret_size)
{
	const json_t *files = find_files(provenance, path), *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		const json_t *text = json_object_get(file, "content");

		if (!json_is_true(json_object_get(file, "append")) || !json_is_string(text))
			continue;
		*ret_size = json_string_length(text);
		return json_string_value(text);
	}
	return NULL;
}

static bool is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("._/@+-:", c));
}

bool text_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	const char *at = text;

	while (length > 0 && (at = strstr(at, word))) {
		if ((at == text || !is_word_byte(at[-1])) && !is_word_byte(at[length]))
			return true;
		at += length;
	}
	return false;
}

static bool installs(const char *command, const char *package)
{
	return (text_has_word(command, "install") || text_has_word(command, "add")) &&
	       text_has_word(command, package);
}

bool provenance_declares_package(const struct provenance *provenance, const char *package)
{
	const json_t *command;
	size_t i;

	if (!provenance || !provenance->instance)
		return false;
	if (set_has(provenance->packages, package))
		return true;
	json_array_foreach(provenance->commands, i, command)
	{
		if (installs(json_string_value(command), package))
			return true;
	}
	return false;
}

bool provenance_declares_upgrade(const struct provenance *provenance)
{
	return provenance && provenance->instance && provenance->upgrade;
}

bool provenance_declares_key_of(const struct provenance *provenance, const char *key)
{
	const json_t *document;
	size_t i;

	if (!provenance || !provenance->instance)
		return false;
	json_array_foreach(provenance->documents, i, document)
	{
		if (json_object_get(document, key))
			return true;
	}
	return false;
}

bool provenance_switches_on(const struct provenance *provenance, const char *key)
{
	const json_t *document;
	size_t i;

	if (!provenance || !provenance->instance)
		return false;
	json_array_foreach(provenance->documents, i, document)
	{
		if (provenance_is_true(json_object_get(document, key)))
			return true;
	}
	return false;
}

static void trim(const char **line, size_t *length)
{
	while (*length > 0 && isspace((unsigned char)**line)) {
		(*line)++;
		(*length)--;
	}
	while (*length > 0 && isspace((unsigned char)(*line)[*length - 1]))
		(*length)--;
}

/* Sets, since each difference may be asked for and what was declared may be long. */
int provenance_note_lines(struct provenance *provenance, const char *text)
{
	int r = 0;

	while (r == 0 && *text) {
		const char *own = text;
		size_t size = strcspn(text, "\n");
		_cleanup_free_ char *line = NULL;

		text += size + (text[size] == '\n');
		trim(&own, &size);
		line = strndup(own, size);
		r = line ? set_add(provenance->lines, line) : -ENOMEM;
	}
	return r;
}

int provenance_note_words(struct provenance *provenance, const char *text)
{
	int r = 0;

	while (r == 0 && *text) {
		_cleanup_free_ char *word = NULL;
		size_t size = 0;

		while (*text && !is_word_byte(*text))
			text++;
		while (is_word_byte(text[size]))
			size++;
		word = strndup(text, size);
		text += size;
		r = word ? set_add(provenance->words, word) : -ENOMEM;
	}
	return r;
}

bool provenance_declares_line(const struct provenance *provenance, const char *key,
			      const char *line, size_t length)
{
	_cleanup_free_ char *wanted = NULL;

	if (!provenance_declares_key_of(provenance, key))
		return false;
	trim(&line, &length);
	wanted = strndup(line, length);
	return wanted && set_has(provenance->lines, wanted);
}

static bool any_has_word(const json_t *texts, const char *word)
{
	const json_t *text;
	size_t i;

	json_array_foreach(texts, i, text)
	{
		if (text_has_word(json_string_value(text), word))
			return true;
	}
	return false;
}

bool provenance_runs_with(const struct provenance *provenance, const char *word)
{
	return provenance && provenance->instance && set_has(provenance->words, word);
}

bool provenance_declares_word(const struct provenance *provenance, const char *word)
{
	return provenance_runs_with(provenance, word) ||
	       (provenance && provenance->instance && any_has_word(provenance->strings, word));
}

bool provenance_declares_certificate(const struct provenance *provenance, const char *base64,
				     size_t length)
{
	_cleanup_free_ char *key = strndup(base64, length);

	return key && provenance && provenance->instance && set_has(provenance->certificates, key);
}

bool provenance_declares_name(const struct provenance *provenance, const char *name, size_t length)
{
	_cleanup_free_ char *key = strndup(name, length);

	return key && provenance && provenance->instance && set_has(provenance->names, key);
}

const json_t *provenance_commands(const struct provenance *provenance)
{
	return provenance ? provenance->commands : NULL;
}

const json_t *provenance_strings(const struct provenance *provenance)
{
	return provenance ? provenance->strings : NULL;
}

const struct provenance_part *provenance_parts(const struct provenance *provenance,
					       size_t *ret_count)
{
	*ret_count = provenance ? provenance->n_parts : 0;
	return provenance ? provenance->parts : NULL;
}

bool provenance_has_part(const struct provenance *provenance, const void *content, size_t size)
{
	for (size_t i = 0; provenance && i < provenance->n_parts; i++) {
		const struct user_data_part *part = &provenance->parts[i].part;

		if (part->size == size && memcmp(part->data, content, size) == 0)
			return true;
	}
	return false;
}

const json_t *provenance_digests(const struct provenance *provenance)
{
	return provenance ? provenance->digests : NULL;
}

const json_t *provenance_problems(const struct provenance *provenance)
{
	return provenance ? provenance->problems : NULL;
}

const json_t *provenance_limits(const struct provenance *provenance)
{
	return provenance ? provenance->limits : NULL;
}
