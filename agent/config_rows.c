/* SPDX-License-Identifier: Apache-2.0 */
#include "config_rows.h"

#include "deliver/address.h"
#include "platform/instance.h"
#include "text.h"

#include <string.h>

#define PIN_PREFIX     "sha256//"
#define CREDENTIAL_MAX 64

static int set_text(void *member, const char *value)
{
	char **text = member;
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static int set_path(void *member, const char *value)
{
	return value[0] == '/' ? set_text(member, value) : -EINVAL;
}

static int set_instance_id(void *member, const char *value)
{
	return instance_id_is_valid(value) ? set_text(member, value) : -EINVAL;
}

static int set_number(void *member, const char *value, unsigned max)
{
	unsigned number = 0;

	for (const char *c = value; *c; c++) {
		if (*c < '0' || *c > '9' || c - value > 3)
			return -EINVAL;
		number = number * 10 + (unsigned)(*c - '0');
	}
	if (number < 1 || number > max)
		return -EINVAL;
	*(unsigned *)member = number;
	return 0;
}

static int set_timeout(void *member, const char *value)
{
	return set_number(member, value, 600);
}

static int set_attempts(void *member, const char *value)
{
	return set_number(member, value, 20);
}

static bool is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static int set_url(void *member, const char *value)
{
	static const char *const loopback[] = {"localhost", "127.0.0.1", "[::1]", NULL};
	_cleanup_(address_done) struct address address = {};
	char **text = member;
	size_t length;
	int r;

	r = address_parse(value, &address);
	if (r < 0)
		return r;
	if (strcmp(address.scheme, "https") != 0 &&
	    (strcmp(address.scheme, "http") != 0 || !is_one_of(address.host, loopback)))
		return -EINVAL;
	r = set_text(member, value);
	if (r < 0)
		return r;
	length = strlen(*text);
	while (length > 0 && (*text)[length - 1] == '/')
		(*text)[--length] = 0;
	return 0;
}

static int set_proxy(void *member, const char *value)
{
	static const char *const schemes[] = {"http", "https", "socks5", "socks5h", NULL};
	_cleanup_(address_done) struct address address = {};
	int r;

	r = address_parse(value, &address);
	if (r < 0)
		return r;
	return is_one_of(address.scheme, schemes) ? set_text(member, value) : -EINVAL;
}

/* One or several pins with ';' between them, as libcurl reads them. */
static int set_pin(void *member, const char *value)
{
	const char *pin = value;

	for (;;) {
		_cleanup_free_ uint8_t *hash = NULL;
		const char *end = strchrnul(pin, ';');
		size_t prefix = strlen(PIN_PREFIX), size;

		if (strncmp(pin, PIN_PREFIX, prefix) != 0)
			return -EINVAL;
		pin += prefix;
		if (base64_decode(pin, (size_t)(end - pin), &hash, &size) < 0 || size != 32)
			return -EINVAL;
		if (!*end)
			return set_text(member, value);
		pin = end + 1;
	}
}

/* A name below $CREDENTIALS_DIRECTORY, never a path out of it. */
static int set_credential(void *member, const char *value)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	if (value[0] == '.' || strlen(value) > CREDENTIAL_MAX || value[strspn(value, allowed)])
		return -EINVAL;
	return set_text(member, value);
}

#define MEMBER(name) offsetof(struct config, name)
#define A_PATH	     "an absolute path"

const struct config_row config_rows[] = {
	{"agent", "state-directory", MEMBER(state_directory), A_PATH, set_path},
	{"agent", "manifest", MEMBER(manifest), A_PATH, set_path},
	{"agent", "instance-id", MEMBER(instance_id),
	 "1 to 128 letters, digits and any of . _ : / @ + -", set_instance_id},
	{"agent", "rules", MEMBER(rules), A_PATH, set_path},
	{"trust", "anchors", MEMBER(anchors), A_PATH, set_path},
	{"collector", "url", MEMBER(url),
	 "https://HOST[:PORT][/PATH] (http:// only for localhost, 127.0.0.1 or [::1])", set_url},
	{"collector", "ca-file", MEMBER(ca_file), A_PATH, set_path},
	{"collector", "pin", MEMBER(pin),
	 "sha256// and the base64 of the SHA-256 of the server's public key", set_pin},
	{"collector", "proxy", MEMBER(proxy),
	 "http, https, socks5 or socks5h://HOST[:PORT], without a password", set_proxy},
	{"collector", "token-credential", MEMBER(token_credential),
	 "the name of a systemd credential: 1 to 64 letters, digits and any of . _ -",
	 set_credential},
	{"collector", "token-file", MEMBER(token_file), A_PATH, set_path},
	{"collector", "timeout", MEMBER(timeout), "seconds, 1 to 600", set_timeout},
	{"collector", "attempts", MEMBER(attempts), "a number, 1 to 20", set_attempts},
};

const size_t config_n_rows = ELEMENTS(config_rows);

_Static_assert(ELEMENTS(config_rows) <= 64, "config.c keeps the set of seen keys in one word");
