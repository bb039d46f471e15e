/* SPDX-License-Identifier: Apache-2.0 */
#include "check/authorized_keys.h"

#include "digest.h"
#include "text.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span skip_blanks(struct span span)
{
	while (span.size > 0 && is_blank(span.text[0]))
		span = span_after(span, 1);
	return span;
}

/* ssh(1) "Key types": all have one of these beginnings; certificates and sk- keys included. */
static bool is_type(struct span word)
{
	static const char *const beginnings[] = {"ssh-",      "ecdsa-sha2-", "sk-ssh-",
						 "sk-ecdsa-", "rsa-sha2-",   "webauthn-sk-"};

	for (size_t i = 0; i < ELEMENTS(beginnings); i++)
		if (span_starts(word, beginnings[i]))
			return true;
	return false;
}

static bool parse_key(struct span rest, struct key_line *ret)
{
	if (!span_word(&rest, &ret->type) || !is_type(ret->type) || !span_word(&rest, &ret->key))
		return false;
	ret->comment = span_trim(rest);
	return true;
}

/* As sshd's advance_past_options(): up to a blank outside quotes. */
static size_t options_size(struct span span)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < span.size && (quoted || !is_blank(span.text[i])); i++) {
		if (span.text[i] == '\\' && i + 1 < span.size && span.text[i + 1] == '"')
			i++;
		else if (span.text[i] == '"')
			quoted = !quoted;
	}
	return i < span.size ? i : span.size;
}

bool key_line_parse(struct span line, struct key_line *ret)
{
	struct span rest = skip_blanks(line);
	size_t size;

	if (rest.size == 0 || rest.text[0] == '#')
		return false;
	*ret = (struct key_line){};
	if (parse_key(rest, ret))
		return true;
	size = options_size(rest);
	*ret = (struct key_line){.options = {rest.text, size}};
	return parse_key(skip_blanks(span_after(rest, size)), ret);
}

bool key_option_next(struct span *options, struct span *ret_name, struct span *ret_value)
{
	struct span rest = *options;
	size_t name = 0, value = 0;

	while (rest.size > 0 && rest.text[0] == ',')
		rest = span_after(rest, 1);
	if (rest.size == 0)
		return false;
	while (name < rest.size && rest.text[name] != ',' && rest.text[name] != '=')
		name++;
	*ret_name = (struct span){rest.text, name};
	*ret_value = (struct span){};
	rest = span_after(rest, name);
	if (rest.size > 1 && rest.text[0] == '=' && rest.text[1] == '"') {
		rest = span_after(rest, 2);
		while (value < rest.size && rest.text[value] != '"')
			value += rest.text[value] == '\\' && value + 1 < rest.size ? 2 : 1;
		*ret_value = (struct span){rest.text, value < rest.size ? value : rest.size};
		rest = span_after(rest, value + 1);
	}
	while (rest.size > 0 && rest.text[0] != ',')
		rest = span_after(rest, 1);
	*options = rest;
	return true;
}

bool key_option_find(struct span options, const char *name, struct span *ret_value)
{
	struct span found, value;

	while (key_option_next(&options, &found, &value)) {
		if (!span_is_nocase(found, name))
			continue;
		if (ret_value)
			*ret_value = value;
		return true;
	}
	return false;
}

bool key_line_is_disabled(const struct key_line *key)
{
	static const char before[] = "echo 'Please login as the user \\\"";
	static const char after[] =
		"\\\" rather than the user \\\"root\\\".';echo;sleep 10;exit 142";
	struct span command;
	size_t size = 0;

	if (!key_option_find(key->options, "command", &command) || !span_starts(command, before))
		return false;
	command = span_after(command, strlen(before));
	while (size < command.size &&
	       strchr("abcdefghijklmnopqrstuvwxyz0123456789_-.", command.text[size]))
		size++;
	return span_is(span_after(command, size), after);
}

int key_fingerprint(struct span key, char ret[static FINGERPRINT_SIZE])
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ uint8_t *blob = NULL;
	struct digest digest;
	size_t size;
	int r = base64_decode(key.text, key.size, &blob, &size);

	if (r == 0)
		r = digest_compute(blob, size, &digest);
	if (r < 0)
		return r;
	text = base64_encode(digest.bytes, sizeof(digest.bytes));
	if (!text)
		return -ENOMEM;
	/* 32 bytes are 43 characters and one of padding, which OpenSSH leaves out. */
	(void)snprintf(ret, FINGERPRINT_SIZE, "SHA256:%.43s", text);
	return 0;
}
