/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of one cloud-config declare (cloudinit.readthedocs.io, "Module reference"). */
#include "check/provenance_private.h"

#include "text.h"

#include <ctype.h>
#include <string.h>

#define FILE_CONTENT_MAX (4 * 1024 * 1024) /* bytes of one write_files entry, unpacked */

int set_add(json_t *set, const char *key)
{
	return json_object_set_new_nocheck(set, key, json_true()) < 0 ? -ENOMEM : 0;
}

bool provenance_is_true(const json_t *value)
{
	static const char *const words[] = {"true", "yes", "on", "y", "1"};
	const char *text = json_string_value(value);

	for (size_t i = 0; text && i < ELEMENTS(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return json_is_true(value);
}

static bool is_key_type(const char *word, size_t length)
{
	static const char *const starts[] = {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"};

	for (size_t i = 0; i < ELEMENTS(starts); i++)
		if (length > strlen(starts[i]) && strncmp(word, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

/* The end of a word that may have quoted blanks in it (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
static size_t word_length(const char *line, size_t length)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < length; i++) {
		if (line[i] == '\\' && quoted && i + 1 < length)
			i++;
		else if (line[i] == '"')
			quoted = !quoted;
		else if (!quoted && (line[i] == ' ' || line[i] == '\t'))
			break;
	}
	return i;
}

char *provenance_key_of_line(const char *line, size_t length)
{
	char *key;

	for (size_t words = 0; words < 2; words++) {
		size_t size, skip, data;

		while (length > 0 && (*line == ' ' || *line == '\t'))
			line++, length--;
		size = word_length(line, length);
		for (skip = size; skip < length && (line[skip] == ' ' || line[skip] == '\t');)
			skip++;
		data = word_length(line + skip, length - skip);
		if (is_key_type(line, size) && data > 0)
			return asprintf(&key, "%.*s %.*s", (int)size, line, (int)data,
					line + skip) < 0
				       ? NULL
				       : key;
		line += size;
		length -= size;
	}
	return NULL;
}

/* Each of a list of strings, or of the words of one between commas and blanks. */
static int add_words(json_t *set, const json_t *value)
{
	_cleanup_free_ char *copy = NULL;
	const json_t *member;
	char *rest, *word;
	size_t i;
	int r = 0;

	json_array_foreach(value, i, member)
	{
		if (r == 0 && json_is_string(member))
			r = set_add(set, json_string_value(member));
	}
	if (r < 0 || !json_is_string(value))
		return r;
	rest = copy = strdup(json_string_value(value));
	if (!copy)
		return -ENOMEM;
	while (r == 0 && (word = strsep(&rest, ", \t\n")))
		r = *word ? set_add(set, word) : 0;
	return r;
}

static int add_whole(json_t *set, const json_t *value)
{
	if (json_is_string(value))
		return set_add(set, json_string_value(value));
	return add_words(set, value);
}

static int add_keys(json_t *set, const json_t *value)
{
	const json_t *member;
	size_t i;
	int r = 0;

	if (json_is_string(value)) {
		_cleanup_free_ char *key =
			provenance_key_of_line(json_string_value(value), json_string_length(value));

		return key ? set_add(set, key) : 0;
	}
	json_array_foreach(value, i, member)
	{
		if (r == 0 && json_is_string(member))
			r = add_keys(set, member);
	}
	return r;
}

static json_t *user_new(void)
{
	return json_pack("{s:{}, s:{}, s:{}}", "groups", "sudo", "keys");
}

static int set_password(json_t *user, const json_t *description)
{
	static const char *const keys[] = {"passwd", "hashed_passwd", "plain_text_passwd"};

	for (size_t i = 0; i < ELEMENTS(keys); i++)
		if (json_is_string(json_object_get(description, keys[i])))
			return json_object_set_new(user, "password", json_true()) < 0 ? -ENOMEM : 0;
	return 0;
}

int provenance_take_user(struct provenance *provenance, const char *name, const json_t *description)
{
	json_t *user = json_object_get(provenance->users, name);
	int r;

	if (!user) {
		user = user_new();
		if (!user || json_object_set_new_nocheck(provenance->users, name, user) < 0)
			return -ENOMEM;
	}
	r = add_words(json_object_get(user, "groups"), json_object_get(description, "groups"));
	if (r == 0)
		r = add_words(json_object_get(user, "groups"),
			      json_object_get(description, "primary_group"));
	if (r == 0)
		r = add_whole(json_object_get(user, "sudo"), json_object_get(description, "sudo"));
	if (r == 0)
		r = add_keys(json_object_get(user, "keys"),
			     json_object_get(description, "ssh_authorized_keys"));
	if (r == 0)
		r = add_keys(json_object_get(user, "keys"),
			     json_object_get(description, "ssh-authorized-keys"));
	return r < 0 ? r : set_password(user, description);
}

static int take_default(struct provenance *provenance, const json_t *description)
{
	const char *name = json_string_value(
		json_is_string(description) ? description : json_object_get(description, "name"));

	if (name) {
		free(provenance->default_user);
		provenance->default_user = strdup(name);
		if (!provenance->default_user)
			return -ENOMEM;
	}
	return provenance->default_user
		       ? provenance_take_user(provenance, provenance->default_user, description)
		       : 0;
}

static int take_users(struct provenance *provenance, const json_t *document)
{
	const json_t *user, *users = json_object_get(document, "users");
	size_t i;
	int r = take_default(provenance, json_object_get(json_object_get(document, "system_info"),
							 "default_user"));

	if (r == 0)
		r = take_default(provenance, json_object_get(document, "user"));
	json_array_foreach(users, i, user)
	{
		const char *name = json_string_value(
			json_is_string(user) ? user : json_object_get(user, "name"));

		if (r == 0 && name && strcmp(name, "default") != 0)
			r = provenance_take_user(provenance, name, user);
	}
	if (r == 0 && provenance->default_user)
		r = add_keys(json_object_get(
				     json_object_get(provenance->users, provenance->default_user),
				     "keys"),
			     json_object_get(document, "ssh_authorized_keys"));
	return r;
}

static int take_password(struct provenance *provenance, const char *name, size_t length)
{
	_cleanup_free_ char *user = strndup(name, length);
	json_t *found = user ? json_object_get(provenance->users, user) : NULL;

	if (!user)
		return -ENOMEM;
	if (!found) {
		found = user_new();
		/* An account that is there already, such as root, may be given one. */
		if (!found || json_object_set_new_nocheck(provenance->users, user, found) < 0)
			return -ENOMEM;
	}
	return json_object_set_new(found, "password", json_true()) < 0 ? -ENOMEM : 0;
}

/* "NAME:PASSWORD" lines, or a list of {name, password}. */
static int take_passwords(struct provenance *provenance, const json_t *document)
{
	const json_t *chpasswd = json_object_get(document, "chpasswd"), *item;
	const json_t *list = json_object_get(chpasswd, "list");
	const char *at = json_string_value(list);
	size_t i;
	int r = 0;

	while (r == 0 && at && *at) {
		size_t length = strcspn(at, ":\n");

		if (at[length] == ':')
			r = take_password(provenance, at, length);
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	json_array_foreach(list, i, item)
	{
		const char *line = json_string_value(item);

		if (r == 0 && line && strchr(line, ':'))
			r = take_password(provenance, line, strcspn(line, ":"));
	}
	json_array_foreach(json_object_get(chpasswd, "users"), i, item)
	{
		const char *name = json_string_value(json_object_get(item, "name"));

		if (r == 0 && name)
			r = take_password(provenance, name, strlen(name));
	}
	if (r == 0 && provenance->default_user && json_object_get(document, "password"))
		r = take_password(provenance, provenance->default_user,
				  strlen(provenance->default_user));
	return r;
}

static int take_groups(struct provenance *provenance, const json_t *document)
{
	const json_t *groups = json_object_get(document, "groups"), *group;
	const char *name;
	json_t *members;
	size_t i;
	int r = add_words(provenance->groups, groups);

	json_array_foreach(groups, i, group)
	{
		json_object_foreach((json_t *)group, name, members)
		{
			if (r == 0)
				r = set_add(provenance->groups, name);
		}
	}
	return r;
}

/* What the entry's content is once it is written; NULL where it is not in the entry. */
static int unpack_content(const json_t *entry, json_t **ret)
{
	const json_t *content = json_object_get(entry, "content");
	const char *encoding = json_string_value(json_object_get(entry, "encoding"));
	_cleanup_free_ char *bytes = NULL, *plain = NULL;
	const char *data = json_string_value(content);
	size_t size = json_string_length(content);

	*ret = NULL;
	if (!data)
		return 0;
	if (encoding && strcasestr(encoding, "b")) {
		if (base64_unpack(data, size, &bytes, &size) < 0)
			return 0;
		data = bytes;
	}
	if (encoding && strcasestr(encoding, "gz")) {
		if (gzip_unpack(data, size, FILE_CONTENT_MAX, &plain, &size) < 0)
			return 0;
		data = plain;
	}
	*ret = json_stringn_nocheck(data, size);
	return *ret ? 0 : -ENOMEM;
}

/* "0644", "644", "0o644". */
static unsigned long read_mode(const char *text)
{
	if (strncmp(text, "0o", 2) == 0)
		text += 2;
	return strtoul(text, NULL, 8) & 07777;
}

static int take_file(struct provenance *provenance, const json_t *entry)
{
	const char *path = json_string_value(json_object_get(entry, "path"));
	const char *mode = json_string_value(json_object_get(entry, "permissions"));
	json_t *files = path ? json_object_get(provenance->files, path) : NULL;
	json_t *content, *file;
	int r;

	if (!path || path[0] != '/')
		return 0;
	if (!files) {
		files = json_array();
		if (!files || json_object_set_new_nocheck(provenance->files, path, files) < 0)
			return -ENOMEM;
	}
	r = unpack_content(entry, &content);
	if (r < 0)
		return r;
	file = json_pack("{s:o*, s:b, s:I}", "content", content, "append",
			 provenance_is_true(json_object_get(entry, "append")), "mode",
			 (json_int_t)(mode ? read_mode(mode) : 0644));
	return file && json_array_append_new(files, file) == 0 ? 0 : -ENOMEM;
}

static int take_files(struct provenance *provenance, const json_t *document)
{
	const json_t *entry;
	size_t i;
	int r = 0;

	json_array_foreach(json_object_get(document, "write_files"), i, entry)
	{
		if (r == 0)
			r = take_file(provenance, entry);
	}
	return r;
}

/* A name, "name=version", [name, version], or {apt: [...]}. */
static int take_package(struct provenance *provenance, const json_t *item)
{
	const char *name = json_string_value(json_is_array(item) ? json_array_get(item, 0) : item);
	_cleanup_free_ char *plain = name ? strndup(name, strcspn(name, "=/ ")) : NULL;
	const json_t *member, *list;
	const char *manager;
	size_t i;
	int r = 0;

	if (name)
		return plain ? set_add(provenance->packages, plain) : -ENOMEM;
	json_object_foreach((json_t *)item, manager, list)
	{
		json_array_foreach(list, i, member)
		{
			name = json_string_value(json_is_array(member) ? json_array_get(member, 0)
								       : member);
			if (r == 0 && name)
				r = set_add(provenance->packages, name);
		}
	}
	return r;
}

/* Parts of a cloud-config that install a package of their own. */
static const struct {
	const char *key;
	const char *packages[4];
} features[] = {
	{"salt_minion", {"salt-minion", "salt-common"}},
	{"puppet", {"puppet", "puppet-agent"}},
	{"chef", {"chef", "cinc"}},
	{"mcollective", {"mcollective"}},
	{"landscape", {"landscape-client"}},
	{"lxd", {"lxd", "lxd-installer", "zfsutils-linux"}},
	{"snap", {"snapd"}},
	{"ansible", {"ansible", "ansible-core", "python3-pip"}},
	{"ntp", {"chrony", "ntp", "ntpsec", "systemd-timesyncd"}},
	{"rsyslog", {"rsyslog"}},
	{"wireguard", {"wireguard", "wireguard-tools"}},
	{"drivers", {"nvidia-driver"}},
	{"ubuntu_advantage", {"ubuntu-advantage-tools"}},
	{"apt", {"gnupg", "software-properties-common"}},
	{"byobu_by_default", {"byobu"}},
};

static int take_packages(struct provenance *provenance, const json_t *document)
{
	const json_t *item;
	size_t i;
	int r = 0;

	json_array_foreach(json_object_get(document, "packages"), i, item)
	{
		if (r == 0)
			r = take_package(provenance, item);
	}
	for (i = 0; i < ELEMENTS(features); i++)
		for (size_t k = 0; r == 0 && k < ELEMENTS(features[i].packages); k++)
			if (features[i].packages[k] && json_object_get(document, features[i].key))
				r = set_add(provenance->packages, features[i].packages[k]);
	provenance->upgrade |= provenance_is_true(json_object_get(document, "package_upgrade")) ||
			       provenance_is_true(json_object_get(document, "apt_upgrade"));
	return r;
}

int provenance_take_command(struct provenance *provenance, const char *command)
{
	size_t length = strlen(command);
	json_t *text;

	if (provenance->command_bytes > PROVENANCE_COMMANDS_MAX)
		return 0;
	provenance->command_bytes += length;
	if (provenance->command_bytes > PROVENANCE_COMMANDS_MAX)
		return json_array_append_new(provenance->limits,
					     json_string("more commands than are taken into "
							 "account")) < 0
			       ? -ENOMEM
			       : 0;
	text = json_string_nocheck(command);
	if (!text || json_array_append_new(provenance->commands, text) < 0)
		return -ENOMEM;
	return provenance_note_words(provenance, command);
}

/* One command for a reader and, quoted as cloud-init's shellify() does, for its script. */
static int append_command(const json_t *item, struct buffer *plain, struct buffer *script)
{
	const json_t *word;
	size_t i;
	int r = 0;

	if (json_is_string(item)) {
		r = buffer_append_text(plain, json_string_value(item));
		return r < 0 ? r : buffer_printf(script, "%s\n", json_string_value(item));
	}
	json_array_foreach(item, i, word)
	{
		const char *at = json_string_value(word);

		if (r == 0 && at)
			r = buffer_printf(plain, "%s%s", i ? " " : "", at);
		if (r == 0 && at)
			r = buffer_append_text(script, i ? " '" : "'");
		for (; r == 0 && at && *at; at++)
			r = *at == '\'' ? buffer_append_text(script, "'\\''")
					: buffer_append(script, at, 1);
		if (r == 0 && at)
			r = buffer_append_text(script, "'");
	}
	return r < 0 ? r : buffer_append_text(script, "\n");
}

static int take_commands(struct provenance *provenance, const json_t *document, const char *key)
{
	const json_t *commands = json_object_get(document, key), *item;
	_cleanup_buffer_ struct buffer script = {};
	size_t i;
	int r = buffer_append_text(&script, "#!/bin/sh\n");

	json_array_foreach(commands, i, item)
	{
		_cleanup_buffer_ struct buffer plain = {};

		if (r == 0)
			r = append_command(item, &plain, &script);
		if (r == 0 && plain.size > 0)
			r = provenance_take_command(provenance, plain.data);
	}
	if (r < 0 || strcmp(key, "runcmd") != 0 || !json_is_array(commands))
		return r;
	return provenance_take_part(provenance, "runcmd", USER_DATA_SCRIPT, TAKE_PTR(script.data),
				    script.size);
}

/* The base64 of each certificate in the text, without white space. */
static int add_certificates(json_t *set, const char *text)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END";
	int r = 0;

	while (r == 0 && (text = strstr(text, begin))) {
		_cleanup_buffer_ struct buffer packed = {};
		const char *stop;

		text += strlen(begin);
		stop = strstr(text, end);
		for (; stop && r == 0 && text < stop; text++)
			if (!isspace((unsigned char)*text))
				r = buffer_append(&packed, text, 1);
		if (stop && r == 0 && packed.size > 0)
			r = set_add(set, packed.data);
	}
	return r;
}

static int take_certificates(struct provenance *provenance, const json_t *document)
{
	static const char *const keys[] = {"ca_certs", "ca-certs"};
	int r = 0;

	for (size_t k = 0; k < ELEMENTS(keys); k++) {
		const json_t *trusted =
			json_object_get(json_object_get(document, keys[k]), "trusted");
		const json_t *text;
		size_t i;

		if (r == 0 && json_is_string(trusted))
			r = add_certificates(provenance->certificates, json_string_value(trusted));
		json_array_foreach(trusted, i, text)
		{
			if (r == 0 && json_is_string(text))
				r = add_certificates(provenance->certificates,
						     json_string_value(text));
		}
	}
	return r;
}

static int take_names(struct provenance *provenance, const json_t *document)
{
	static const char *const keys[] = {"hostname", "fqdn"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ELEMENTS(keys); i++) {
		const char *name = json_string_value(json_object_get(document, keys[i]));
		_cleanup_free_ char *label = name ? strndup(name, strcspn(name, ".")) : NULL;

		if (name)
			r = label ? set_add(provenance->names, name) : -ENOMEM;
		if (r == 0 && label)
			r = set_add(provenance->names, label);
	}
	return r;
}

/* All strings of a document, without recursion. */
static int take_strings(struct provenance *provenance, const json_t *document)
{
	_cleanup_json_ json_t *waiting = json_pack("[O]", document);
	int r = waiting ? 0 : -ENOMEM;

	while (r == 0 && json_array_size(waiting) > 0) {
		size_t last = json_array_size(waiting) - 1, i;
		_cleanup_json_ json_t *value = json_incref(json_array_get(waiting, last));
		const char *key;
		json_t *member;

		(void)json_array_remove(waiting, last);
		if (json_is_string(value))
			r = json_array_append(provenance->strings, value) < 0
				    ? -ENOMEM
				    : provenance_note_lines(provenance, json_string_value(value));
		json_array_foreach(value, i, member)
		{
			if (json_array_append(waiting, member) < 0)
				r = -ENOMEM;
		}
		json_object_foreach(value, key, member)
		{
			if (json_array_append(waiting, member) < 0)
				r = -ENOMEM;
		}
	}
	return r;
}

int provenance_take_intent(struct provenance *provenance, const json_t *document)
{
	const json_t *disable_root = json_object_get(document, "disable_root");
	int r = take_users(provenance, document);

	if (disable_root)
		provenance->allows_root = !provenance_is_true(disable_root);
	r = r < 0 ? r : take_passwords(provenance, document);
	r = r < 0 ? r : take_groups(provenance, document);
	r = r < 0 ? r : take_files(provenance, document);
	r = r < 0 ? r : take_packages(provenance, document);
	r = r < 0 ? r : take_commands(provenance, document, "bootcmd");
	r = r < 0 ? r : take_commands(provenance, document, "runcmd");
	r = r < 0 ? r : take_certificates(provenance, document);
	r = r < 0 ? r : take_names(provenance, document);
	return r < 0 ? r : take_strings(provenance, document);
}
